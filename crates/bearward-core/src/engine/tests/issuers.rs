//! Whose tokens are believed.

use super::*;
use crate::check::signature::SignatureError;
use crate::trust::key::KeyError;

/// Two issuers whose keys would have to be fetched.
fn fetching() -> Engine {
    EngineConfig::new()
        .issuer(ISSUER)
        .issuer("https://tenant.example/oidc")
        .audience(AUDIENCE)
        .build()
        .unwrap()
}

#[test]
fn an_issuer_that_is_not_exactly_configured_is_refused_and_nothing_is_fetched() {
    // 2025-30144.
    let engine = fetching();
    for issuer in [
        "https://issuer.example/",
        "https://issuer.exampl",
        "https://issuer.example.attacker.example",
        "https://ISSUER.example",
        "HTTPS://issuer.example",
        "https://issuer.example/oidc",
        "https://tenant.example",
        "https://tenant.example/oidc/",
        "https://tenant.example/OIDC",
        "http://issuer.example",
        "issuer.example",
        " https://issuer.example",
        "https://issuer.example\0",
        "https://issuer.example:443",
        "https://attacker.example/https://issuer.example",
        "*",
        "",
    ] {
        let rejection = refusal(&engine, &token(&json!({ "iss": issuer })));
        assert_eq!(rejection, IssuerError::Unknown.into(), "{issuer:?}");
    }
    for issuer in
        [json!([ISSUER]), json!([ISSUER, "https://attacker.example"]), json!({ "x": ISSUER }), json!(7)]
    {
        assert_eq!(refusal(&engine, &token(&json!({ "iss": issuer }))), IssuerError::Malformed.into());
    }
    assert_eq!(refusal(&engine, &token(&json!({ "iss": null }))), IssuerError::Missing.into());
    assert!(waits(&check(&engine, &token(&json!({})), at(0))), "the configured one's keys are fetched");
}

#[test]
fn one_issuer_s_keys_never_serve_another_s_tokens() {
    let (ours, theirs) = (SigningKey::ed25519("k", 1), SigningKey::ed25519("k", 2));
    let engine = config()
        .issuer(IssuerConfig::new("https://other.example").static_keys(mint::jwks([&theirs])))
        .build()
        .unwrap();
    let from = |key: &SigningKey, issuer| key.token(&claims(&json!({ "iss": issuer })));
    assert!(decide(&engine, &from(&ours, ISSUER), at(0)).is_ok());
    assert!(decide(&engine, &from(&theirs, "https://other.example"), at(0)).is_ok());
    assert_eq!(refusal(&engine, &from(&theirs, ISSUER)), SignatureError::Invalid.into());
    assert_eq!(refusal(&engine, &from(&ours, "https://other.example")), SignatureError::Invalid.into());
    let unnamed = theirs.unnamed();
    assert_eq!(refusal(&engine, &from(&unnamed, ISSUER)), SignatureError::Invalid.into());
}

#[test]
fn each_issuer_has_its_own_algorithms_and_audiences() {
    let es256 = SigningKey::generate("ES256", "e", 0);
    let engine = config()
        .issuer(
            IssuerConfig::new("https://other.example")
                .static_keys(mint::jwks([&es256]))
                .algorithms([crate::token::Algorithm::ES256])
                .audience("https://only.example"),
        )
        .build()
        .unwrap();
    let other = |audience: &str| json!({ "iss": "https://other.example", "aud": audience });
    assert!(decide(&engine, &es256.token(&claims(&other("https://only.example"))), at(0)).is_ok());
    assert_eq!(
        refusal(&engine, &es256.token(&claims(&other(AUDIENCE)))),
        ClaimsError::AudienceMismatch.into(),
        "its own audiences replace the others"
    );
    assert_eq!(
        refusal(&engine, &token(&json!({ "aud": "https://only.example" }))),
        ClaimsError::AudienceMismatch.into()
    );
    assert_eq!(
        refusal(&engine, &token(&other("https://only.example"))),
        TokenError::AlgorithmNotAllowed(crate::token::Algorithm::EdDSA).into()
    );
}

#[test]
fn an_algorithm_outside_the_allowlist_is_refused_and_nothing_is_fetched() {
    let es256 = SigningKey::generate("ES256", "e", 0);
    let config = IssuerConfig::new(ISSUER).algorithms([crate::token::Algorithm::RS256]);
    let engine = EngineConfig::new().issuer(config).audience(AUDIENCE).build().unwrap();
    let rejection = refusal(&engine, &es256.token(&claims(&json!({}))));
    assert_eq!(rejection, TokenError::AlgorithmNotAllowed(crate::token::Algorithm::ES256).into());
}

#[test]
fn a_configured_set_answers_for_unknown_keys_itself() {
    let stranger = SigningKey::ed25519("stranger", 3);
    assert_eq!(refusal(&engine(), &stranger.token(&claims(&json!({})))), KeyError::Unknown.into());
    assert_eq!(
        refusal(&engine(), &stranger.unnamed().token(&claims(&json!({})))),
        SignatureError::Invalid.into()
    );
}

#[test]
fn a_pem_key_serves_its_issuer_s_tokens() {
    let pem = include_str!("../../../tests/fixtures/p-256.pem");
    let config = IssuerConfig::new(ISSUER).public_key_pem(pem);
    let engine = EngineConfig::new().issuer(config).audience(AUDIENCE).build().unwrap();
    let openssl = include_str!("../../../tests/fixtures/ES256.jwt").trim();
    let token = decide(&engine, openssl, at(0)).unwrap();
    assert_eq!((token.subject(), token.kid()), (Some("subject"), None));
    let forged = SigningKey::generate("ES256", "k", 0).token(&claims(&json!({})));
    assert_eq!(refusal(&engine, &forged), SignatureError::Invalid.into());
}
