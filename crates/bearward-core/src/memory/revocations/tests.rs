use std::collections::HashMap;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::check::revocation::{Revocation, RevocationQuery};
use crate::memory::revocations::{RevocationList, RevocationListFull};
use crate::token::claims::ClaimsSet;

const ISSUER: &str = "https://issuer.example";

fn at(seconds: f64) -> NumericDate {
    NumericDate::from_seconds(seconds).unwrap()
}

fn query_of(issuer: &str, claims: &serde_json::Value) -> RevocationQuery {
    RevocationQuery::of(issuer, &ClaimsSet::parse(claims.to_string().into_bytes()).unwrap())
}

fn query(claims: &serde_json::Value) -> RevocationQuery {
    query_of(ISSUER, claims)
}

fn token() -> serde_json::Value {
    json!({ "jti": "t-1", "sid": "s-1", "sub": "alice", "client_id": "app", "iat": 1000 })
}

#[test]
fn a_token_is_revoked_by_each_of_its_identifiers_and_by_no_other() {
    let hits = [
        Revocation::token_id(ISSUER, "t-1"),
        Revocation::session(ISSUER, "s-1"),
        Revocation::subject(ISSUER, "alice"),
        Revocation::client(ISSUER, "app"),
    ];
    let misses = [
        Revocation::token_id(ISSUER, "t-2"),
        Revocation::token_id(ISSUER, "alice"),
        Revocation::subject(ISSUER, "t-1"),
        Revocation::subject(ISSUER, "ALICE"),
        Revocation::subject(ISSUER, ""),
        Revocation::subject("https://issuer.example/", "alice"),
        Revocation::subject("https://issuer.examplealice", ""),
        Revocation::client(ISSUER, "s-1"),
    ];
    let is_revoked_by = |revocation: &Revocation| {
        let list = RevocationList::new(10);
        list.revoke(revocation, at(2000.0), at(0.0)).unwrap();
        list.is_revoked(&query(&token()), at(1000.0))
    };
    for hit in hits {
        assert!(is_revoked_by(&hit), "{hit:?}");
    }
    for miss in misses {
        assert!(!is_revoked_by(&miss), "{miss:?}");
    }
}

#[test]
fn azp_stands_in_for_an_absent_client_id() {
    let list = RevocationList::default();
    list.revoke(&Revocation::client(ISSUER, "app"), at(2000.0), at(0.0)).unwrap();
    assert!(list.is_revoked(&query(&json!({ "azp": "app" })), at(0.0)));
    assert!(!list.is_revoked(&query(&json!({ "azp": "app", "client_id": "other" })), at(0.0)));
}

#[test]
fn identifiers_that_are_absent_or_not_strings_have_no_key() {
    assert_eq!(query(&json!({})).keys().count(), 0);
    assert_eq!(query(&json!({ "jti": 1, "sid": 2, "sub": null, "client_id": ["app"] })).keys().count(), 0);
    assert_eq!(query(&token()).keys().count(), 4);
}

#[test]
fn a_revocation_of_one_issuer_does_not_touch_anothers_tokens() {
    let list = RevocationList::default();
    list.revoke(&Revocation::subject(ISSUER, "alice"), at(2000.0), at(0.0)).unwrap();
    assert!(list.is_revoked(&query_of(ISSUER, &token()), at(0.0)));
    assert!(!list.is_revoked(&query_of("https://other.example", &token()), at(0.0)));
}

#[test]
fn tokens_issued_later_are_spared_where_a_date_is_named() {
    let list = RevocationList::default();
    let logged_out = Revocation::subject(ISSUER, "alice").issued_before(at(1000.0));
    list.revoke(&logged_out, at(5000.0), at(1000.0)).unwrap();
    for (iat, revoked) in [
        (json!(999), true),
        (json!(999.9), true),
        (json!(1000), false),
        (json!(1001), false),
        (json!("1001"), true),
        (json!(null), true),
    ] {
        let query = query(&json!({ "sub": "alice", "iat": iat }));
        assert_eq!(list.is_revoked(&query, at(1100.0)), revoked, "iat {iat}");
    }
    assert!(list.is_revoked(&query(&json!({ "sub": "alice" })), at(1100.0)), "no iat");
}

#[test]
fn a_revocation_ends_when_it_expires_or_is_lifted() {
    let list = RevocationList::default();
    let revocation = Revocation::token_id(ISSUER, "t-1");
    list.revoke(&revocation, at(100.5), at(0.0)).unwrap();
    assert!(list.is_revoked(&query(&token()), at(100.4)));
    assert!(!list.is_revoked(&query(&token()), at(100.5)));
    list.revoke(&revocation, at(200.0), at(0.0)).unwrap();
    assert!(list.is_revoked(&query(&token()), at(0.0)));
    list.lift(&revocation.issued_before(at(1.0)));
    assert!(!list.is_revoked(&query(&token()), at(0.0)));
    assert!(list.is_empty());
    list.lift(&Revocation::token_id(ISSUER, "never revoked"));
}

