//! What `build` refuses, and what `dangerous()` allows.

use super::*;
use crate::request::credential::QueryTokens;
use crate::token::Algorithm;
use crate::trust::key::{JwkError, KeySetError, KeySetPolicy, PemError};
use crate::trust::url::UrlError;
use crate::wire::JsonError;
use crate::wire::redacted::RedactedUrl;

fn error(config: EngineConfig) -> ConfigError {
    config.build().map(drop).unwrap_err()
}

fn issuer_error(issuer: IssuerConfig) -> ConfigError {
    error(EngineConfig::new().issuer(issuer).audience(AUDIENCE))
}

fn identifier(issuer: &str, why: UrlError) -> ConfigError {
    let issuer = RedactedUrl::of(issuer);
    ConfigError::new("issuers[0].issuer", IssuerProblem::Identifier { issuer, why })
}

#[test]
fn an_issuer_and_an_audience_are_mandatory() {
    assert_eq!(error(EngineConfig::new().audience(AUDIENCE)), ConfigError::new("issuers", Problem::NoIssuer));
    let at = |path: &str| ConfigError::new(path, Problem::Audience);
    let none = ConfigError::new("issuers[0].audiences", IssuerProblem::Audience);
    assert_eq!(error(EngineConfig::new().issuer(ISSUER)), none);
    assert_eq!(error(EngineConfig::new().issuer(ISSUER).audience("")), at("audiences[0]"));
    assert_eq!(error(EngineConfig::new().issuer(ISSUER).audience("a").audience("")), at("audiences[1]"));
    let own = IssuerConfig::new(ISSUER).audience("");
    let empty = ConfigError::new("issuers[0].audiences[0]", IssuerProblem::Audience);
    assert_eq!(error(EngineConfig::new().issuer(own).audience("a")), empty);
    let own = IssuerConfig::new(ISSUER).audience("a");
    assert!(EngineConfig::new().issuer(own.clone()).build().is_ok(), "its own will do");
    assert_eq!(
        error(EngineConfig::new().issuer(own).issuer("https://other.example")),
        ConfigError::new("issuers[1].audiences", IssuerProblem::Audience),
        "but not for another"
    );
    let resolving = EngineConfig::new().audience("a").issuer_resolution(IssuerResolution::On);
    assert!(resolving.build().is_ok(), "a resolver names the issuers");
}

#[test]
fn an_issuer_is_configured_once() {
    let repeated = Problem::RepeatedIssuer(RedactedUrl::of(ISSUER));
    assert_eq!(error(config().issuer(ISSUER)), ConfigError::new("issuers[1].issuer", repeated));
}

#[test]
fn an_issuer_that_is_discovered_is_an_https_url() {
    for (issuer, why) in [
        ("", UrlError::Empty),
        ("issuer.example", UrlError::NotHttps),
        ("ftp://issuer.example", UrlError::NotHttps),
        ("https://", UrlError::NotHttps),
        ("http://issuer.example", UrlError::PlainHttp),
        ("https://issuer.example?x=1", UrlError::Extra),
        ("https://issuer.example#x", UrlError::Extra),
        ("https://user:password@issuer.example", UrlError::Extra),
    ] {
        let expected = identifier(issuer, why);
        assert_eq!(issuer_error(IssuerConfig::new(issuer)), expected, "{issuer}");
    }
    for issuer in ["http://localhost:4000", "http://127.0.0.1:1/x", "http://[::1]"] {
        assert!(EngineConfig::new().issuer(issuer).audience("a").build().is_ok(), "{issuer}");
    }
    let named = IssuerConfig::new("any name").static_keys(mint::jwks([&key()]));
    assert!(EngineConfig::new().issuer(named).audience("a").build().is_ok(), "with keys, it is only a name");
    let nameless = IssuerConfig::new("").static_keys(mint::jwks([&key()]));
    assert_eq!(issuer_error(nameless), identifier("", UrlError::Empty));
    for secret in
        ["https://user:password@issuer.example", "https://issuer.example?code=key", "user:password@issuer"]
    {
        let with_keys = IssuerConfig::new(secret).static_keys(mint::jwks([&key()]));
        let expected = identifier(secret, UrlError::Extra);
        assert_eq!(issuer_error(with_keys), expected, "logs name the issuer, whatever its keys come from");
    }
}

