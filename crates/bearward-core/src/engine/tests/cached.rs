//! The verified-token cache on the path.

use super::*;
use crate::check::requirement::scope;

fn source(engine: &Engine, token: &str, now: Now) -> Source {
    check(engine, token, now).source
}

#[test]
fn a_token_is_verified_once_and_found_from_then_on() {
    let (engine, token) = (engine(), token(&json!({})));
    assert_eq!(source(&engine, &token, at(1)), Source::Verification);
    for second in 2..5 {
        assert_eq!(source(&engine, &token, at(second)), Source::Cache);
        assert!(decide(&engine, &token, at(second)).is_ok());
    }
}

#[test]
fn without_a_cache_every_request_verifies() {
    let limits = Limits { max_cached_tokens: 0, ..Limits::default() };
    let engine = config().limits(limits).build().unwrap();
    let token = token(&json!({}));
    for second in 1..4 {
        assert_eq!(source(&engine, &token, at(second)), Source::Verification);
        assert!(decide(&engine, &token, at(second)).is_ok());
    }
}

#[test]
fn a_refused_token_is_not_remembered() {
    let (engine, token) = (engine(), token(&json!({ "nbf": START + 100 })));
    for _ in 0..3 {
        let check = check(&engine, &token, at(0));
        assert_eq!(check.source, Source::Verification);
        assert_eq!(settled(check).unwrap_err(), ClaimsError::NotYetValid.into());
    }
    assert!(decide(&engine, &token, at(100)).is_ok(), "and passes when its time has come");
    assert_eq!(engine.tokens.occupancy().count, 1);
}

#[test]
fn a_cached_token_expires_to_the_second() {
    let (engine, token) = (engine(), token(&json!({})));
    assert!(decide(&engine, &token, at(1)).is_ok());
    assert!(decide(&engine, &token, at(3604)).is_ok(), "within the tolerance");
    let late = check(&engine, &token, at(3605));
    assert_eq!(late.source, Source::Cache);
    assert_eq!(settled(late).unwrap_err(), ClaimsError::Expired.into());
    assert_eq!(engine.tokens.occupancy().count, 0, "and makes room");
    assert_eq!(decide(&engine, &token, at(3606)).unwrap_err(), ClaimsError::Expired.into());
}

#[test]
fn a_cached_token_passes_no_route_that_requires_more() {
    let engine = engine();
    let token = token(&json!({ "scope": "read" }));
    assert!(decide(&engine, &token, at(1)).is_ok());
    let requirement = scope("write").check().unwrap();
    let check = check_for(&engine, &token, Route::requiring(&requirement, &NoFacts), at(1));
    assert_eq!(check.source, Source::Cache);
    let failure = settled(check).unwrap_err();
    assert_eq!(failure.code(), "insufficient_scope");
    assert_eq!(answer_of(&engine, &failure).status, 403);
    assert!(decide(&engine, &token, at(1)).is_ok(), "and still passes where it did");
}

#[test]
fn a_cached_token_with_one_character_changed_is_verified_anew() {
    let (engine, token) = (engine(), token(&json!({})));
    assert!(decide(&engine, &token, at(1)).is_ok());
    for place in 0..token.len() {
        let mut changed = token.clone().into_bytes();
        changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        let check = check(&engine, &changed, at(1));
        assert_eq!(check.source, Source::Verification, "character {place}");
        let Step::Done(result) = check.step else { panic!("{:?}", check.step) };
        assert!(result.is_err(), "character {place}");
    }
}

#[test]
fn another_resource_server_in_the_process_knows_nothing_of_it() {
    let other = EngineConfig::new().issuer(issuer()).audience("https://other.example").build().unwrap();
    let (engine, token) = (engine(), token(&json!({})));
    assert!(decide(&engine, &token, at(1)).is_ok());
    assert_eq!(refusal(&other, &token), ClaimsError::AudienceMismatch.into());
}

#[test]
fn a_custom_validator_is_asked_on_every_hit() {
    use std::sync::atomic::{AtomicBool, Ordering};

    let allowed = Arc::new(AtomicBool::new(true));
    let asked = Arc::clone(&allowed);
    let validator = move |_: &crate::token::ClaimsSet| match asked.load(Ordering::Relaxed) {
        true => Ok(()),
        false => Err(crate::trust::ValidatorError::new("the subject is blocked")),
    };
    let engine = config().validator(validator).build().unwrap();
    let token = token(&json!({}));
    assert!(decide(&engine, &token, at(1)).is_ok());
    allowed.store(false, Ordering::Relaxed);
    let failure = decide(&engine, &token, at(2)).unwrap_err();
    assert_eq!(failure.code(), "claim_rejected");
    assert_eq!(failure.to_string(), "the subject is blocked");
    allowed.store(true, Ordering::Relaxed);
    assert!(decide(&engine, &token, at(3)).is_ok());
}

#[test]
fn a_bound_token_is_refused_each_time() {
    let (engine, token) = (engine(), token(&json!({ "cnf": { "jkt": "A".repeat(43) } })));
    for _ in 0..3 {
        assert_eq!(decide(&engine, &token, at(1)).unwrap_err().code(), "proof_required");
    }
}

#[test]
fn a_calendar_that_steps_counts_for_claims_alone() {
    // 29: an hour back and forward, with the keys as old as the uptime says.
    let engine = EngineConfig::new()
        .issuer(IssuerConfig::new(ISSUER).jwks_uri("https://issuer.example/keys"))
        .audience(AUDIENCE)
        .build()
        .unwrap();
    let token = token(&json!({ "iat": START, "exp": START + 600 }));
    let stepped = |by: i64, uptime| Now::new(secs(START.checked_add_signed(by).unwrap()), secs(uptime));
    let fetch = waited_fetch(check(&engine, &token, at(10)));
    finish_fetch(fetch, &Reply::keys([&key()]), at(10));
    assert!(decide(&engine, &token, at(11)).is_ok());

    let back = decide(&engine, &token, stepped(-3600, 12)).unwrap_err();
    assert_eq!(back, ClaimsError::IssuedInFuture.into());
    assert!(decide(&engine, &token, stepped(13, 13)).is_ok(), "and stepped to rights again");
    let forward = decide(&engine, &token, stepped(3600, 14)).unwrap_err();
    assert_eq!(forward, ClaimsError::Expired.into());
    assert!(decide(&engine, &token, stepped(15, 15)).is_ok());
    // The keys went through all of it without a fetch, and are due when the uptime says.
    assert!(check(&engine, &token, stepped(599, 609)).fetch.is_none());
    assert!(check(&engine, &token, stepped(0, 610)).fetch.is_some());
}
