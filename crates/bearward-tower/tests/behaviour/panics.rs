//! A responder that panics: the request stays refused, and its challenge arrives.

use bearward_tower::bearward::answer::Answer;
use bearward_tower::{Failure, ProtectLayer, ResourceServer, require, requirement::scope};
use http::request::Parts;
use http::{Response, StatusCode, header};
use http_body_util::BodyExt;
use tower::{Layer, ServiceBuilder, ServiceExt, service_fn};

use crate::support::{AUDIENCE, Body, handler, mint, trusting, with_token, without_token};

fn panicking(_: &Failure, _: Answer, _: &Parts) -> Response<Body> {
    panic!("canary")
}

/// The challenge, and nothing of the panic.
async fn assert_challenged(response: Response<Body>, status: StatusCode, code: &str) {
    assert_eq!(response.status(), status);
    assert_eq!(response.extensions().get::<Failure>().map(Failure::code), Some(code));
    let headers = response.headers();
    if status != StatusCode::SERVICE_UNAVAILABLE {
        assert!(headers[header::WWW_AUTHENTICATE].to_str().unwrap().starts_with("Bearer realm="));
    }
    assert!(!headers.contains_key(header::CONTENT_TYPE), "there is no body to have a type");
    assert!(response.into_body().collect().await.unwrap().to_bytes().is_empty());
}

#[tokio::test]
async fn a_layer_whose_responder_panics_answers_with_the_challenge_and_goes_on() {
    let api = trusting().build().unwrap();
    let service = ProtectLayer::new(api.clone()).respond_with(panicking).layer(service_fn(handler));
    let ask = |request| service.clone().oneshot(request);
    let response = ask(without_token()).await.unwrap();
    assert_challenged(response, StatusCode::UNAUTHORIZED, "credential_missing").await;
    assert_eq!(ask(with_token(&mint().sign())).await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn a_responder_that_panics_after_a_wait_is_no_different() {
    // Nothing listens there, so the keys cannot be had.
    let api = ResourceServer::builder().issuer("http://127.0.0.1:9").audience(AUDIENCE).build().unwrap();
    let service = ProtectLayer::new(api.clone()).respond_with(panicking).layer(service_fn(handler));
    let token = mint().claim("iss", "http://127.0.0.1:9").sign();
    let response = service.oneshot(with_token(&token)).await.unwrap();
    assert_challenged(response, StatusCode::SERVICE_UNAVAILABLE, "keys_unavailable").await;
}

#[tokio::test]
async fn a_requirement_whose_responder_panics_answers_with_the_challenge() {
    let api = trusting().build().unwrap();
    let admin = require(scope("admin")).unwrap().respond_with(panicking);
    let service =
        ServiceBuilder::new().layer(ProtectLayer::new(api.clone())).layer(admin).service(service_fn(handler));
    let response = service.oneshot(with_token(&mint().scope("a").sign())).await.unwrap();
    assert_challenged(response, StatusCode::FORBIDDEN, "insufficient_scope").await;
}