#[test]
fn an_issuer_that_is_written_in_another_way_is_told_how_to_write_it() {
    let with_keys = |name: &str| IssuerConfig::new(name).static_keys(mint::jwks([&key()]));
    for (config, expected) in [
        (
            IssuerConfig::new("tenant.example.com"),
            "write \"https://tenant.example.com\", with the last slash if",
        ),
        (IssuerConfig::new("tenant.example.com/oidc/"), "write \"https://tenant.example.com/oidc/\""),
        (IssuerConfig::new("localhost.example:8443/a"), "write \"https://localhost.example:8443/a\""),
        (
            IssuerConfig::new("https://a.example/.well-known/openid-configuration"),
            "this is the URL of the metadata; the issuer is the value that the metadata has in \"issuer\": write \"https://a.example\"",
        ),
        (
            IssuerConfig::new("https://a.example/x/.well-known/openid-configuration"),
            "write \"https://a.example/x\"",
        ),
        (
            with_keys("https://a.example/.well-known/oauth-authorization-server/x"),
            "write \"https://a.example/x\"",
        ),
        (
            IssuerConfig::new(ISSUER).metadata_base_url("https://a.example/.well-known/openid-configuration"),
            "metadata_base_url: \"https://a.example/.well-known/openid-configuration\": this is the URL of the metadata",
        ),
        (IssuerConfig::new(ISSUER).jwks_uri("issuer.example/keys"), "write \"https://issuer.example/keys\""),
    ] {
        let said = issuer_error(config).to_string();
        assert!(said.contains(expected), "{said}");
    }
    for text in ["ftp://a.example", "a", "a b.example", "/a.example", "user:password@a.example", "https://"] {
        let said = issuer_error(IssuerConfig::new(text)).to_string();
        assert!(!said.contains("write"), "{said}");
    }
}

#[test]
fn keys_are_fetched_over_https() {
    for (url, why) in [
        ("", UrlError::Empty),
        ("/keys", UrlError::NotHttps),
        ("file:///keys", UrlError::NotHttps),
        ("http://issuer.example/keys", UrlError::PlainHttp),
        ("https://a@issuer.example/keys", UrlError::Extra),
    ] {
        let expected = |member| {
            let problem = IssuerProblem::Url { url: RedactedUrl::of(url), why };
            ConfigError::new(format!("issuers[0].{member}"), problem)
        };
        assert_eq!(issuer_error(IssuerConfig::new(ISSUER).jwks_uri(url)), expected("jwks_uri"));
        assert_eq!(issuer_error(IssuerConfig::new(ISSUER).metadata_url(url)), expected("metadata_url"));
    }
    let query = IssuerConfig::new(ISSUER).jwks_uri("https://issuer.example/keys?tenant=a");
    assert!(EngineConfig::new().issuer(query).audience("a").build().is_ok());
    for dangerous in [
        IssuerConfig::new("http://issuer.example").dangerous().allow_plain_http(),
        IssuerConfig::new(ISSUER).jwks_uri("http://issuer.example/keys").dangerous().allow_plain_http(),
    ] {
        assert!(EngineConfig::new().issuer(dangerous).audience("a").build().is_ok());
    }
}

#[test]
fn a_list_of_algorithms_fits_the_kind_of_key() {
    let is = |config, why: &str| {
        let error = issuer_error(config);
        let Problem::Issuer(IssuerProblem::Algorithms(found)) = error.problem else { panic!("{error}") };
        assert_eq!(error.path, "issuers[0].algorithms");
        assert!(found.contains(why), "{found}");
    };
    is(IssuerConfig::new(ISSUER).algorithms([]), "empty");
    is(IssuerConfig::new(ISSUER).algorithms([Algorithm::RS256, Algorithm::HS256]), "shared secret");
    is(issuer().algorithms([Algorithm::HS256]), "shared secret");
    is(IssuerConfig::new(ISSUER).shared_secret([7; 32]).algorithms([Algorithm::RS256]), "HS256");
    is(
        IssuerConfig::new(ISSUER).shared_secret([7; 64]).algorithms([Algorithm::HS256, Algorithm::RS256]),
        "HS256",
    );
}

#[test]
fn a_secret_is_as_long_as_every_hash_it_is_for() {
    // 12.
    let short = |bytes: usize, algorithms: &[Algorithm], min| {
        let mut config = IssuerConfig::new(ISSUER).shared_secret(vec![7; bytes]);
        if !algorithms.is_empty() {
            config = config.algorithms(algorithms.iter().copied());
        }
        let expected = IssuerProblem::SecretTooShort { bytes, min };
        assert_eq!(issuer_error(config), ConfigError::new("issuers[0].shared_secret", expected));
    };
    short(0, &[], 32);
    short(31, &[], 32);
    short(32, &[Algorithm::HS384], 48);
    short(63, &[Algorithm::HS512], 64);
    short(32, &[Algorithm::HS256, Algorithm::HS512], 64);
    for (bytes, algorithm) in [(32, Algorithm::HS256), (48, Algorithm::HS384), (64, Algorithm::HS512)] {
        let config = IssuerConfig::new(ISSUER).shared_secret(vec![7; bytes]).algorithms([algorithm]);
        assert!(EngineConfig::new().issuer(config).audience("a").build().is_ok());
    }
}

