//! Optional protection: a request with a bad token is refused, and not let in as anonymous.
//! Rows of "The claims" in docs/threat-model.md.

use bearward_issuer::{Algorithm, Issuer, SigningKey};
use bearward_tower::{IssuerConfig, ProtectLayer, ResourceServer, require, requirement::scope};
use http::Request;
use http::header::AUTHORIZATION;
use tower::{Layer, service_fn};

use crate::support::{AUDIENCE, Body, ask, handler, mint, trusting, with_token, without_token};

#[tokio::test]
async fn a_bad_token_is_refused_and_not_anonymous() {
    let api = trusting().build().unwrap();
    let service = ProtectLayer::new(api.clone()).optional().layer(service_fn(handler));
    ask(&service, without_token()).await.assert_passed("nobody:");
    ask(&service, with_token(&mint().sign())).await.assert_passed("test-client:");
    let stranger = SigningKey::generate(Algorithm::Es256);
    for (token, refusal) in [
        (mint().expires_in(-60).sign(), "token_expired"),
        (mint().audience("https://other.example").sign(), "audience_mismatch"),
        (mint().signed_by(&stranger).sign(), "key_unknown"),
        (mint().unsigned(), "algorithm_unsupported"),
        ("x.y.z".to_owned(), "token_malformed"),
        ("null".to_owned(), "token_malformed"),
        ("undefined".to_owned(), "token_malformed"),
        ("a b".to_owned(), "authorization_malformed"),
        (String::new(), "authorization_malformed"),
        ("a".repeat(16 * 1024 + 1), "token_too_large"),
    ] {
        ask(&service, with_token(&token)).await.assert_refused(refusal, &token);
    }
    let twice = Request::get("/").header(AUTHORIZATION, "Basic eA==").header(AUTHORIZATION, "Basic eA==");
    let answered = ask(&service, twice.body(Body::default()).unwrap()).await;
    answered.assert_refused("authorization_repeated", "two headers");
}

#[tokio::test]
async fn another_scheme_is_as_good_as_nothing() {
    let api = trusting().build().unwrap();
    let service = ProtectLayer::new(api.clone()).optional().layer(service_fn(handler));
    let request = Request::get("/").header(AUTHORIZATION, "Basic eA==").body(Body::default()).unwrap();
    ask(&service, request).await.assert_passed("nobody:");
}

#[tokio::test]
async fn without_keys_the_answer_is_503_and_not_anonymous() {
    let issuer = Issuer::builder().algorithms([Algorithm::Es256]).start().await.unwrap();
    issuer.go_down().await;
    let api = ResourceServer::builder().issuer(issuer.url()).audience(AUDIENCE).build().unwrap();
    let service = ProtectLayer::new(api.clone()).optional().layer(service_fn(handler));
    let token = issuer.mint().audience(AUDIENCE).sign();
    for case in ["cold", "after a failed fetch"] {
        ask(&service, with_token(&token)).await.assert_refused("keys_unavailable", case);
        ask(&service, without_token()).await.assert_passed("nobody:");
    }
}

#[tokio::test]
async fn a_requirement_inside_still_needs_a_token() {
    let api = trusting().build().unwrap();
    let inner = require(scope("read:messages")).unwrap().layer(service_fn(handler));
    let service = ProtectLayer::new(api.clone()).optional().layer(inner);
    ask(&service, without_token()).await.assert_refused("credential_missing read:messages", "anonymous");
    let refused = ask(&service, with_token(&mint().sign())).await;
    refused.assert_refused("insufficient_scope read:messages", "a token without the scope");
    ask(&service, with_token(&mint().scope("read:messages").sign())).await.assert_passed("test-client:");
}

#[tokio::test]
async fn an_optional_requirement_holds_for_tokens_that_are_sent() {
    let api = trusting().build().unwrap();
    let layer = ProtectLayer::new(api.clone()).optional().requirement(scope("read:messages")).unwrap();
    let service = layer.layer(service_fn(handler));
    ask(&service, without_token()).await.assert_passed("nobody:");
    let refused = ask(&service, with_token(&mint().sign())).await;
    refused.assert_refused("insufficient_scope read:messages", "a token without the scope");
}

#[tokio::test]
async fn the_token_of_an_outer_layer_is_not_the_inner_layers_word() {
    let outer = trusting().build().unwrap();
    let key = SigningKey::generate(Algorithm::Es256);
    let inner = ResourceServer::builder()
        .issuer(IssuerConfig::new("https://inner.example").static_keys(key.public_jwk().to_string()))
        .audience(AUDIENCE)
        .dangerous()
        .allow_query_tokens()
        .build()
        .unwrap();
    // Tokens of the outer server are foreign to the inner one, which looks at the same header.
    let service = ProtectLayer::new(outer.clone())
        .layer(ProtectLayer::new(inner.clone()).optional().layer(service_fn(handler)));
    ask(&service, with_token(&mint().sign())).await.assert_refused("issuer_unknown", "the inner layer");
    let swapped = ProtectLayer::new(inner.clone())
        .optional()
        .layer(ProtectLayer::new(outer.clone()).optional().layer(service_fn(handler)));
    let token = key.mint("https://inner.example").audience(AUDIENCE).sign();
    let request = Request::get(format!("/?access_token={token}")).body(Body::default()).unwrap();
    // To the outer of the two, which accepts the query, the token is good; the inner one sees none.
    ask(&swapped, request).await.assert_passed("nobody:");
}
