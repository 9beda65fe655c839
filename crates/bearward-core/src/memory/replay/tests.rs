use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;

use super::*;
use crate::wire::time::NumericDate;

fn at(seconds: f64) -> NumericDate {
    NumericDate::from_seconds(seconds).unwrap()
}

fn key(number: u32) -> ReplayKey {
    ReplayKey::of(&[7; 32], &number.to_string())
}

#[test]
fn a_key_depends_on_the_thumbprint_and_on_all_of_the_jti() {
    let keys = [
        ReplayKey::of(&[1; 32], "a"),
        ReplayKey::of(&[2; 32], "a"),
        ReplayKey::of(&[1; 32], "b"),
        ReplayKey::of(&[1; 32], "aa"),
        ReplayKey::of(&[1; 32], ""),
    ];
    for (number, one) in keys.iter().enumerate() {
        assert!(keys[number + 1..].iter().all(|other| one != other));
    }
    assert_eq!(ReplayKey::of(&[1; 32], "a"), keys[0]);
}

#[test]
fn a_key_shows_as_lowercase_hexadecimal() {
    // SHA-256 of 32 zero bytes.
    let shown = ReplayKey::of(&[0; 32], "").to_string();
    assert_eq!(shown, "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925");
}

#[test]
fn a_claim_is_granted_once_for_as_long_as_it_is_live() {
    let store = MemoryReplayStore::new(10);
    assert_eq!(store.claim(key(1), at(100.0), at(0.0)), Ok(ReplayOutcome::Granted));
    for now in [0.0, 50.0, 99.0, 99.9] {
        assert_eq!(store.claim(key(1), at(100.0), at(now)), Ok(ReplayOutcome::Replayed), "at {now}");
    }
    assert_eq!(store.claim(key(2), at(100.0), at(99.9)), Ok(ReplayOutcome::Granted));
}

#[test]
fn what_has_expired_cannot_be_claimed() {
    let store = MemoryReplayStore::new(10);
    for (expires_at, now) in [(100.0, 100.0), (100.0, 100.1), (-1.0, 0.0), (0.0, 0.0)] {
        assert_eq!(store.claim(key(1), at(expires_at), at(now)), Ok(ReplayOutcome::Replayed));
    }
    assert_eq!(store.occupancy().count, 0);
}

#[test]
fn a_full_store_refuses_until_something_expires_and_says_replayed_all_the_same() {
    let store = MemoryReplayStore::new(100);
    for number in 0..100 {
        let expires_at = at(if number == 42 { 10.5 } else { 100.0 });
        assert_eq!(store.claim(key(number), expires_at, at(0.0)), Ok(ReplayOutcome::Granted));
    }
    for now in [0.0, 10.6] {
        for number in 100..200 {
            assert_eq!(store.claim(key(number), at(100.0), at(now)), Err(ReplayStoreFull));
        }
        assert_eq!(store.claim(key(7), at(100.0), at(now)), Ok(ReplayOutcome::Replayed));
    }
    // Whatever shard the one expired entry is in, the newcomer takes its place.
    assert_eq!(store.claim(key(200), at(100.0), at(11.0)), Ok(ReplayOutcome::Granted));
    assert_eq!(store.claim(key(201), at(100.0), at(11.0)), Err(ReplayStoreFull));
    assert_eq!(store.occupancy().count, 100);
}

#[test]
fn a_store_of_no_size_refuses_everything() {
    let store = MemoryReplayStore::new(0);
    assert_eq!(store.claim(key(1), at(10.0), at(0.0)), Err(ReplayStoreFull));
}

#[test]
fn a_calendar_stepped_forward_and_back_admits_no_replay() {
    let store = MemoryReplayStore::new(1000);
    for number in 0..50 {
        assert_eq!(store.claim(key(number), at(100.0), at(10.0)), Ok(ReplayOutcome::Granted));
    }
    // An hour ahead: the entries are dropped by the claims that come in.
    for number in 100..600 {
        assert_eq!(store.claim(key(number), at(3800.0), at(3610.0)), Ok(ReplayOutcome::Granted));
    }
    assert_eq!(store.occupancy().count, 500);
    for number in 0..50 {
        assert_eq!(store.claim(key(number), at(100.0), at(20.0)), Ok(ReplayOutcome::Replayed));
    }
    // Proofs made after those are none of them.
    for number in 1000..1050 {
        assert_eq!(store.claim(key(number), at(110.0), at(20.0)), Ok(ReplayOutcome::Granted));
    }
}

#[test]
fn a_date_beyond_all_seconds_is_remembered_for_good() {
    let store = MemoryReplayStore::new(10);
    assert_eq!(store.claim(key(1), at(1e300), at(0.0)), Ok(ReplayOutcome::Granted));
    assert_eq!(store.claim(key(1), at(1e300), at(1e15)), Ok(ReplayOutcome::Replayed));
}

#[test]
fn of_claims_made_at_the_same_moment_one_is_granted() {
    let store = MemoryReplayStore::new(1000);
    let granted: Vec<_> = (0..500).map(|_| AtomicUsize::new(0)).collect();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for (number, granted) in (0..).zip(&granted) {
                    if store.claim(key(number), at(100.0), at(0.0)) == Ok(ReplayOutcome::Granted) {
                        granted.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    assert!(granted.iter().all(|granted| granted.load(Ordering::Relaxed) == 1));
    assert_eq!(store.occupancy().count, 500);
}

#[test]
fn threads_that_fill_the_store_never_go_beyond_its_bound() {
    let store = MemoryReplayStore::new(100);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let store = &store;
            scope.spawn(move || {
                for number in 0..5000 {
                    let now = f64::from(number) / 100.0;
                    // Full or granted: either is right, depending on the others.
                    let _ = store.claim(key(thread * 10_000 + number), at(now + 3.0), at(now));
                    assert!(store.occupancy().count <= 100);
                }
            });
        }
    });
    let (sets, lists) = store.counts().into_iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    assert_eq!((sets, lists), (store.occupancy().count, store.occupancy().count));
}

