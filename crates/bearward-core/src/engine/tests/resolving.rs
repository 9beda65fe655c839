//! Issuers that a resolver names at run time.

use super::*;
use crate::error::UrlError;
use crate::redacted::RedactedUrl;

const TENANT: &str = "https://tenant.example";

fn engine() -> Engine {
    config().issuer_resolution(IssuerResolution::On).build().unwrap()
}

fn tenant() -> IssuerConfig {
    IssuerConfig::new(TENANT).static_keys(mint::jwks([&key()]))
}

fn tenant_token() -> String {
    token(&json!({ "iss": TENANT, "exp": START + 100_000 }))
}

fn asks(engine: &Engine, token: &str, now: Now) -> bool {
    match check(engine, token, now).outcome {
        Outcome::Resolve(issuer) => issuer == TENANT,
        _ => false,
    }
}

#[test]
fn an_unknown_issuer_is_asked_for_and_a_configured_one_is_not() {
    let engine = engine();
    assert!(asks(&engine, &tenant_token(), at(0)));
    assert!(decide(&engine, &token(&json!({})), at(0)).is_ok());
    assert_eq!(
        refusal(&super::engine(), &tenant_token()),
        IssuerError::Unknown.into(),
        "where none resolves"
    );
    assert_eq!(
        super::engine().resolved(TENANT, Some(tenant()), at(0)),
        Err(ConfigError::NoIssuer),
        "and nobody can make it"
    );
}

#[test]
fn the_resolver_s_word_holds_for_ten_minutes_and_its_keys_outlast_it() {
    let engine = engine();
    let discovered = IssuerConfig::new(TENANT).jwks_uri("https://tenant.example/keys");
    engine.resolved(TENANT, Some(discovered.clone()), at(0)).unwrap();
    let fetch = waited_fetch(check(&engine, &tenant_token(), at(0)));
    finish_fetch(fetch, &Reply::keys([&key()]), at(0));
    assert!(decide(&engine, &tenant_token(), at(1)).is_ok());
    assert!(decide(&engine, &tenant_token(), at(599)).is_ok());
    assert!(asks(&engine, &tenant_token(), at(600)), "a cached token, too, is nobody's then");
    engine.resolved(TENANT, Some(discovered), at(600)).unwrap();
    let refreshed = check(&engine, &tenant_token(), at(600));
    assert!(matches!(refreshed.outcome, Outcome::Done(Ok(_))), "the keys in hand serve on");
}

#[test]
fn a_refused_issuer_is_not_asked_for_again_for_half_a_minute() {
    let engine = engine();
    engine.resolved(TENANT, None, at(0)).unwrap();
    assert_eq!(decide(&engine, &tenant_token(), at(29)).unwrap_err(), IssuerError::Unknown.into());
    assert!(asks(&engine, &tenant_token(), at(30)));
    engine.resolved(TENANT, Some(tenant()), at(30)).unwrap();
    assert!(decide(&engine, &tenant_token(), at(30)).is_ok());
}

#[test]
fn a_tenant_that_is_withdrawn_loses_its_cached_tokens_at_once() {
    let engine = engine();
    engine.resolved(TENANT, Some(tenant()), at(0)).unwrap();
    assert!(decide(&engine, &tenant_token(), at(1)).is_ok());
    assert_eq!(check(&engine, &tenant_token(), at(1)).source, Source::Cache);
    engine.resolved(TENANT, None, at(2)).unwrap();
    assert_eq!(decide(&engine, &tenant_token(), at(2)).unwrap_err(), IssuerError::Unknown.into());
}

#[test]
fn a_changed_configuration_ends_what_the_old_one_let_in() {
    let engine = engine();
    engine.resolved(TENANT, Some(tenant()), at(0)).unwrap();
    assert!(decide(&engine, &tenant_token(), at(1)).is_ok());
    engine.resolved(TENANT, Some(tenant().audience("https://other.example")), at(2)).unwrap();
    let failure = decide(&engine, &tenant_token(), at(2)).unwrap_err();
    assert_eq!(failure, ClaimsError::AudienceMismatch.into());
}

