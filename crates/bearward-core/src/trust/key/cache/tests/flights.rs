//! Loading, expiry, idleness, withdrawal; flights that get lost.

use super::*;

#[test]
fn the_first_fetches_and_everyone_else_waits_until_it_landed() {
    let cache = cache();
    let ticket = fetch(&cache, secs(1), "a");
    for _ in 0..1000 {
        assert_eq!(hear(&cache, secs(2), "a"), Said::Wait);
    }
    assert!(!cache.is_quiet(secs(2)));
    ticket.loaded(set(&["a"]), None, secs(3));
    assert_eq!(hear(&cache, secs(3), "a"), Said::Use);
}

#[test]
fn a_fresh_set_is_quiet_until_its_last_moment() {
    let cache = loaded(&["a"], secs(100));
    for now in [secs(100), secs(400), secs(700) - Duration::from_micros(1)] {
        assert!(cache.is_quiet(now), "{now:?}");
        assert_eq!(hear(&cache, now, "a"), Said::Use);
    }
    assert!(!cache.is_quiet(secs(700)));
}

#[test]
fn a_set_past_its_age_is_refreshed_by_one_and_used_by_all() {
    let cache = loaded(&["a"], secs(100));
    let ticket = refresh(&cache, secs(700), "a");
    for _ in 0..1000 {
        assert_eq!(hear(&cache, secs(701), "a"), Said::Use);
    }
    assert!(cache.is_quiet(secs(701)), "whoever may use the set takes no lock meanwhile");
    ticket.loaded(set(&["a"]), None, secs(702));
    assert!(cache.is_quiet(secs(702) + secs(599)));
    refresh(&cache, secs(702) + secs(600), "a");
}

#[test]
fn after_an_idle_time_the_refresh_comes_first() {
    let cache = loaded(&["a"], secs(0));
    refresh(&cache, secs(1199), "a");
    let ticket = fetch(&cache, secs(1200), "a");
    assert_eq!(hear(&cache, secs(1200), "a"), Said::Wait);
    ticket.loaded(set(&["b"]), None, secs(1201));
    assert_eq!(ask(&cache, secs(1201), "a").0, Said::Fetch, "the key is unknown now");
}

#[test]
fn a_refresh_that_lasts_into_the_idle_time_is_waited_for() {
    let cache = loaded(&["a"], secs(0));
    let _ticket = refresh(&cache, secs(1199), "a");
    assert_eq!(hear(&cache, secs(1199), "a"), Said::Use);
    assert!(!cache.is_quiet(secs(1200)));
    assert_eq!(hear(&cache, secs(1200), "a"), Said::Wait);
}

#[test]
fn cache_control_counts_within_bounds() {
    for (max_age, expected) in [
        (None, 600),
        (Some(0), 30),
        (Some(29), 30),
        (Some(31), 31),
        (Some(599), 599),
        (Some(601), 600),
        (Some(u64::MAX), 600),
    ] {
        let cache = cache();
        fetch(&cache, secs(10), "a").loaded(set(&["a"]), max_age.map(secs), secs(10));
        assert!(cache.is_quiet(secs(9 + expected)), "{max_age:?}");
        refresh(&cache, secs(10 + expected), "a").not_modified(max_age.map(secs), secs(1000));
        assert!(cache.is_quiet(secs(999 + expected)), "{max_age:?} on a 304");
        assert!(!cache.is_quiet(secs(1000 + expected)), "{max_age:?} on a 304");
    }
}

#[test]
fn durations_without_end_end_nothing() {
    let policy = KeySetPolicy {
        max_metadata_age: Duration::MAX,
        cooldown: Duration::MAX,
        min_age: Duration::MAX,
        max_age: Duration::MAX,
        max_stale: Duration::MAX,
    };
    let cache = KeySetCache::new(policy, Duration::MAX);
    fetch(&cache, secs(5), "a").loaded(set(&["a"]), None, secs(5));
    assert_eq!(hear(&cache, secs(u64::MAX / 2), "a"), Said::Use);
    fetch(&cache, secs(6), "b").failed(secs(7));
    assert!(matches!(hear(&cache, secs(7), "b"), Said::Unavailable(_)));
    fetch(&cache, secs(8), "b").loaded(set(&["a"]), None, secs(8));
    assert_eq!(hear(&cache, secs(u64::MAX / 2), "b"), Said::Use, "a cooldown without end");
}

