//! Keys that come and go, while tokens keep arriving.

use super::*;
use crate::check::signature::SignatureError;
use crate::trust::key::KeyError;

const JWKS_URI: &str = "https://issuer.example/keys";

/// An engine that fetched these keys at the start.
fn loaded<'k>(keys: impl IntoIterator<Item = &'k SigningKey>) -> Engine {
    let engine = EngineConfig::new()
        .issuer(IssuerConfig::new(ISSUER).jwks_uri(JWKS_URI))
        .audience(AUDIENCE)
        .build()
        .unwrap();
    let fetch = waited_fetch(check(&engine, &token(&json!({})), at(0)));
    finish_fetch(fetch, &Reply::keys(keys), at(0));
    engine
}

fn signed(key: &SigningKey) -> String {
    key.token(&claims(&json!({ "exp": START + 100_000 })))
}

fn a() -> SigningKey {
    SigningKey::ed25519("a", 1)
}

fn b() -> SigningKey {
    SigningKey::ed25519("b", 2)
}

#[test]
fn a_new_key_is_fetched_by_its_first_token() {
    let engine = loaded([&a()]);
    let token = signed(&b());
    let fetch = waited_fetch(check(&engine, &token, at(1)));
    assert!(waits(&check(&engine, &token, at(1))));
    assert!(decide(&engine, &signed(&a()), at(1)).is_ok(), "the old key's tokens do not wait");
    finish_fetch(fetch, &Reply::keys([&a(), &b()]), at(1));
    assert!(decide(&engine, &token, at(1)).is_ok());
    assert!(decide(&engine, &signed(&a()), at(1)).is_ok());
}

#[test]
fn a_removed_key_stops_verifying_even_from_the_cache() {
    let engine = loaded([&a(), &b()]);
    let (old, new) = (signed(&a()), signed(&b()));
    assert!(decide(&engine, &old, at(1)).is_ok());
    assert_eq!(check(&engine, &old, at(1)).source, Source::Cache);
    let refresh = check(&engine, &new, at(600)).fetch.unwrap();
    finish_fetch(refresh, &Reply::keys([&b()]), at(600));
    let fetch = waited_fetch(check(&engine, &old, at(601)));
    assert_eq!(engine.tokens.occupancy().count, 1, "it is forgotten at once");
    finish_fetch(fetch, &Reply::keys([&b()]), at(601));
    assert_eq!(decide(&engine, &old, at(601)).unwrap_err(), KeyError::Unknown.into());
    assert!(decide(&engine, &new, at(601)).is_ok());
}

#[test]
fn a_cached_token_of_a_removed_key_does_not_use_up_the_cooldown() {
    let engine = loaded([&a()]);
    let old = signed(&a());
    assert!(decide(&engine, &old, at(1)).is_ok());
    let fetch = waited_fetch(check(&engine, &signed(&b()), at(2)));
    finish_fetch(fetch, &Reply::keys([&b()]), at(2));
    // The set is past its age as well when the old token comes back.
    let check = check(&engine, &old, at(700));
    let fetch = waited_fetch(check);
    finish_fetch(fetch, &Reply::keys([&a(), &b()]), at(700));
    assert!(decide(&engine, &old, at(700)).is_ok(), "the key was put back, and the fetch brought it");
}

#[test]
fn another_key_under_the_same_name_retires_the_first_one_s_tokens() {
    let (first, second) = (SigningKey::ed25519("k", 1), SigningKey::ed25519("k", 2));
    let engine = loaded([&first]);
    assert!(decide(&engine, &signed(&first), at(1)).is_ok());
    let refresh = check(&engine, &signed(&first), at(600)).fetch.unwrap();
    finish_fetch(refresh, &Reply::keys([&second]), at(600));
    assert_eq!(decide(&engine, &signed(&first), at(601)).unwrap_err(), SignatureError::Invalid.into());
    assert!(decide(&engine, &signed(&second), at(601)).is_ok());
    // Past its age, with the name still known: no assertion, no stale token.
    let refresh = check(&engine, &signed(&second), at(1200)).fetch.unwrap();
    finish_fetch(refresh, &Reply::keys([&first]), at(1200));
    let late = check(&engine, &signed(&second), at(1850));
    assert!(late.fetch.is_some());
    assert!(matches!(late.step, Step::Done(Err(_))), "{:?}", late.step);
}

