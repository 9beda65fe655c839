//! The flights that bring keys: where they go, what they believe, what they leave behind.

use super::*;
use crate::trust::metadata::MetadataError;
use crate::trust::url::UrlError;
use crate::wire::redacted::RedactedUrl;

const JWKS_URI: &str = "https://issuer.example/keys";

fn discovering() -> Engine {
    EngineConfig::new().issuer(ISSUER).audience(AUDIENCE).build().unwrap()
}

fn by_jwks_uri() -> Engine {
    let config = IssuerConfig::new(ISSUER).jwks_uri(JWKS_URI);
    EngineConfig::new().issuer(config).audience(AUDIENCE).build().unwrap()
}

fn next(progress: Result<FetchProgress, FetchError>) -> Fetch {
    match progress.unwrap() {
        FetchProgress::Next(fetch) => fetch,
        other => panic!("{other:?}"),
    }
}

const OPENID: &str = "https://issuer.example/.well-known/openid-configuration";
const OAUTH: &str = "https://issuer.example/.well-known/oauth-authorization-server";

/// The fetch from another place, and why the first was left.
fn elsewhere(progress: Result<FetchProgress, FetchError>) -> (Fetch, FetchError) {
    match progress.unwrap() {
        FetchProgress::Elsewhere { next, why } => (next, why),
        other => panic!("{other:?}"),
    }
}

fn first_fetch(engine: &Engine, now: Now) -> Fetch {
    waited_fetch(check(engine, &token(&json!({})), now))
}

#[test]
fn discovery_looks_in_each_place_and_then_at_the_keys() {
    let engine = discovering();
    let fetch = first_fetch(&engine, at(0));
    assert_eq!(fetch.request().url, OPENID);
    assert_eq!(fetch.issuer().identifier(), ISSUER);
    let (fetch, _) = elsewhere(answer(fetch, &Reply::new(404, ""), at(0)));
    assert_eq!(fetch.request().url, OAUTH);
    let fetch = next(answer(fetch, &Reply::metadata(ISSUER, JWKS_URI), at(0)));
    assert_eq!(fetch.request().url, JWKS_URI);
    assert_eq!(fetch.request().if_none_match, None);
    assert_eq!(fetch.request().max_bytes, 512 * 1024);
    assert!(waits(&check(&engine, &token(&json!({})), at(1))), "all of it is one flight");
    let outcome = finish_fetch(fetch, &Reply::keys([&key()]), at(2));
    assert_eq!(outcome, FetchOutcome::Loaded { keys: 1, skipped: vec![] });
    assert!(decide(&engine, &token(&json!({})), at(2)).is_ok());
}

#[test]
fn a_server_with_an_inner_name_may_be_named_by_either_and_by_no_other() {
    const INNER: &str = "https://keycloak.auth.svc/realms/a";
    let inner_keys = format!("{INNER}/keys");
    let engine = || {
        let config = IssuerConfig::new(ISSUER).metadata_base_url(INNER);
        EngineConfig::new().issuer(config).audience(AUDIENCE).build().unwrap()
    };
    let tried = |issuer: &str, jwks_uri: &str| {
        let engine = engine();
        let fetch = first_fetch(&engine, at(0));
        assert_eq!(fetch.request().url, format!("{INNER}/.well-known/openid-configuration"));
        (answer(fetch, &Reply::metadata(issuer, jwks_uri), at(0)), engine)
    };
    let inner_slash = format!("{INNER}/");
    for (issuer, jwks_uri) in
        [(ISSUER, JWKS_URI), (ISSUER, &inner_keys), (INNER, JWKS_URI), (&inner_slash, &inner_keys)]
    {
        let (progress, engine) = tried(issuer, jwks_uri);
        let fetch = next(progress);
        assert_eq!(fetch.request().url, jwks_uri);
        // The operator's own headers may hold a secret, and go to no other host than the configured one.
        assert_eq!(fetch.request().to_configured_origin, jwks_uri == inner_keys);
        finish_fetch(fetch, &Reply::keys([&key()]), at(0));
        assert!(decide(&engine, &token(&json!({})), at(0)).is_ok());
        let inner_token = token(&json!({ "iss": INNER }));
        assert_eq!(refusal(&engine, &inner_token).code(), "issuer_unknown", "tokens name the identifier");
    }
    for other in
        ["https://other.example", "https://keycloak.auth.svc/realms/b", "https://keycloak.auth.svc", ""]
    {
        let (_, why) = elsewhere(tried(other, JWKS_URI).0);
        let found = Some(RedactedUrl::of(other));
        assert_eq!(why, FetchError::Metadata(MetadataError::IssuerMismatch { found }), "{other}");
    }
    let slash = format!("{ISSUER}/");
    let config = IssuerConfig::new(ISSUER).metadata_base_url(&slash);
    let engine = EngineConfig::new().issuer(config).audience(AUDIENCE).build().unwrap();
    let named = elsewhere(answer(first_fetch(&engine, at(0)), &Reply::metadata(&slash, JWKS_URI), at(0)));
    let found = Some(RedactedUrl::of(&slash));
    assert_eq!(
        named.1,
        FetchError::Metadata(MetadataError::IssuerMismatch { found }),
        "the identifier is exact"
    );
    let (_, why) = elsewhere(tried(ISSUER, "http://keycloak.auth.svc/keys").0);
    assert_eq!(why, FetchError::Metadata(MetadataError::JwksUri(UrlError::NotHttps)));
}