#[test]
fn a_confirmed_set_is_the_same_set() {
    let cache = loaded(&["a"], secs(0));
    let before = cache.current().unwrap();
    refresh(&cache, secs(600), "a").not_modified(None, secs(601));
    assert!(Arc::ptr_eq(&before, &cache.current().unwrap()));
    assert!(cache.is_quiet(secs(1200)));
    assert!(!key(&cache, "a").is_withdrawn());
}

#[test]
fn a_key_that_is_gone_is_withdrawn_and_a_kept_one_stays_the_same() {
    let cache = loaded(&["a", "b"], secs(0));
    let (a, b) = (key(&cache, "a"), key(&cache, "b"));
    refresh(&cache, secs(600), "a").loaded(set(&["b", "c"]), None, secs(601));
    assert!(a.is_withdrawn());
    assert!(!b.is_withdrawn());
    assert!(Arc::ptr_eq(&b, &key(&cache, "b")));

    refresh(&cache, secs(1201), "b").loaded(set(&["a", "b"]), None, secs(1202));
    assert!(a.is_withdrawn(), "what was verified with it before stays refused");
    assert!(!key(&cache, "a").is_withdrawn(), "a key that comes back is a new one");
}

#[test]
fn another_key_under_the_same_name_is_another_key() {
    let cache = loaded(&["a"], secs(0));
    let old = key(&cache, "a");
    let other = mint::jwks([&SigningKey::ed25519("a", 0)]);
    let other = KeySet::parse(other.as_bytes(), AlgorithmSet::asymmetric(), 100).unwrap();
    refresh(&cache, secs(600), "a").loaded(other, None, secs(601));
    assert!(old.is_withdrawn());
    assert!(!Arc::ptr_eq(&old, &key(&cache, "a")));
}

#[test]
fn a_key_with_other_algorithms_is_another_key() {
    let mut jwk = SigningKey::ed25519("a", b'a').jwk();
    jwk.as_object_mut().unwrap().remove("alg");
    let without_alg = serde_json::json!({ "keys": [jwk] }).to_string();
    let only_one = AlgorithmSet::from_iter([crate::token::Algorithm::EdDSA]);
    let set_for = |allowed| KeySet::parse(without_alg.as_bytes(), allowed, 100).unwrap();
    let cache = cache();
    fetch(&cache, secs(0), "a").loaded(set_for(AlgorithmSet::asymmetric()), None, secs(0));
    let old = key(&cache, "a");
    refresh(&cache, secs(600), "a").loaded(set_for(only_one), None, secs(600));
    assert!(old.is_withdrawn());
}