#[test]
fn after_an_idle_time_a_cached_token_waits_for_the_refresh() {
    let engine = loaded([&a()]);
    let token = signed(&a());
    assert!(decide(&engine, &token, at(1)).is_ok());
    let check = check(&engine, &token, at(50_000));
    assert_eq!(check.source, Source::Cache);
    let fetch = waited_fetch(check);
    finish_fetch(fetch, &Reply::keys([&b()]), at(50_001));
    let refused = super::check(&engine, &token, at(50_001));
    assert!(!matches!(refused.step, Step::Done(Ok(_))), "the key was withdrawn meanwhile");
}

#[test]
fn a_flood_of_made_up_keys_costs_one_fetch_per_cooldown_and_no_valid_request() {
    let engine = loaded([&a()]);
    let good = signed(&a());
    let forger = SigningKey::ed25519("made up", 9);
    let mut fetches = 0;
    for number in 0..10_000_u64 {
        let header = json!({ "alg": "EdDSA", "kid": format!("made up {number}") });
        // As old as a client's token mostly is: the set would have its key.
        let forged = forger.token_with_header(&header, &claims(&json!({ "iat": START - 60 })));
        let now = Now::new(secs(START + 1), Duration::from_micros(1_000_000 + number * 100));
        let forged = check(&engine, &forged, now);
        if let Some(fetch) = forged.fetch {
            fetches += 1;
            finish_fetch(fetch, &Reply::keys([&a()]), now);
        } else {
            assert_eq!(settled(forged).unwrap_err(), KeyError::Unknown.into());
        }
        assert!(decide(&engine, &good, now).is_ok());
    }
    assert_eq!(fetches, 1, "in one second");
    assert_eq!(engine.tokens.occupancy().count, 1);
}

#[test]
fn rotation_under_load_fails_no_valid_request() {
    // 25: the server publishes a key, signs with it at once, and removes the old one later. A simulated hour
    // with two requests a second; every fetch takes a second.
    let keys: Vec<_> = ["a", "b", "c", "d", "e", "f"]
        .iter()
        .enumerate()
        .map(|(seed, kid)| SigningKey::ed25519(kid, seed as u8 + 1))
        .collect();
    let engine = loaded([&keys[0]]);
    let published = |second: u64| {
        let current = (second / 600) as usize;
        // The former key stays for five minutes, for the tokens that are still about.
        let former = (second % 600 < 300 && current > 0).then(|| &keys[current - 1]);
        former.into_iter().chain([&keys[current]]).collect::<Vec<_>>()
    };
    let mut flight: Option<(u64, Fetch)> = None;
    let mut waiting: Vec<(u64, String)> = Vec::new();
    let mut removed_passed_after_refresh = false;
    for tenth in (10..35_990_u64).step_by(5) {
        let second = tenth / 10;
        let now = Now::new(secs(START + second), Duration::from_millis(tenth * 100));
        if flight.as_ref().is_some_and(|(started, _)| tenth >= started + 10) {
            let (started, fetch) = flight.take().unwrap();
            finish_fetch(fetch, &Reply::keys(published(started / 10)), now);
            waiting.retain(|(signed_at, token)| {
                let check = check(&engine, token, now);
                assert!(matches!(check.step, Step::Done(Ok(_)) | Step::Wait(_)), "signed at {signed_at}");
                flight = flight.take().or(check.fetch.map(|fetch| (tenth, fetch)));
                matches!(check.step, Step::Wait(_))
            });
        }
        let signer = published(second).pop().unwrap();
        let token = signer.token(&claims(
            &json!({ "iat": START + second, "exp": START + second + 60, "jti": second.to_string() }),
        ));
        let check = check(&engine, &token, now);
        flight = flight.take().or(check.fetch.map(|fetch| (tenth, fetch)));
        match check.step {
            Step::Done(Ok(_)) => {}
            Step::Wait(_) => waiting.push((second, token)),
            other => panic!("{other:?} at {second}"),
        }
        let in_hand = engine.issuers().next().unwrap().keys().unwrap();
        removed_passed_after_refresh |= in_hand.keys().iter().any(|key| key.is_withdrawn());
    }
    assert!(waiting.len() < 20);
    assert!(!removed_passed_after_refresh);
}

#[test]
fn a_token_without_a_name_asks_for_newer_keys_once_per_cooldown() {
    let engine = loaded([&a()]);
    let token = b().unnamed().token(&claims(&json!({ "iat": START - 60 })));
    let fetch = waited_fetch(check(&engine, &token, at(1)));
    finish_fetch(fetch, &Reply::keys([&a()]), at(1));
    for second in 2..31 {
        assert_eq!(decide(&engine, &token, at(second)).unwrap_err(), SignatureError::Invalid.into());
    }
    let fetch = waited_fetch(check(&engine, &token, at(31)));
    finish_fetch(fetch, &Reply::keys([&a(), &b()]), at(31));
    assert!(decide(&engine, &token, at(31)).is_ok(), "its key came by rotation");
    assert_eq!(check(&engine, &token, at(32)).source, Source::Cache);
}