#[test]
fn a_public_key_is_no_secret() {
    let der = |pem: &str| {
        let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        base64::Engine::decode(&base64::engine::general_purpose::STANDARD, body).unwrap()
    };
    let pem = include_str!("../../../tests/fixtures/rsa-2048.pem");
    let certificate = include_str!("../../../tests/fixtures/certificate.pem");
    let jwks = mint::jwks([&key()]);
    let spaced = format!("\n {pem}\n");
    for secret in [pem.as_bytes(), spaced.as_bytes(), certificate.as_bytes(), jwks.as_bytes(), &der(pem)] {
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            let config = IssuerConfig::new(ISSUER).shared_secret(secret).algorithms([algorithm]);
            let error = issuer_error(config);
            let expected = ConfigError::new("issuers[0].shared_secret", IssuerProblem::SecretIsPublic);
            assert_eq!(error, expected);
            assert!(!error.to_string().contains("MII"), "{error}");
        }
        let nonces = crate::check::DpopNonces::from_secret(secret).map(drop);
        assert_eq!(nonces, Err(NonceError::SecretIsPublic));
    }
}

#[test]
fn configured_keys_must_be_keys() {
    let static_keys = |problem: IssuerProblem| ConfigError::new("issuers[0].static_keys", problem);
    let public_key = |why| ConfigError::new("issuers[0].public_key_pem", IssuerProblem::Pem(why));
    let of = |text: &str| issuer_error(IssuerConfig::new(ISSUER).static_keys(text));
    assert_eq!(of(""), static_keys(IssuerProblem::KeySet(KeySetError::Json(JsonError::Syntax))));
    assert_eq!(of("[]"), static_keys(IssuerProblem::KeySet(KeySetError::Json(JsonError::NotAnObject))));
    assert_eq!(of("{}"), static_keys(IssuerProblem::KeySet(KeySetError::NoKeys)));
    assert_eq!(of(r#"{"keys":[]}"#), static_keys(IssuerProblem::KeySet(KeySetError::NoKeys)));
    assert_eq!(of(r#"{"kty":"oct","k":"AAAA"}"#), static_keys(IssuerProblem::Jwk(JwkError::Private)));
    assert_eq!(of(r#"{"kty":"RSA"}"#), static_keys(IssuerProblem::Jwk(JwkError::Malformed("n"))));
    assert_eq!(
        of(r#"{"keys":[{"kty":"EC","crv":"P-1"}]}"#),
        static_keys(IssuerProblem::Jwk(JwkError::UnknownType))
    );
    let mut private = key().jwk();
    private["d"] = "AA".into();
    assert_eq!(of(&private.to_string()), static_keys(IssuerProblem::Jwk(JwkError::Private)));
    let with_good = json!({ "keys": [key().jwk(), private] }).to_string();
    assert_eq!(of(&with_good), static_keys(IssuerProblem::Jwk(JwkError::Private)), "a broken key is told of");
    let other = issuer().algorithms([Algorithm::RS256]);
    assert_eq!(issuer_error(other), static_keys(IssuerProblem::Jwk(JwkError::AlgorithmNotAllowed)));

    let pem = |text: &str| issuer_error(IssuerConfig::new(ISSUER).public_key_pem(text));
    assert_eq!(pem("x"), public_key(PemError::NotPem));
    assert_eq!(pem(include_str!("../../../tests/fixtures/rsa-1024.pem")), public_key(PemError::WeakRsa));
}

#[test]
fn durations_have_bounds() {
    let setting = |config| match error(config) {
        ConfigError { path, problem: Problem::Duration(_), .. } => path,
        other => panic!("{other:?}"),
    };
    assert_eq!(setting(config().clock_tolerance(secs(61))), "clock_tolerance");
    assert_eq!(setting(config().max_age(Duration::ZERO)), "max_age");
    let limits = Limits { fetch_timeout: Duration::ZERO, ..Limits::default() };
    assert_eq!(setting(config().limits(limits)), "limits.fetch_timeout");
    let policy = KeySetPolicy::default;
    for (changed, name) in [
        (KeySetPolicy { cooldown: Duration::ZERO, ..policy() }, "key_sets.cooldown"),
        (KeySetPolicy { cooldown: Duration::from_millis(999), ..policy() }, "key_sets.cooldown"),
        (KeySetPolicy { min_age: Duration::ZERO, ..policy() }, "key_sets.min_age"),
        (KeySetPolicy { min_age: secs(601), ..policy() }, "key_sets.min_age"),
        (KeySetPolicy { max_stale: secs(599), ..policy() }, "key_sets.max_stale"),
    ] {
        assert_eq!(setting(config().key_sets(changed)), name);
    }
    assert!(config().clock_tolerance(secs(60)).build().is_ok());
}

#[test]
fn durations_without_end_do_no_harm() {
    let forever = KeySetPolicy {
        cooldown: Duration::MAX,
        max_age: Duration::MAX,
        max_stale: Duration::MAX,
        max_metadata_age: Duration::MAX,
        ..KeySetPolicy::default()
    };
    let limits = Limits { fetch_timeout: Duration::MAX, ..Limits::default() };
    let engine = EngineConfig::new()
        .issuer(ISSUER)
        .audience(AUDIENCE)
        .key_sets(forever)
        .limits(limits)
        .max_age(Duration::MAX)
        .dangerous()
        .clock_tolerance(Duration::MAX)
        .build()
        .unwrap();
    let fetch = waited_fetch(check(&engine, &token(&json!({})), at(1)));
    let FetchProgress::Next(fetch) =
        answer(fetch, &Reply::metadata(ISSUER, "https://issuer.example/keys"), at(1)).unwrap()
    else {
        panic!("no key set is asked for")
    };
    finish_fetch(fetch, &Reply::keys([&key()]), at(1));
    assert!(decide(&engine, &token(&json!({})), at(1_000_000)).is_ok());
}

#[test]
fn tokens_without_expiry_pass_where_that_is_allowed_and_expired_ones_still_do_not() {
    let engine = config().dangerous().allow_tokens_without_expiry().build().unwrap();
    assert!(decide(&engine, &token(&json!({ "exp": null })), at(0)).is_ok());
    assert_eq!(refusal(&engine, &token(&json!({ "exp": START - 60 }))), ClaimsError::Expired.into());
    assert_eq!(refusal(&engine, &token(&json!({ "exp": "never" }))), malformed("exp"));
}

#[test]
fn any_audience_passes_where_that_is_allowed_and_none_is_configured() {
    let any = EngineConfig::new().issuer(issuer()).dangerous().allow_any_audience().build().unwrap();
    for aud in [json!("x"), json!(["x"]), json!([]), json!(null), json!(7)] {
        assert!(decide(&any, &token(&json!({ "aud": aud })), at(0)).is_ok(), "{aud}");
    }
    let one = config().dangerous().allow_any_audience().build().unwrap();
    assert_eq!(refusal(&one, &token(&json!({ "aud": "x" }))), ClaimsError::AudienceMismatch.into());
    let own = EngineConfig::new().issuer(issuer().audience("own")).dangerous().allow_any_audience();
    let own = own.build().unwrap();
    assert_eq!(refusal(&own, &token(&json!({ "aud": "x" }))), ClaimsError::AudienceMismatch.into());
    assert!(decide(&own, &token(&json!({ "aud": "own" })), at(0)).is_ok());
}

#[test]
fn a_larger_tolerance_lets_expired_tokens_live_on() {
    let engine = config().dangerous().clock_tolerance(secs(600)).build().unwrap();
    assert!(decide(&engine, &token(&json!({})), at(4199)).is_ok());
    assert_eq!(decide(&engine, &token(&json!({})), at(4200)).unwrap_err(), ClaimsError::Expired.into());
}

#[test]
fn query_tokens_are_credentials_only_where_that_is_allowed() {
    assert_eq!(engine().credential_rules().query, QueryTokens::Ignore);
    let engine = config().dangerous().allow_query_tokens().build().unwrap();
    assert_eq!(engine.credential_rules().query, QueryTokens::Accept);
}

#[test]
fn what_the_settings_say_shows_no_secret() {
    let secret = "a secret of thirty-two bytes at least";
    let config = EngineConfig::new().issuer(IssuerConfig::new(ISSUER).shared_secret(secret)).audience("a");
    let shown = format!("{config:?}");
    assert!(!shown.contains("secret of"), "{shown}");
    let engine = format!("{:?}", config.build().unwrap());
    assert!(!engine.contains("secret of") && !engine.contains("97, 32"), "{engine}");
}