#[test]
fn of_two_revocations_of_one_key_the_stricter_holds_until_the_later_time() {
    let all = Revocation::subject(ISSUER, "alice");
    let before = |date| all.clone().issued_before(at(date));
    for (one, two, iat_of_revoked, spared) in [
        (all.clone(), before(500.0), 1_000_000.0, None),
        (before(500.0), all.clone(), 1_000_000.0, None),
        (before(500.0), before(700.0), 699.0, Some(700.0)),
        (before(700.0), before(500.0), 699.0, Some(700.0)),
    ] {
        for (first_expiry, second_expiry) in [(100.0, 200.0), (200.0, 100.0)] {
            let list = RevocationList::default();
            list.revoke(&one, at(first_expiry), at(0.0)).unwrap();
            list.revoke(&two, at(second_expiry), at(0.0)).unwrap();
            let is_revoked =
                |iat: f64, now| list.is_revoked(&query(&json!({ "sub": "alice", "iat": iat })), at(now));
            assert!(is_revoked(iat_of_revoked, 199.0));
            assert!(!is_revoked(iat_of_revoked, 200.0));
            assert!(spared.is_none_or(|iat| !is_revoked(iat, 199.0)));
            assert_eq!(list.len(), 1);
        }
    }
}

#[test]
fn an_expired_revocation_does_not_make_a_new_one_stricter() {
    let list = RevocationList::default();
    let all = Revocation::subject(ISSUER, "alice");
    list.revoke(&all, at(100.0), at(0.0)).unwrap();
    list.revoke(&all.clone().issued_before(at(500.0)), at(1000.0), at(500.0)).unwrap();
    assert!(!list.is_revoked(&query(&json!({ "sub": "alice", "iat": 600 })), at(700.0)));
}

#[test]
fn a_full_list_refuses_further_revocations_and_drops_none() {
    let list = RevocationList::new(3);
    let revocation = |number: u32| Revocation::token_id(ISSUER, number.to_string());
    let is_revoked =
        |number: u32, now| list.is_revoked(&query(&json!({ "jti": number.to_string() })), at(now));
    for number in 0..3 {
        list.revoke(&revocation(number), at(100.0 + f64::from(number)), at(0.0)).unwrap();
    }
    assert_eq!(list.revoke(&revocation(3), at(500.0), at(0.0)), Err(RevocationListFull));
    assert!((0..3).all(|number| is_revoked(number, 0.0)));
    assert!(!is_revoked(3, 0.0));
    // What is held can be changed all the same, and what has expired gives way.
    assert_eq!(list.revoke(&revocation(2), at(600.0), at(0.0)), Ok(()));
    assert_eq!(list.revoke(&revocation(3), at(500.0), at(100.0)), Ok(()));
    assert_eq!(list.revoke(&revocation(4), at(500.0), at(100.0)), Err(RevocationListFull));
    assert!((1..4).all(|number| is_revoked(number, 100.0)));
    assert_eq!(list.len(), 3);
}

#[test]
fn a_calendar_an_hour_ahead_for_a_while_loses_no_revocation() {
    let list = RevocationList::default();
    list.revoke(&Revocation::token_id(ISSUER, "t-1"), at(100.0), at(0.0)).unwrap();
    list.revoke(&Revocation::token_id(ISSUER, "t-2"), at(4000.0), at(3600.0)).unwrap();
    assert!(!list.is_revoked(&query(&token()), at(3600.0)));
    assert!(list.is_revoked(&query(&token()), at(10.0)));
}

#[test]
fn what_expired_long_ago_is_dropped_as_others_come() {
    let list = RevocationList::new(usize::MAX);
    for number in 0..100 {
        list.revoke(&Revocation::token_id(ISSUER, number.to_string()), at(10.0), at(0.0)).unwrap();
    }
    for number in 100..200 {
        list.revoke(&Revocation::token_id(ISSUER, number.to_string()), at(20_000.0), at(10_000.0)).unwrap();
    }
    assert_eq!(list.len(), 100);
}

