//! What an operator is told of the engine.

use std::time::Duration;

use super::*;
use crate::token::algorithm::Algorithm;

const JWKS_URI: &str = "https://issuer.example/keys";

#[test]
fn it_names_the_keys_in_hand_and_how_old_they_are() {
    let engine = EngineConfig::new()
        .issuer(IssuerConfig::new(ISSUER).jwks_uri(JWKS_URI))
        .audience(AUDIENCE)
        .build()
        .unwrap();
    let before = engine.status(at(0));
    assert_eq!((before.issuers.len(), before.verified_tokens.count), (1, 0));
    assert_eq!(before.used_proofs.map(|proofs| proofs.count), Some(0));
    assert_eq!(before.verified_tokens.most, engine.limits().max_cached_tokens);
    assert_eq!(
        (before.issuers[0].next_refresh, before.issuers[0].is_fetching),
        (Some(Duration::ZERO), false)
    );
    assert_eq!(before.issuers[0].identifier, ISSUER);
    assert_eq!((before.issuers[0].keys.len(), before.issuers[0].key_set_age), (0, None));

    let token = token(&json!({}));
    let fetch = waited_fetch(check(&engine, &token, at(1)));
    finish_fetch(fetch, &Reply::keys([&key()]), at(1));
    assert!(decide(&engine, &token, at(2)).is_ok());

    let after = engine.status(at(6));
    assert_eq!(after.verified_tokens.count, 1);
    assert_eq!(after.issuers[0].key_set_age, Some(Duration::from_secs(5)));
    assert_eq!(after.issuers[0].next_refresh, Some(Duration::from_secs(595)), "ten minutes after the answer");
    assert_eq!(after.issuers[0].last_failure, None);
    let [key] = &*after.issuers[0].keys else { panic!("{after:?}") };
    assert_eq!(
        (key.kid.as_deref(), &*key.algorithms),
        (Some("k"), &[Algorithm::EdDSA, Algorithm::Ed25519][..])
    );
}

#[test]
fn it_tells_of_an_issuer_that_a_resolver_has_named_by_its_identifier_alone() {
    let engine =
        EngineConfig::new().issuer_resolution(IssuerResolution::On).audience(AUDIENCE).build().unwrap();
    assert_eq!(engine.issuer_status(ISSUER, at(0)), None);
    engine.resolved(ISSUER, Some(IssuerConfig::new(ISSUER).jwks_uri(JWKS_URI)), at(0)).unwrap();
    let status = engine.issuer_status(ISSUER, at(1)).unwrap();
    assert_eq!((&*status.identifier, status.key_set_age), (ISSUER, None));
    assert_eq!(engine.status(at(1)).issuers, []);
}

/// A key that is used, and one that never is.
fn partly_usable() -> Reply {
    let mut set: Value = serde_json::from_str(&mint::jwks([&key()])).unwrap();
    let keys = set["keys"].as_array_mut().unwrap();
    keys.push(json!({ "kty": "oct", "kid": "secret", "k": "c2VjcmV0" }));
    Reply::new(200, set.to_string())
}

#[test]
fn it_tells_what_went_wrong_and_which_keys_are_not_used() {
    let engine = EngineConfig::new()
        .issuer(IssuerConfig::new(ISSUER).jwks_uri(JWKS_URI))
        .audience(AUDIENCE)
        .build()
        .unwrap();
    let token = token(&json!({}));
    waited_fetch(check(&engine, &token, at(1))).failed(FetchError::Timeout, at(1));
    let during = engine.status(at(11));
    let failure = during.issuers[0].last_failure.clone().unwrap();
    assert_eq!((failure.age, failure.code), (Duration::from_secs(10), "server_too_slow"));

    let fetch = waited_fetch(check(&engine, &token, at(11)));
    assert!(engine.status(at(11)).issuers[0].is_fetching);
    finish_fetch(fetch, &partly_usable(), at(11));
    let after = engine.status(at(12));
    assert_eq!(after.issuers[0].last_failure.as_ref().unwrap().age, Duration::from_secs(11), "it is kept");
    let [skipped] = &*after.issuers[0].skipped_keys else { panic!("{after:?}") };
    assert_eq!((skipped.index, skipped.kid.as_deref()), (1, Some("secret")));

    let written = serde_json::to_value(&after).unwrap();
    assert_eq!(written["issuers"][0]["key_set_age_seconds"], 1);
    assert_eq!(written["issuers"][0]["next_refresh_seconds"], 599);
    assert_eq!(written["issuers"][0]["last_failure"]["age_seconds"], 11);
    assert_eq!(written["issuers"][0]["keys"][0]["algorithms"], json!(["EdDSA", "Ed25519"]));
    assert_eq!(written["verified_tokens"], json!({ "count": 0, "most": engine.limits().max_cached_tokens }));
}
