//! Where the endpoint comes from when the operator does not say.

use super::*;
use crate::trust::url::UrlError;

const JWKS_URI: &str = "https://issuer.example/keys";
const METADATA: &str = "https://issuer.example/.well-known/openid-configuration";

fn discovering() -> Engine {
    let introspection = Introspection::new(ClientAuthentication::secret_basic("api", "secret"));
    let issuer = IssuerConfig::new(ISSUER).introspection(introspection);
    EngineConfig::new().issuer(issuer).audience(AUDIENCE).build().unwrap()
}

fn metadata(members: &Value) -> Reply {
    let mut metadata = json!({ "issuer": ISSUER });
    metadata.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    Reply::new(200, metadata.to_string())
}

/// Reads the metadata; gives the fetch of the key set.
fn read_metadata(engine: &Engine, reply: &Reply, now: Now) -> Fetch {
    let fetch = waited_fetch(check(engine, TOKEN, now));
    assert_eq!(fetch.request().url, METADATA);
    let not_here = Reply::new(404, "");
    match answer(fetch, reply, now).unwrap() {
        FetchProgress::Next(fetch) => fetch,
        // It names no endpoint that can be used, so the other place is asked for that.
        FetchProgress::Elsewhere { next, .. } => match answer(next, &not_here, now).unwrap() {
            FetchProgress::Next(fetch) => fetch,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn why(engine: &Engine, now: Now) -> IntrospectionError {
    match decide(engine, TOKEN, now).unwrap_err() {
        Failure::Unavailable(Unavailable::Introspection { why, .. }) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_metadata_are_read_first_by_one_for_all() {
    let engine = discovering();
    let reply = metadata(&json!({ "jwks_uri": JWKS_URI, "introspection_endpoint": ENDPOINT }));
    let keys = read_metadata(&engine, &reply, at(0));
    let other = check(&engine, "another", at(0));
    assert!(waits(&other) == other.fetch.is_none() || matches!(other.fetch, Some(Fetch::Introspection(_))));
    drop(other);
    finish_fetch(keys, &Reply::keys([&key()]), at(0));
    let fetch = call(&engine, TOKEN, at(0));
    assert_eq!(fetch.request().url, ENDPOINT);
    finish_fetch(fetch, &active(&json!({})), at(0));
    assert!(decide(&engine, TOKEN, at(0)).is_ok());
    assert!(decide(&engine, &token(&json!({})), at(0)).is_ok(), "a JWT finds the keys there");
}

#[test]
fn metadata_without_an_endpoint_that_can_be_used_are_an_outage_with_a_reason() {
    for (endpoint, expected) in [
        (json!({}), IntrospectionError::NoEndpoint),
        (json!({ "introspection_endpoint": "" }), IntrospectionError::Endpoint(UrlError::Empty)),
        (
            json!({ "introspection_endpoint": "http://issuer.example/introspect" }),
            IntrospectionError::Endpoint(UrlError::NotHttps),
        ),
        (
            json!({ "introspection_endpoint": "http://localhost/introspect" }),
            IntrospectionError::Endpoint(UrlError::NotHttps),
        ),
    ] {
        let engine = discovering();
        let mut members = endpoint.clone();
        members["jwks_uri"] = JWKS_URI.into();
        let keys = read_metadata(&engine, &metadata(&members), at(0));
        finish_fetch(keys, &Reply::keys([&key()]), at(0));
        assert_eq!(why(&engine, at(0)), expected, "{endpoint}");
    }
}

#[test]
fn without_metadata_nobody_can_be_asked_and_the_answer_is_503() {
    let engine = discovering();
    waited_fetch(check(&engine, TOKEN, at(0))).failed(FetchError::Transport, at(0));
    assert_eq!(why(&engine, at(0)), IntrospectionError::NoMetadata);
    assert_eq!(waited_fetch(check(&engine, TOKEN, at(60))).request().url, METADATA);
}

#[test]
fn a_server_that_signs_nothing_needs_no_keys() {
    let engine = discovering();
    let fetch = waited_fetch(check(&engine, TOKEN, at(0)));
    let opaque_only = metadata(&json!({ "introspection_endpoint": ENDPOINT }));
    let FetchProgress::Elsewhere { next, why } = answer(fetch, &opaque_only, at(0)).unwrap() else {
        panic!("no other place is tried")
    };
    let no_keys = FetchError::Metadata(crate::trust::MetadataError::NoJwksUri);
    assert_eq!(why, no_keys);
    let FetchError::NoMetadata(places) = answer(next, &Reply::new(404, ""), at(0)).unwrap_err() else {
        panic!("there are keys to be had")
    };
    assert_eq!(places[0].why, no_keys);
    assert!(after(&engine, &active(&json!({})), at(0)).is_ok(), "but an answer");
}

#[test]
fn an_endpoint_that_only_the_second_document_names_is_found() {
    let engine = discovering();
    let fetch = waited_fetch(check(&engine, TOKEN, at(0)));
    let keys_only = metadata(&json!({ "jwks_uri": JWKS_URI }));
    let FetchProgress::Elsewhere { next, why } = answer(fetch, &keys_only, at(0)).unwrap() else {
        panic!("no other place is tried")
    };
    assert_eq!(why, FetchError::Introspection(IntrospectionError::NoEndpoint));
    let second = metadata(&json!({ "introspection_endpoint": ENDPOINT }));
    let FetchProgress::Next(keys) = answer(next, &second, at(0)).unwrap() else { panic!("no key set") };
    assert_eq!(keys.request().url, JWKS_URI, "which the first document named");
    finish_fetch(keys, &Reply::keys([&key()]), at(0));
    assert!(after(&engine, &active(&json!({})), at(0)).is_ok());
    assert!(decide(&engine, &token(&json!({})), at(0)).is_ok());
}

#[test]
fn a_failing_key_set_does_not_keep_opaque_tokens_out() {
    let engine = discovering();
    let reply = metadata(&json!({ "jwks_uri": JWKS_URI, "introspection_endpoint": ENDPOINT }));
    read_metadata(&engine, &reply, at(0)).failed(FetchError::Transport, at(0));
    assert!(after(&engine, &active(&json!({})), at(0)).is_ok());
}

#[test]
fn an_endpoint_that_moves_is_found_again() {
    let engine = discovering();
    let reply =
        |endpoint: &str| metadata(&json!({ "jwks_uri": JWKS_URI, "introspection_endpoint": endpoint }));
    let keys = read_metadata(&engine, &reply(ENDPOINT), at(0));
    finish_fetch(keys, &Reply::keys([&key()]), at(0));
    assert!(after(&engine, &active(&json!({})), at(0)).is_ok());
    let moved = "https://issuer.example/moved";
    let keys = read_metadata(&engine, &reply(moved), at(3601));
    finish_fetch(keys, &Reply::keys([&key()]), at(3601));
    assert_eq!(call(&engine, TOKEN, at(3601)).request().url, moved);
}