#[test]
fn a_key_listed_twice_stays_in_use_when_it_is_listed_once() {
    let twice = format!(r#"{{"keys":[{0},{0}]}}"#, SigningKey::ed25519("a", b'a').jwk());
    let cache = cache();
    let twice = KeySet::parse(twice.as_bytes(), AlgorithmSet::asymmetric(), 100).unwrap();
    fetch(&cache, secs(0), "a").loaded(twice, None, secs(0));
    let first = key(&cache, "a");
    refresh(&cache, secs(600), "a").loaded(set(&["a"]), None, secs(600));
    assert!(!first.is_withdrawn());
    assert!(Arc::ptr_eq(&first, &key(&cache, "a")));
}

#[test]
fn a_dropped_ticket_lets_the_next_request_try_at_once() {
    let cache = cache();
    drop(fetch(&cache, secs(0), "a"));
    fetch(&cache, secs(0), "a").loaded(set(&["a"]), None, secs(0));
    drop(refresh(&cache, secs(600), "a"));
    refresh(&cache, secs(600), "a").loaded(set(&["a"]), None, secs(600));
}

#[test]
fn fetches_that_end_without_a_word_again_and_again_are_paused() {
    let cache = cache();
    drop(fetch(&cache, secs(0), "a"));
    drop(fetch(&cache, secs(0), "a"));
    let Said::Unavailable(pause) = hear(&cache, secs(0), "a") else { panic!("a loop that never rests") };
    assert!(pause >= Duration::from_millis(500) && pause <= secs(1), "{pause:?}");
    fetch(&cache, pause, "a").loaded(set(&["a"]), None, pause);
    drop(refresh(&cache, secs(700), "a"));
    drop(refresh(&cache, secs(700), "a"));
    assert_eq!(hear(&cache, secs(700), "a"), Said::Use, "the keys in hand serve meanwhile");
}

#[test]
fn a_flight_that_never_reports_is_lost_after_its_timeout() {
    let cache = cache();
    let lost = fetch(&cache, secs(0), "a");
    assert_eq!(hear(&cache, FLIGHT_TIMEOUT - Duration::from_nanos(1), "a"), Said::Wait);
    let second = fetch(&cache, FLIGHT_TIMEOUT, "a");
    drop(lost);
    assert_eq!(hear(&cache, FLIGHT_TIMEOUT, "a"), Said::Wait, "a lost ticket cannot end another's flight");
    second.loaded(set(&["a"]), None, FLIGHT_TIMEOUT);
    assert_eq!(hear(&cache, FLIGHT_TIMEOUT, "a"), Said::Use);
}

#[test]
fn a_lost_background_refresh_is_replaced() {
    let cache = loaded(&["a"], secs(0));
    let lost = refresh(&cache, secs(600), "a");
    assert!(!cache.is_quiet(secs(616)));
    refresh(&cache, secs(616), "a").loaded(set(&["a"]), None, secs(617));
    lost.failed(secs(618));
    assert!(cache.is_quiet(secs(1000)), "a late failure is no failure");
}

#[test]
fn a_lost_flight_that_lands_late_overwrites_nothing() {
    let cache = loaded(&["a"], secs(0));
    let late = refresh(&cache, secs(600), "a");
    refresh(&cache, secs(616), "a").loaded(set(&["b"]), None, secs(617));
    let b = key(&cache, "b");
    let heard = late.loaded(set(&["a"]), None, secs(618));
    assert!(has("b")(&heard), "its bearer is handed the newer set");
    assert!(has("b")(&cache.current().unwrap()));
    assert!(!b.is_withdrawn());
}

#[test]
fn a_late_confirmation_confirms_nothing() {
    let cache = loaded(&["a"], secs(0));
    let late = refresh(&cache, secs(600), "a");
    let _second = refresh(&cache, secs(616), "a");
    late.not_modified(None, secs(700));
    assert!(!cache.is_quiet(secs(700)), "the set is as old as before");
}

#[test]
fn a_late_set_is_better_than_none() {
    let cache = cache();
    let late = fetch(&cache, secs(0), "a");
    let second = fetch(&cache, secs(16), "a");
    late.loaded(set(&["a"]), None, secs(17));
    assert_eq!(hear(&cache, secs(17), "a"), Said::Use);
    second.loaded(set(&["a", "b"]), None, secs(18));
    assert_eq!(hear(&cache, secs(18), "b"), Said::Use);
}

#[test]
fn a_clock_reading_from_before_the_load_is_no_harm() {
    let cache = loaded(&["a"], secs(100));
    assert_eq!(hear(&cache, secs(50), "a"), Said::Use);
    let ticket = fetch(&cache, secs(100), "b");
    assert_eq!(hear(&cache, secs(40), "b"), Said::Wait);
    ticket.failed(secs(30));
    assert!(matches!(hear(&cache, secs(20), "b"), Said::Unavailable(_)));
}