#[test]
fn a_nameless_token_past_the_age_of_the_set_waits_for_the_one_refresh() {
    let engine = loaded([&a()]);
    let token = signed(&b().unnamed());
    let fetch = waited_fetch(check(&engine, &token, at(600)));
    assert!(waits(&check(&engine, &token, at(600))), "and nobody starts a second one");
    finish_fetch(fetch, &Reply::keys([&b()]), at(600));
    assert!(decide(&engine, &token, at(600)).is_ok());
}

#[test]
fn a_token_that_names_its_key_wrongly_is_refused_without_a_fetch() {
    let engine = loaded([&a()]);
    let forged = b().token_with_header(&json!({ "alg": "EdDSA", "kid": "a" }), &claims(&json!({})));
    assert_eq!(refusal(&engine, &forged), SignatureError::Invalid.into());
}

#[test]
fn so_many_keys_are_tried_and_no_more() {
    let keys: Vec<_> = (1..=6).map(|seed| SigningKey::ed25519("same", seed)).collect();
    for tried in [1, 2, 4] {
        let limits = Limits { max_keys_tried: tried, ..Limits::default() };
        let config = IssuerConfig::new(ISSUER).static_keys(mint::jwks(&keys));
        let engine = EngineConfig::new().issuer(config).audience(AUDIENCE).limits(limits).build().unwrap();
        let passing = keys.iter().filter(|key| decide(&engine, &signed(key), at(0)).is_ok()).count();
        assert_eq!(passing, tried, "of six keys that share a name");
    }
}

#[test]
fn a_forged_token_that_names_no_key_costs_three_checks_unless_the_operator_says_more() {
    let keys: Vec<_> = (1..=10).map(|seed| SigningKey::ed25519("", seed).unnamed()).collect();
    let config = IssuerConfig::new(ISSUER).static_keys(mint::jwks(&keys));
    let engine = EngineConfig::new().issuer(config).audience(AUDIENCE).build().unwrap();
    let passing: Vec<_> = keys.iter().map(|key| decide(&engine, &signed(key), at(0)).is_ok()).collect();
    let (tried, beyond) = passing.split_at(3);
    assert!(tried.iter().all(|passes| *passes) && !beyond.iter().any(|passes| *passes), "{passing:?}");
}

#[test]
fn the_server_is_down_and_the_keys_serve_for_a_day() {
    let engine = loaded([&a()]);
    let (token, unknown) = (signed(&a()), signed(&b()));
    let mut now = 600;
    while now < 24 * 3600 {
        let check = check(&engine, &token, at(now));
        assert!(matches!(check.step, Step::Done(Ok(_))), "{:?} after {now} seconds", check.step);
        if let Some(fetch) = check.fetch {
            fetch.failed(FetchError::Transport, at(now));
        }
        now += 90;
    }
    let late = check(&engine, &unknown, at(now - 90));
    assert!(
        !matches!(&late.step, Step::Done(Err(refusal)) if matches!(refusal.failure(), Failure::Rejected(_))),
        "nobody can say that it is unknown"
    );
    drop(late);
    let over = check(&engine, &token, at(24 * 3600 + 60));
    let fetch = waited_fetch(over);
    fetch.failed(FetchError::Transport, at(24 * 3600 + 60));
    let failure = decide(&engine, &token, at(24 * 3600 + 60)).unwrap_err();
    assert_eq!(failure.code(), "keys_unavailable", "cached or not");
}

#[test]
fn an_outage_is_answered_503_with_the_time_to_retry_and_no_challenge() {
    let engine = EngineConfig::new().issuer(ISSUER).audience(AUDIENCE).build().unwrap();
    let token = signed(&a());
    for failure in 0..8 {
        waited_fetch(check(&engine, &token, at(failure * 100)))
            .failed(FetchError::Transport, at(failure * 100));
    }
    let failure = decide(&engine, &token, at(700)).unwrap_err();
    let Failure::Unavailable(Unavailable::Keys { retry_after }) = failure else { panic!("{failure:?}") };
    let answer = answer_of(&engine, &failure);
    assert_eq!(answer.status, 503);
    let seconds: u64 = answer.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!(secs(seconds) >= retry_after && seconds <= 61);
    assert!(!answer.headers.contains_key("www-authenticate"));
}