#[test]
fn only_requests_to_the_configured_host_are_marked_for_the_operators_headers() {
    let metadata = first_fetch(&discovering(), at(0));
    assert!(metadata.request().to_configured_origin);
    for (jwks_uri, expected) in [
        (JWKS_URI, true),
        ("https://issuer.example:443/k", true),
        ("https://issuer.example:8443/k", false),
        ("https://keys.example/k", false),
    ] {
        let fetch =
            next(answer(first_fetch(&discovering(), at(0)), &Reply::metadata(ISSUER, jwks_uri), at(0)));
        assert_eq!(fetch.request().to_configured_origin, expected, "{jwks_uri}");
    }
    assert!(first_fetch(&by_jwks_uri(), at(0)).request().to_configured_origin);
}

#[test]
fn a_thousand_requests_without_keys_ask_for_one_fetch() {
    let engine = by_jwks_uri();
    let fetches: Vec<_> = (0..1000)
        .filter_map(|number| {
            let check = check(&engine, &token(&json!({ "jti": number.to_string() })), at(0));
            assert!(waits(&check));
            check.fetch
        })
        .collect();
    assert_eq!(fetches.len(), 1);
}

#[test]
fn the_jwks_uri_is_kept_for_an_hour() {
    let engine = discovering();
    let fetch = next(answer(first_fetch(&engine, at(0)), &Reply::metadata(ISSUER, JWKS_URI), at(0)));
    finish_fetch(fetch, &Reply::keys([&key()]), at(0));
    for (now, expected) in [
        (600, JWKS_URI),
        (1200, JWKS_URI),
        (3599, JWKS_URI),
        (4300, "https://issuer.example/.well-known/openid-configuration"),
    ] {
        let check = check(&engine, &token(&json!({ "exp": START + 9999 })), at(now));
        let fetch = check.fetch.unwrap();
        assert_eq!(fetch.request().url, expected, "after {now} seconds");
        if expected == JWKS_URI {
            finish_fetch(fetch, &Reply::keys([&key()]), at(now));
        }
    }
}

#[test]
fn a_failed_key_fetch_asks_the_metadata_again() {
    let engine = discovering();
    let fetch = next(answer(first_fetch(&engine, at(0)), &Reply::metadata(ISSUER, JWKS_URI), at(0)));
    fetch.failed(FetchError::Transport, at(0));
    let fetch = first_fetch(&engine, at(60));
    assert_eq!(fetch.request().url, "https://issuer.example/.well-known/openid-configuration");
}