#[test]
fn the_configuration_of_another_issuer_is_an_error_and_a_refusal() {
    let engine = engine();
    for other in [ISSUER, "https://tenant.example/", "https://attacker.example"] {
        let config = IssuerConfig::new(other).static_keys(mint::jwks([&key()]));
        let error = engine.resolved(TENANT, Some(config), at(0)).unwrap_err();
        let issuer = RedactedUrl::of(other);
        assert_eq!(error, ConfigError::Issuer { issuer, why: UrlError::OtherIssuer });
        assert_eq!(decide(&engine, &tenant_token(), at(0)).unwrap_err(), IssuerError::Unknown.into());
    }
}

#[test]
fn a_configuration_that_cannot_work_is_an_error_and_a_refusal() {
    let engine = engine();
    for config in [
        IssuerConfig::new(TENANT).static_keys("{}"),
        IssuerConfig::new(TENANT).shared_secret("short"),
        IssuerConfig::new(TENANT).jwks_uri("http://tenant.example/keys"),
        IssuerConfig::new(TENANT).algorithms([]),
    ] {
        assert!(engine.resolved(TENANT, Some(config), at(0)).is_err());
        assert_eq!(decide(&engine, &tenant_token(), at(0)).unwrap_err(), IssuerError::Unknown.into());
    }
}

#[test]
fn an_issuer_that_is_no_string_is_refused_and_not_asked_for() {
    let engine = engine();
    assert_eq!(refusal(&engine, &token(&json!({ "iss": [TENANT] }))), IssuerError::Malformed.into());
    assert_eq!(refusal(&engine, &token(&json!({ "iss": null }))), IssuerError::Missing.into());
}

#[test]
fn made_up_issuers_fill_no_memory_and_push_no_tenant_out() {
    let engine = engine();
    engine.resolved(TENANT, Some(tenant()), at(0)).unwrap();
    for number in 0..5000 {
        engine.resolved(&format!("https://made-up-{number}.example"), None, at(1)).unwrap();
    }
    let (trusted, refused) = engine.resolved.as_ref().unwrap().sizes();
    assert_eq!((trusted, refused), (1, 1000));
    assert!(decide(&engine, &tenant_token(), at(1)).is_ok());
    // What was made up half a minute ago makes room.
    engine.resolved("https://another.example", None, at(31)).unwrap();
    assert_eq!(engine.resolved.as_ref().unwrap().sizes(), (1, 1));
}

#[test]
fn trusted_issuers_are_bounded_too_and_the_last_one_is_there() {
    let limits = Limits { resolved_issuers: 10, ..Limits::default() };
    let engine = config().limits(limits).issuer_resolution(IssuerResolution::On).build().unwrap();
    for number in 0..50 {
        let issuer = format!("https://tenant-{number}.example");
        let config = IssuerConfig::new(&*issuer).static_keys(mint::jwks([&key()]));
        engine.resolved(&issuer, Some(config), at(0)).unwrap();
        assert!(decide(&engine, &token(&json!({ "iss": issuer })), at(0)).is_ok());
        assert!(engine.resolved.as_ref().unwrap().sizes().0 <= 10);
    }
}

#[test]
fn a_resolved_issuer_s_keys_serve_it_alone() {
    let engine = engine();
    let other = SigningKey::ed25519("k", 9);
    let config = IssuerConfig::new(TENANT).static_keys(mint::jwks([&other]));
    engine.resolved(TENANT, Some(config), at(0)).unwrap();
    assert_eq!(decide(&engine, &tenant_token(), at(0)).unwrap_err().code(), "signature_invalid");
    let foreign = other.token(&claims(&json!({})));
    assert_eq!(refusal(&engine, &foreign).code(), "signature_invalid");
}