#[test]
fn the_bound_holds_the_room_for_all_and_an_entry_is_small() {
    const MANY: u32 = 100_000;
    let store = MemoryReplayStore::new(MANY as usize);
    assert!(store.bytes() == 0, "nothing is set aside before it is needed");
    for number in 0..MANY {
        let expires_at = at(1000.0 + f64::from(number % 300));
        assert_eq!(store.claim(key(number), expires_at, at(0.0)), Ok(ReplayOutcome::Granted));
    }
    let counts = store.counts();
    assert_eq!(counts.iter().map(|(set, _)| set).sum::<usize>(), MANY as usize);
    assert!(counts.iter().all(|(set, lists)| set == lists));
    assert!(counts.iter().all(|(set, _)| *set > MANY as usize / 32), "spread evenly: {counts:?}");
    let each = store.bytes() / MANY as usize;
    assert!(each <= 80, "{each} bytes for each entry");
}

#[test]
fn drops_keep_up_with_claims_and_no_claim_drops_many() {
    let store = MemoryReplayStore::new(usize::MAX);
    for number in 0..10_000 {
        let _ = store.claim(key(number), at(10.0), at(0.0));
    }
    let mut before = store.occupancy().count;
    for number in 10_000..20_000 {
        assert_eq!(store.claim(key(number), at(1000.0), at(20.0)), Ok(ReplayOutcome::Granted));
        assert!(store.occupancy().count + 3 >= before, "one claim dropped more than four");
        before = store.occupancy().count;
    }
    assert_eq!(store.occupancy().count, 10_000);
}

#[test]
fn debug_shows_numbers_only() {
    let store = MemoryReplayStore::new(5);
    let _ = store.claim(key(1), at(10.0), at(0.0));
    assert_eq!(format!("{store:?}"), "MemoryReplayStore { held: 1, max_held: 5, .. }");
}

/// One step of a random history.
#[derive(Debug, Clone)]
enum Event {
    /// The calendar moves by so many tenths of a second, forward or back.
    Step(i32),
    /// The proof of this number is sent; it expires so many tenths of a second after its first sending.
    Send(u32, u16),
}

fn event() -> impl Strategy<Value = Event> {
    let step = prop_oneof![
        8 => 0..20_i32,
        2 => -30..200_i32,
        1 => -40_000..40_000_i32,
    ];
    prop_oneof![
        2 => step.prop_map(Event::Step),
        5 => (0..40_u32, 1..600_u16).prop_map(|(number, life)| Event::Send(number, life)),
    ]
}

fn history() -> impl Strategy<Value = Vec<Event>> {
    proptest::collection::vec(event(), 1..400)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_proof_is_granted_twice_however_the_calendar_steps(events in history(), most in 1_usize..60) {
        let store = MemoryReplayStore::new(most);
        let mut now = 100_000_i32;
        let mut expiries = HashMap::new();
        let mut granted = HashMap::new();
        for event in events {
            match event {
                Event::Step(tenths) => now = (now + tenths).max(0),
                Event::Send(number, life) => {
                    let expiry = *expiries.entry(number).or_insert(now + i32::from(life));
                    let date = |tenths: i32| at(f64::from(tenths) / 10.0);
                    let outcome = store.claim(key(number), date(expiry), date(now));
                    if outcome == Ok(ReplayOutcome::Granted) {
                        prop_assert!(expiry > now);
                        prop_assert_eq!(granted.insert(number, expiry), None, "proof {} twice", number);
                    }
                    prop_assert!(store.occupancy().count <= most);
                }
            }
        }
    }

    #[test]
    fn every_fresh_proof_is_granted_while_there_is_room_and_the_calendar_goes_forward(events in history()) {
        let store = MemoryReplayStore::new(1_000_000);
        let (mut now, mut fresh) = (100_000_i32, 0);
        for event in events {
            match event {
                Event::Step(tenths) => now += tenths.max(0),
                Event::Send(_, life) => {
                    fresh += 1;
                    let expiry = now + i32::from(life);
                    let date = |tenths: i32| at(f64::from(tenths) / 10.0);
                    prop_assert_eq!(store.claim(key(fresh), date(expiry), date(now)), Ok(ReplayOutcome::Granted));
                    prop_assert_eq!(store.claim(key(fresh), date(expiry), date(now)), Ok(ReplayOutcome::Replayed));
                }
            }
        }
    }

    #[test]
    fn a_store_is_full_only_of_live_entries(most in 1_usize..30, life in 1..50_u16, claims in 50..300_u32) {
        let store = MemoryReplayStore::new(most);
        let mut live: Vec<f64> = Vec::new();
        for number in 0..claims {
            let now = f64::from(number);
            let expires_at = now + f64::from(life);
            live.retain(|expires_at| *expires_at > now);
            match store.claim(key(number), at(expires_at), at(now)) {
                Ok(outcome) => {
                    prop_assert_eq!(outcome, ReplayOutcome::Granted);
                    live.push(expires_at);
                }
                Err(ReplayStoreFull) => prop_assert_eq!(live.len(), most),
            }
        }
    }
}