#[test]
fn what_the_server_says_wrongly_brings_no_keys() {
    let metadata = |issuer, jwks_uri| Reply::metadata(issuer, jwks_uri);
    let mismatch = |found: &str| {
        FetchError::Metadata(MetadataError::IssuerMismatch { found: Some(RedactedUrl::of(found)) })
    };
    let bad_uri = |why| FetchError::Metadata(MetadataError::JwksUri(why));
    for (reply, why) in [
        (Reply::new(500, ""), FetchError::Status(500)),
        (Reply::new(503, "{}"), FetchError::Status(503)),
        (Reply::new(204, ""), FetchError::Status(204)),
        (Reply::new(206, "{}"), FetchError::Status(206)),
        (Reply::new(304, ""), FetchError::Status(304)),
        (Reply::new(301, "").header("location", "https://attacker.example/"), FetchError::Redirect),
        (Reply::new(307, "").header("location", "http://issuer.example/"), FetchError::Redirect),
        (
            Reply::new(200, "<html>"),
            FetchError::Metadata(MetadataError::Json(crate::wire::JsonError::Syntax)),
        ),
        (Reply::new(200, "{}"), FetchError::Metadata(MetadataError::IssuerMismatch { found: None })),
        (metadata("https://issuer.example/", JWKS_URI), mismatch("https://issuer.example/")),
        (metadata("https://attacker.example", JWKS_URI), mismatch("https://attacker.example")),
        (metadata(ISSUER, "http://issuer.example/keys"), bad_uri(UrlError::NotHttps)),
        (metadata(ISSUER, "http://localhost/keys"), bad_uri(UrlError::NotHttps)),
        (metadata(ISSUER, "file:///etc/passwd"), bad_uri(UrlError::NotHttps)),
        (metadata(ISSUER, "https://user@issuer.example/keys"), bad_uri(UrlError::Extra)),
        (metadata(ISSUER, ""), bad_uri(UrlError::Empty)),
        (metadata(ISSUER, "/keys"), bad_uri(UrlError::NotHttps)),
        (Reply::new(200, " ".repeat(512 * 1024 + 1)), FetchError::TooLarge),
    ] {
        let engine = discovering();
        let (elsewhere, found) = elsewhere(answer(first_fetch(&engine, at(0)), &reply, at(0)));
        assert_eq!(found, why);
        let found = answer(elsewhere, &Reply::new(404, ""), at(0)).unwrap_err();
        let FetchError::NoMetadata(places) = found else { panic!("{found:?}") };
        let places: Vec<_> =
            places.into_iter().map(|place| (place.url.as_str().to_owned(), place.why)).collect();
        let expected = [(OPENID, why), (OAUTH, FetchError::Status(404))];
        assert_eq!(places, expected.map(|(url, why)| (url.to_owned(), why)));
        let failure = decide(&engine, &token(&json!({})), at(0)).unwrap_err();
        assert_eq!(failure.code(), "keys_unavailable");
        assert_eq!(answer_of(&engine, &failure).status, 503);
        assert_eq!(answer_of(&engine, &failure).headers["retry-after"], "1");
    }
}

