use super::*;
use crate::trust::introspection::{AnswerAge, Content};

fn hash(number: usize) -> TokenHash {
    let mut hash = [0; 32];
    hash[..8].copy_from_slice(&number.to_be_bytes());
    TokenHash(hash)
}

fn now(millis: u64) -> Now {
    Now::new(Duration::from_secs(1_700_000_000), Duration::from_millis(millis))
}

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn cache(entries: usize, bytes: usize) -> Arc<Cache> {
    let limits = Limits {
        max_introspected_tokens: entries,
        max_introspected_token_bytes: bytes,
        max_introspection_calls: 2,
        ..Limits::default()
    };
    Cache::new(&limits, Duration::ZERO)
}

fn ticket(cache: &Arc<Cache>, number: usize, uptime: Duration) -> Ticket {
    match cache.take_turn(&hash(number), uptime) {
        Turn::Call(ticket) => ticket,
        other => panic!("{other:?}"),
    }
}

fn refuse(cache: &Arc<Cache>, number: usize, at: u64, until: u64) {
    ticket(cache, number, millis(at)).land(Landing::Inactive { until: millis(until) }, now(at));
}

fn is_known(cache: &Cache, number: usize, uptime: u64) -> bool {
    matches!(cache.look(&hash(number), millis(uptime)), Found::Inactive | Found::Answered(_))
}

fn answered(bytes: usize, at: u64) -> Landing {
    let content = Content::Json("x".repeat(bytes).into());
    Landing::Answered(Answered::new(content, AnswerAge::new(now(at), Duration::ZERO), Duration::from_secs(5)))
}

#[test]
fn what_runs_out_first_gives_way_first() {
    let cache = cache(3, usize::MAX);
    for (number, until) in [(1, 9000), (2, 5000), (3, 7000)] {
        refuse(&cache, number, 0, until);
    }
    refuse(&cache, 4, 0, 6000);
    let known: Vec<_> = (1..=4).filter(|number| is_known(&cache, *number, 1)).collect();
    assert_eq!(known, [1, 3, 4]);
    refuse(&cache, 5, 6500, 20_000);
    let known: Vec<_> = (1..=5).filter(|number| is_known(&cache, *number, 6500)).collect();
    assert_eq!(known, [1, 3, 5], "an expired one before any other");
    assert_eq!(cache.sizes().0, 3);
}

#[test]
fn a_call_under_way_never_gives_way() {
    let cache = cache(2, usize::MAX);
    let under_way = ticket(&cache, 0, millis(0));
    for number in 1..100 {
        refuse(&cache, number, 0, 1000 + number as u64);
    }
    assert!(matches!(cache.look(&hash(0), millis(0)), Found::UnderWay(_)));
    under_way.land(Landing::Inactive { until: millis(5000) }, now(0));
    assert!(is_known(&cache, 0, 0));
    assert_eq!(cache.sizes().0, 2);
}

#[test]
fn bytes_are_bounded_and_one_answer_is_always_handed_over() {
    let cache = cache(100, 3000);
    for number in 0..10 {
        ticket(&cache, number, millis(0)).land(answered(600, number as u64), now(number as u64));
        let (entries, bytes, calls) = cache.sizes();
        assert!(bytes <= 3000 && entries <= 3 && calls == 0, "{entries} {bytes} {calls}");
        assert!(is_known(&cache, number, 10));
    }
    ticket(&cache, 10, millis(0)).land(answered(60_000, 10), now(10));
    assert_eq!(cache.sizes().0, 1);
    assert!(is_known(&cache, 10, 10), "larger than all that may be held");
    refuse(&cache, 11, 10, 5000);
    assert!(!is_known(&cache, 10, 10), "until the next");
}

#[test]
fn as_many_answers_are_held_as_calls_may_be_under_way() {
    let cache = cache(0, usize::MAX);
    let (one, two) = (ticket(&cache, 1, millis(0)), ticket(&cache, 2, millis(0)));
    one.land(Landing::Inactive { until: millis(5000) }, now(0));
    two.land(Landing::Inactive { until: millis(5000) }, now(0));
    assert!(is_known(&cache, 1, 0) && is_known(&cache, 2, 0));
}

#[test]
fn a_flood_of_made_up_tokens_leaves_no_more_than_the_bound() {
    let cache = cache(50, usize::MAX);
    for number in 0..5000 {
        let at = number as u64;
        match number % 4 {
            0 => refuse(&cache, number, at, at + 5000),
            1 => ticket(&cache, number, millis(at))
                .land(Landing::Useless(IntrospectionError::TooLarge), now(at)),
            2 => ticket(&cache, number, millis(at)).land(answered(10, at), now(at)),
            _ => drop(ticket(&cache, number, millis(at))),
        }
        assert!(cache.sizes().0 <= 50);
    }
}

#[test]
fn whoever_is_told_to_look_again_finds_something() {
    let cache = cache(10, usize::MAX);
    let first = ticket(&cache, 1, millis(0));
    assert!(matches!(cache.take_turn(&hash(1), millis(0)), Turn::LookAgain));
    assert!(matches!(cache.look(&hash(1), millis(0)), Found::UnderWay(_)));
    first.land(Landing::Useless(IntrospectionError::TooLarge), now(0));
    assert!(matches!(cache.take_turn(&hash(1), millis(0)), Turn::LookAgain));
    assert!(matches!(cache.look(&hash(1), millis(0)), Found::Failed(IntrospectionError::TooLarge, PAUSE)));
    assert!(matches!(cache.look(&hash(1), millis(1000)), Found::Nothing));
    drop(ticket(&cache, 1, millis(1000)));
}

#[test]
fn a_lost_call_counts_as_dropped_and_the_second_as_failed() {
    let cache = cache(10, usize::MAX);
    let first = ticket(&cache, 1, millis(0));
    assert!(matches!(cache.look(&hash(1), millis(10_999)), Found::UnderWay(_)));
    let second = ticket(&cache, 1, millis(11_000));
    drop(first);
    assert!(matches!(cache.look(&hash(1), millis(11_000)), Found::UnderWay(_)), "the second is");
    assert!(matches!(cache.take_turn(&hash(1), millis(22_000)), Turn::LookAgain));
    assert!(matches!(cache.look(&hash(1), millis(22_000)), Found::Failed(IntrospectionError::Abandoned, _)));
    drop(second);
    assert!(matches!(cache.look(&hash(1), millis(22_000)), Found::Failed(IntrospectionError::Abandoned, _)));
}
