//! What holds when the caller, not the engine, answers for the issuer.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bearward_core::engine::{IssuerResolution, Problem, Source};
use bearward_core::{ConfigError, Credential, Engine, EngineConfig, IssuerConfig, Now, Route, Step};

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

fn ask(engine: &Engine, token: &str) -> (Step, Source) {
    let credential = Credential::from_token(token, engine.credential_rules()).unwrap();
    let mut attempt = engine.attempt(&credential, Route::open());
    let step = attempt.step(now());
    (step, attempt.source())
}

fn code(step: &Step) -> &'static str {
    match step {
        Step::Done(Ok(_)) => "accepted",
        Step::Done(Err(failure)) => failure.code(),
        Step::Refresh(_) => "refresh",
        Step::Fetch(_) | Step::Wait(_) => "wait",
        Step::Resolve(_) => "resolve",
        Step::Ask(_) => "ask",
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
    assert_eq!(
        two.dangerous().allow_any_issuer().build().unwrap_err(),
        ConfigError::new("dangerous.allow_any_issuer", Problem::AnyIssuer)
    );
    let resolving = EngineConfig::new()
        .audience("api")
        .issuer(issuer("https://a.example", SECRET))
        .issuer_resolution(IssuerResolution::On);
    assert_eq!(
        resolving.dangerous().allow_any_issuer().build().unwrap_err(),
        ConfigError::new("dangerous.allow_any_issuer", Problem::AnyIssuer)
    );
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

#[test]
fn a_token_without_issuer_is_the_one_issuers_once_that_is_allowed() {
    let config = || EngineConfig::new().audience("api").issuer(issuer("https://a.example", SECRET));
    let without = token(r#"{"aud":"api","exp":1700000100}"#);
    assert_eq!(code(&ask(&config().build().unwrap(), &without).0), "issuer_missing");
    let relaxed = config().dangerous().allow_tokens_without_issuer().build().unwrap();
    for _ in 0..2 {
        let (Step::Done(Ok(accepted)), _) = ask(&relaxed, &without) else { panic!("refused") };
        assert_eq!(accepted.issuer(), "https://a.example");
    }
    for (claims, expected) in [
        (r#"{"iss":"https://a.example","aud":"api","exp":1700000100}"#, "accepted"),
        (CLAIMS, "issuer_unknown"),
        (r#"{"iss":"","aud":"api","exp":1700000100}"#, "issuer_unknown"),
        (r#"{"iss":null,"aud":"api","exp":1700000100}"#, "issuer_malformed"),
        (r#"{"iss":["https://a.example"],"aud":"api","exp":1700000100}"#, "issuer_malformed"),
        (r#"{"aud":"other","exp":1700000100}"#, "audience_mismatch"),
        (r#"{"aud":"api","exp":1699999000}"#, "token_expired"),
    ] {
        assert_eq!(code(&ask(&relaxed, &token(claims)).0), expected, "{claims}");
    }
    let strict =
        config().profile(bearward_core::trust::Profile::Rfc9068).dangerous().allow_tokens_without_issuer();
    assert_eq!(code(&ask(&strict.build().unwrap(), &without).0), "token_type_mismatch");
    // In whatever order they are written, the wider of the two relaxations holds.
    let both = config().dangerous().allow_any_issuer().dangerous().allow_tokens_without_issuer();
    assert_eq!(code(&ask(&both.build().unwrap(), &token(CLAIMS)).0), "accepted");
}

#[test]
fn tokens_without_issuer_need_exactly_one_whose_they_are() {
    let two = EngineConfig::new()
        .audience("api")
        .issuer(issuer("https://a.example", SECRET))
        .issuer(issuer("https://b.example", SECRET));
    let error = two.dangerous().allow_tokens_without_issuer().build().unwrap_err();
    assert_eq!(
        error,
        ConfigError::new("dangerous.allow_tokens_without_issuer", Problem::TokensWithoutIssuer)
    );
    let resolving = EngineConfig::new()
        .audience("api")
        .issuer(issuer("https://a.example", SECRET))
        .issuer_resolution(IssuerResolution::On);
    let error = resolving.dangerous().allow_tokens_without_issuer().build().unwrap_err();
    assert_eq!(
        error,
        ConfigError::new("dangerous.allow_tokens_without_issuer", Problem::TokensWithoutIssuer)
    );
}