#[test]
fn keys_show_their_kind_and_nothing_that_was_hashed() {
    for (revocation, kind) in [
        (Revocation::token_id(ISSUER, "secret"), "jti:"),
        (Revocation::session(ISSUER, "secret"), "sid:"),
        (Revocation::subject(ISSUER, "secret"), "sub:"),
        (Revocation::client(ISSUER, "secret"), "client_id:"),
    ] {
        let shown = revocation.key().to_string();
        let hash = shown.strip_prefix(kind).unwrap();
        assert!(hash.len() == 64 && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
    }
}

#[test]
fn a_revocation_is_written_as_one_would_by_hand() {
    for (revocation, json) in [
        (Revocation::token_id(ISSUER, "t"), json!({ "iss": ISSUER, "jti": "t" })),
        (Revocation::session(ISSUER, "s"), json!({ "iss": ISSUER, "sid": "s" })),
        (Revocation::client(ISSUER, "c"), json!({ "iss": ISSUER, "client_id": "c" })),
        (
            Revocation::subject(ISSUER, "a").issued_before(at(7.5)),
            json!({ "iss": ISSUER, "sub": "a", "issued_before": 7.5 }),
        ),
    ] {
        assert_eq!(serde_json::to_value(&revocation).unwrap(), json);
        assert_eq!(serde_json::from_value::<Revocation>(json).unwrap(), revocation);
    }
}

#[test]
fn a_revocation_that_is_not_clear_is_not_read() {
    for (json, says) in [
        (json!({ "iss": ISSUER }), "exactly one of"),
        (json!({ "iss": ISSUER, "jti": "t", "sub": "a" }), "exactly one of"),
        (json!({ "jti": "t" }), "missing field `iss`"),
        (json!({ "iss": ISSUER, "jti": "t", "issuedBefore": 7 }), "unknown field"),
        (json!({ "iss": ISSUER, "jti": 7 }), "expected a string"),
    ] {
        let error = serde_json::from_value::<Revocation>(json).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn threads_that_revoke_and_ask_see_every_revocation_that_was_made() {
    let list = RevocationList::default();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let list = &list;
            scope.spawn(move || {
                for number in 0..500 {
                    let jti = format!("{thread}-{number}");
                    list.revoke(&Revocation::token_id(ISSUER, &jti), at(100.0), at(0.0)).unwrap();
                    assert!(list.is_revoked(&query(&json!({ "jti": jti })), at(0.0)));
                }
            });
        }
    });
    assert_eq!(list.len(), 2000);
}

#[derive(Debug, Clone)]
enum Event {
    Pass(u16),
    /// Revoke this key, for so long, sparing what was issued from this time on.
    Revoke(u8, u16, Option<u16>),
    Lift(u8),
    Ask(u8, u16),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        (0..20_u16).prop_map(Event::Pass),
        (0..6_u8, 1..60_u16, proptest::option::of(0..300_u16))
            .prop_map(|(key, life, before)| Event::Revoke(key, life, before)),
        (0..6_u8).prop_map(Event::Lift),
        (0..6_u8, 0..300_u16).prop_map(|(key, iat)| Event::Ask(key, iat)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_list_answers_as_a_plain_record_of_what_was_ordered(
        events in proptest::collection::vec(event(), 1..100),
        most in 1_usize..8,
    ) {
        let list = RevocationList::new(most);
        let mut record: HashMap<u8, (Option<u16>, u16)> = HashMap::new();
        let mut now = 0_u16;
        for event in events {
            record.retain(|_, (_, expiry)| *expiry > now);
            match event {
                Event::Pass(seconds) => now += seconds,
                Event::Revoke(key, life, before) => {
                    let plain = Revocation::subject(ISSUER, key.to_string());
                    let order = match before {
                        Some(before) => plain.issued_before(at(f64::from(before))),
                        None => plain,
                    };
                    let outcome = list.revoke(&order, at(f64::from(now + life)), at(f64::from(now)));
                    let fits = record.contains_key(&key) || record.len() < most;
                    prop_assert_eq!(outcome.is_ok(), fits);
                    if fits {
                        let (old_before, old_expiry) = record.get(&key).copied().unwrap_or((Some(0), 0));
                        let stricter = old_before.zip(before).map(|(old, new)| old.max(new));
                        record.insert(key, (stricter, old_expiry.max(now + life)));
                    }
                }
                Event::Lift(key) => {
                    list.lift(&Revocation::subject(ISSUER, key.to_string()));
                    record.remove(&key);
                }
                Event::Ask(key, iat) => {
                    let query = query(&json!({ "sub": key.to_string(), "iat": iat }));
                    let expected = record.get(&key).is_some_and(|(before, _)| before.is_none_or(|before| iat < before));
                    prop_assert_eq!(list.is_revoked(&query, at(f64::from(now))), expected);
                }
            }
            prop_assert!(list.len() <= most);
        }
    }
}