#[test]
fn a_rotation_while_made_up_keys_use_the_cooldown_up_is_503_until_the_next_fetch() {
    let engine = loaded([&a()]);
    let made_up = SigningKey::ed25519("made up", 9);
    let issued = |key: &SigningKey, second: u64| key.token(&claims(&json!({ "iat": START + second })));
    let fetch = waited_fetch(check(&engine, &issued(&made_up, 100), at(100)));
    finish_fetch(fetch, &Reply::keys([&a()]), at(101));
    // The server rotates now. The second in which the set was asked for may be before the rotation or after it.
    for second in [99, 100, 101, 104, 110, 130] {
        let failure = decide(&engine, &issued(&b(), second), at(second.max(105))).unwrap_err();
        let retry_after = secs(131 - second.max(105));
        assert_eq!(failure, Unavailable::Keys { retry_after }.into(), "issued at {second}");
    }
    let older = issued(&b(), 98);
    assert_eq!(
        decide(&engine, &older, at(110)).unwrap_err(),
        KeyError::Unknown.into(),
        "the set would have it"
    );
    let undated = b().token(&claims(&json!({ "iat": null })));
    assert_eq!(decide(&engine, &undated, at(110)).unwrap_err(), KeyError::Unknown.into(), "it does not say");
    let token = issued(&b(), 110);
    let fetch = waited_fetch(check(&engine, &token, at(131)));
    finish_fetch(fetch, &Reply::keys([&a(), &b()]), at(131));
    assert!(decide(&engine, &token, at(131)).is_ok());
}

#[test]
fn a_request_that_waited_in_vain_is_refused_although_its_token_is_new() {
    let engine = loaded([&a()]);
    let token = b().token(&claims(&json!({ "iat": START + 100 })));
    let fetch = waited_fetch(check(&engine, &token, at(100)));
    finish_fetch(fetch, &Reply::keys([&a()]), at(101));
    let waited = check_for(&engine, &token, Route::open().waiting_since(secs(100)), at(102));
    assert_eq!(settled(waited).unwrap_err(), KeyError::Unknown.into());
}

#[test]
fn the_nameless_token_of_a_newer_key_is_503_within_the_cooldown_too() {
    let engine = loaded([&a().unnamed()]);
    let issued = |second: u64| b().unnamed().token(&claims(&json!({ "iat": START + second })));
    let fetch = waited_fetch(check(&engine, &issued(100), at(100)));
    finish_fetch(fetch, &Reply::keys([&a().unnamed()]), at(100));
    assert_eq!(decide(&engine, &issued(110), at(110)).unwrap_err().code(), "keys_unavailable");
    assert_eq!(decide(&engine, &issued(90), at(110)).unwrap_err(), SignatureError::Invalid.into());
}

#[test]
fn the_token_of_a_removed_key_is_refused_within_the_cooldown_however_new_it_is() {
    let engine = loaded([&a(), &b()]);
    let refresh = check(&engine, &signed(&b()), at(600)).fetch.unwrap();
    finish_fetch(refresh, &Reply::keys([&b()]), at(600));
    let made_up = signed(&SigningKey::ed25519("made up", 9));
    for second in [700, 731] {
        let fetch = waited_fetch(check(&engine, &made_up, at(second)));
        finish_fetch(fetch, &Reply::keys([&b()]), at(second));
        let removed = a().token(&claims(&json!({ "iat": START + second + 10 })));
        assert_eq!(decide(&engine, &removed, at(second + 10)).unwrap_err(), KeyError::Unknown.into());
    }
}

#[test]
fn what_the_set_in_hand_accounts_for_is_refused_however_new_the_token_is() {
    let engine = loaded([&a()]);
    let made_up = signed(&SigningKey::ed25519("made up", 9));
    let fetch = waited_fetch(check(&engine, &made_up, at(100)));
    let mut weak = SigningKey::ed25519("weak", 4).jwk();
    weak.as_object_mut().unwrap().insert("use".to_owned(), json!("enc"));
    let set = json!({ "keys": [a().jwk(), weak] }).to_string();
    finish_fetch(fetch, &Reply::new(200, set), at(100));
    let new = claims(&json!({ "iat": START + 110 }));
    let of = |header: Value| b().token_with_header(&header, &new);
    for (header, code) in [
        (json!({ "alg": "EdDSA", "kid": "new" }), "keys_unavailable"),
        (json!({ "alg": "EdDSA", "kid": "weak" }), "key_unknown"),
        (json!({ "alg": "ES256", "kid": "a" }), "key_unknown"),
        (json!({ "alg": "EdDSA" }), "signature_invalid"),
    ] {
        assert_eq!(decide(&engine, &of(header.clone()), at(110)).unwrap_err().code(), code, "{header}");
    }
}