#[test]
fn whatever_the_other_places_answer_the_metadata_are_found() {
    let issuer = "https://issuer.example/tenant";
    let at_last = [
        "https://issuer.example/tenant/.well-known/openid-configuration",
        "https://issuer.example/.well-known/oauth-authorization-server/tenant",
        "https://issuer.example/.well-known/openid-configuration/tenant",
    ];
    let of_no_use = || {
        let attacker = "https://attacker.example/";
        [
            Reply::new(200, "<html>"),
            Reply::new(200, "[]"),
            Reply::new(200, r#"{"foreign":"JSON"}"#),
            Reply::metadata(attacker, JWKS_URI),
            Reply::new(200, json!({ "issuer": issuer }).to_string()),
            Reply::metadata(issuer, "http://issuer.example/keys"),
            Reply::new(204, ""),
            Reply::new(302, "").header("location", attacker),
            Reply::new(401, ""),
            Reply::new(404, ""),
            Reply::new(500, ""),
            Reply::new(503, "{}"),
            Reply::new(200, " ".repeat(512 * 1024 + 1)),
        ]
    };
    for right in 0..at_last.len() {
        for reply in of_no_use() {
            let engine = EngineConfig::new().issuer(issuer).audience(AUDIENCE).build().unwrap();
            let mut fetch = first_fetch_for(&engine, issuer);
            for wrong in &at_last[..right] {
                assert_eq!(fetch.request().url, *wrong);
                fetch = elsewhere(answer(fetch, &reply, at(0))).0;
            }
            assert_eq!(fetch.request().url, at_last[right]);
            let fetch = next(answer(fetch, &Reply::metadata(issuer, JWKS_URI), at(0)));
            assert_eq!(fetch.request().url, JWKS_URI);
            finish_fetch(fetch, &Reply::keys([&key()]), at(0));
            assert!(decide(&engine, &token(&json!({ "iss": issuer })), at(0)).is_ok());
        }
    }
}

fn first_fetch_for(engine: &Engine, issuer: &str) -> Fetch {
    waited_fetch(check(engine, &token(&json!({ "iss": issuer })), at(0)))
}

#[test]
fn a_document_that_is_no_key_set_brings_no_keys() {
    use crate::trust::key::KeySetError;
    for (reply, why) in [
        (Reply::new(404, ""), FetchError::Status(404)),
        (Reply::new(304, ""), FetchError::Status(304)),
        (Reply::new(200, ""), FetchError::KeySet(KeySetError::Json(crate::wire::JsonError::Syntax))),
        (Reply::new(200, "<html>"), FetchError::KeySet(KeySetError::Json(crate::wire::JsonError::Syntax))),
        (Reply::new(200, "{}"), FetchError::KeySet(KeySetError::NoKeys)),
        (Reply::new(200, " ".repeat(512 * 1024 + 1)), FetchError::TooLarge),
    ] {
        let engine = by_jwks_uri();
        assert_eq!(answer(first_fetch(&engine, at(0)), &reply, at(0)).unwrap_err(), why);
    }
}

#[test]
fn a_long_issuer_in_metadata_is_cut_for_the_log() {
    let engine = discovering();
    let reply = Reply::metadata(&"x".repeat(10_000), JWKS_URI);
    let (_, why) = elsewhere(answer(first_fetch(&engine, at(0)), &reply, at(0)));
    let FetchError::Metadata(MetadataError::IssuerMismatch { found }) = why else { panic!("{why:?}") };
    assert_eq!(found.map(|found| found.as_str().chars().count()), Some(301), "with the mark");
}

#[test]
fn a_broken_key_among_good_ones_is_told_of_and_left_out() {
    let engine = by_jwks_uri();
    let secret = SigningKey::secret("HS256", &[7; 32]);
    let outcome = finish_fetch(first_fetch(&engine, at(0)), &Reply::keys([&secret, &key()]), at(0));
    let FetchOutcome::Loaded { keys, skipped } = outcome else { panic!("{outcome:?}") };
    assert_eq!((keys, skipped.len()), (1, 1));
    assert_eq!(skipped[0].why, crate::trust::JwkError::Private);
    assert!(decide(&engine, &token(&json!({})), at(0)).is_ok());
}

#[test]
fn a_set_without_a_usable_key_is_an_outage_and_not_a_refusal() {
    let engine = by_jwks_uri();
    let none = Reply::keys([]);
    finish_fetch(first_fetch(&engine, at(0)), &none, at(0));
    finish_fetch(first_fetch(&engine, at(1)), &none, at(1));
    assert_eq!(decide(&engine, &token(&json!({})), at(1)).unwrap_err().code(), "keys_unavailable");
    let issuer = Arc::clone(engine.issuers().next().unwrap());
    assert!(matches!(engine.readiness(&issuer, at(1)), Readiness::Unavailable { .. }), "and not ready");
}

#[test]
fn readiness_fetches_once_and_tells() {
    let engine = by_jwks_uri();
    let issuer = Arc::clone(engine.issuers().next().unwrap());
    let Readiness::Fetch(fetch) = engine.readiness(&issuer, at(0)) else { panic!("no fetch") };
    assert!(matches!(engine.readiness(&issuer, at(0)), Readiness::Wait(_)));
    fetch.failed(FetchError::Transport, at(0));
    assert!(matches!(engine.readiness(&issuer, at(0)), Readiness::Unavailable { .. }));
    let Readiness::Fetch(fetch) = engine.readiness(&issuer, at(60)) else { panic!("no fetch") };
    finish_fetch(*fetch, &Reply::keys([&key()]), at(60));
    assert!(matches!(engine.readiness(&issuer, at(60)), Readiness::Ready));
    // They are old, and in hand.
    let Readiness::Refresh(fetch) = engine.readiness(&issuer, at(700)) else { panic!("no fetch") };
    assert!(matches!(engine.readiness(&issuer, at(701)), Readiness::Ready));
    fetch.failed(FetchError::Transport, at(702));
    assert!(matches!(engine.readiness(&issuer, at(702)), Readiness::Ready), "and go on serving");
}

#[test]
fn an_unchanged_set_is_confirmed_by_its_etag() {
    let engine = by_jwks_uri();
    let tagged = Reply::keys([&key()]).header("etag", "\"1\"");
    finish_fetch(first_fetch(&engine, at(0)), &tagged, at(0));
    let before = engine.issuers().next().unwrap().keys().unwrap();
    let fetch = check(&engine, &token(&json!({})), at(600)).fetch.unwrap();
    assert_eq!(fetch.request().if_none_match.as_deref(), Some("\"1\""));
    assert_eq!(finish_fetch(fetch, &Reply::new(304, ""), at(600)), FetchOutcome::NotModified);
    assert!(Arc::ptr_eq(&before, &engine.issuers().next().unwrap().keys().unwrap()));
    assert!(check(&engine, &token(&json!({})), at(1199)).fetch.is_none(), "it is fresh again");
    let fetch = check(&engine, &token(&json!({})), at(1200)).fetch.unwrap();
    assert_eq!(fetch.request().if_none_match.as_deref(), Some("\"1\""), "and keeps its tag");
    finish_fetch(fetch, &Reply::keys([&key()]), at(1200));
    let fetch = check(&engine, &token(&json!({})), at(1800)).fetch.unwrap();
    assert_eq!(fetch.request().if_none_match, None, "the new one has none");
}

#[test]
fn the_etag_of_a_set_that_came_too_late_is_not_asked_for() {
    let engine = by_jwks_uri();
    finish_fetch(first_fetch(&engine, at(0)), &Reply::keys([&key()]).header("etag", "\"a\""), at(0));
    let late = check(&engine, &token(&json!({})), at(600)).fetch.unwrap();
    // It does not report; another takes off, and the server rotates after that one was answered.
    let second = check(&engine, &token(&json!({})), at(625)).fetch.unwrap();
    finish_fetch(second, &Reply::keys([&key()]).header("etag", "\"b\""), at(626));
    let rotated = Reply::keys([&SigningKey::ed25519("new", 2)]).header("etag", "\"c\"");
    finish_fetch(late, &rotated, at(627));
    let fetch = check(&engine, &token(&json!({})), at(1230)).fetch.unwrap();
    assert_eq!(fetch.request().if_none_match.as_deref(), Some("\"b\""), "that of the set in hand");
}

#[test]
fn the_etag_of_another_place_is_not_asked_for() {
    let engine = discovering();
    let fetch = next(answer(first_fetch(&engine, at(0)), &Reply::metadata(ISSUER, JWKS_URI), at(0)));
    finish_fetch(fetch, &Reply::keys([&key()]).header("etag", "\"1\""), at(0));
    let token = token(&json!({ "exp": START + 9999 }));
    let fetch = check(&engine, &token, at(4000)).fetch.unwrap();
    let moved = "https://issuer.example/new-keys";
    let fetch = next(answer(fetch, &Reply::metadata(ISSUER, moved), at(4000)));
    assert_eq!((&*fetch.request().url, &fetch.request().if_none_match), (moved, &None));
    assert_eq!(answer(fetch, &Reply::new(304, ""), at(4000)).unwrap_err(), FetchError::Status(304));
}

#[test]
fn cache_control_shortens_the_life_of_a_set_to_half_a_minute_at_least() {
    for (cache_control, seconds) in [("max-age=60", 60), ("no-store", 30), ("max-age=99999", 600)] {
        let engine = by_jwks_uri();
        let reply = Reply::keys([&key()]).header("cache-control", cache_control);
        finish_fetch(first_fetch(&engine, at(0)), &reply, at(0));
        assert!(check(&engine, &token(&json!({})), at(seconds - 1)).fetch.is_none(), "{cache_control}");
        assert!(check(&engine, &token(&json!({})), at(seconds)).fetch.is_some(), "{cache_control}");
    }
}

#[test]
fn a_fetch_that_is_dropped_lets_the_next_request_fetch() {
    let engine = by_jwks_uri();
    drop(first_fetch(&engine, at(0)));
    let fetch = first_fetch(&engine, at(0));
    finish_fetch(fetch, &Reply::keys([&key()]), at(0));
    assert!(decide(&engine, &token(&json!({})), at(0)).is_ok());
}
