//! What holds when the caller, not the engine, answers for the issuer.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bearward_core::{
    ConfigError, Credential, Engine, EngineConfig, IssuerConfig, IssuerResolution, Now, Outcome, Route,
    Source,
};

const SECRET: [u8; 32] = [7; 32];
const OTHER_SECRET: [u8; 32] = [8; 32];

fn token(claims: &str) -> String {
    let input =
        format!("{}.{}", URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#), URL_SAFE_NO_PAD.encode(claims));
    let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &SECRET), input.as_bytes());
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn now() -> Now {
    Now::new(Duration::from_secs(1_700_000_000), Duration::from_secs(1))
}

fn ask(engine: &Engine, token: &str) -> (Outcome, Source) {
    let credential = Credential::from_token(token, engine.credential_rules()).unwrap();
    let check = engine.check(&credential, Route::open(), now());
    (check.outcome, check.source)
}

fn code(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Done(Ok(_)) => "accepted",
        Outcome::Done(Err(failure)) => failure.code(),
        Outcome::Wait(_) => "wait",
        Outcome::Resolve(_) => "resolve",
        Outcome::Consult(_) => "consult",
    }
}

fn issuer(identifier: &str, secret: [u8; 32]) -> IssuerConfig {
    IssuerConfig::new(identifier).shared_secret(secret)
}

const CLAIMS: &str = r#"{"iss":"https://other.example","aud":"api","exp":1700000100}"#;

#[test]
fn any_issuer_is_verified_with_the_one_key_source_once_that_is_allowed() {
    let config = || EngineConfig::new().audience("api").issuer(issuer("https://a.example", SECRET));
    let strict = config().build().unwrap();
    assert_eq!(code(&ask(&strict, &token(CLAIMS)).0), "issuer_unknown");
    let relaxed = config().dangerous().allow_any_issuer().build().unwrap();
    assert_eq!(code(&ask(&relaxed, &token(CLAIMS)).0), "accepted");
    assert_eq!(code(&ask(&relaxed, &token(r#"{"aud":"api","exp":1700000100}"#)).0), "accepted");
    assert_eq!(code(&ask(&relaxed, &token(r#"{"aud":"other","exp":1700000100}"#)).0), "audience_mismatch");
}

#[test]
fn any_issuer_needs_exactly_one_key_source() {
    let two = EngineConfig::new()
        .audience("api")
        .issuer(issuer("https://a.example", SECRET))
        .issuer(issuer("https://b.example", SECRET));
    assert_eq!(two.dangerous().allow_any_issuer().build().unwrap_err(), ConfigError::AnyIssuer);
    let resolving = EngineConfig::new()
        .audience("api")
        .issuer(issuer("https://a.example", SECRET))
        .issuer_resolution(IssuerResolution::On);
    assert_eq!(resolving.dangerous().allow_any_issuer().build().unwrap_err(), ConfigError::AnyIssuer);
}

#[test]
fn a_resolved_issuer_with_new_keys_takes_its_old_tokens_out_of_the_cache() {
    let engine = EngineConfig::new().audience("api").issuer_resolution(IssuerResolution::On).build().unwrap();
    let token = token(CLAIMS);
    assert_eq!(code(&ask(&engine, &token).0), "resolve");
    let name = "https://other.example";
    engine.resolved(name, Some(issuer(name, SECRET)), now()).unwrap();
    assert_eq!(code(&ask(&engine, &token).0), "accepted");
    engine.resolved(name, Some(issuer(name, SECRET)), now()).unwrap();
    assert_eq!(ask(&engine, &token).1, Source::Cache);
    engine.resolved(name, Some(issuer(name, OTHER_SECRET)), now()).unwrap();
    assert_eq!(code(&ask(&engine, &token).0), "signature_invalid");
}
