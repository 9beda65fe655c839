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
    assert_eq!((before.issuers.len(), before.verified_tokens, before.used_proofs), (1, 0, Some(0)));
    assert_eq!(before.issuers[0].identifier, ISSUER);
    assert_eq!((before.issuers[0].keys.len(), before.issuers[0].key_set_age), (0, None));

    let token = token(&json!({}));
    let fetch = waited_fetch(check(&engine, &token, at(1)));
    finish_fetch(fetch, &Reply::keys([&key()]), at(1));
    assert!(decide(&engine, &token, at(2)).is_ok());

    let after = engine.status(at(6));
    assert_eq!(after.verified_tokens, 1);
    assert_eq!(after.issuers[0].key_set_age, Some(Duration::from_secs(5)));
    let [key] = &*after.issuers[0].keys else { panic!("{after:?}") };
    assert_eq!(
        (key.kid.as_deref(), &*key.algorithms),
        (Some("k"), &[Algorithm::EdDSA, Algorithm::Ed25519][..])
    );
}
