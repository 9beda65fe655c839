//! The API, with tokens of a real authorization server that runs within the test.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use bearward_axum::ResourceServer;
use bearward_issuer::{Issuer, RunningIssuer};
use tower::ServiceExt as _;

const AUDIENCE: &str = "https://api.example.com";

async fn start() -> (RunningIssuer, Router) {
    let issuer = Issuer::builder().start().await.unwrap();
    let api = ResourceServer::builder().issuer(issuer.url()).audience(AUDIENCE).build().unwrap();
    (issuer, notes::app(&api).unwrap())
}

fn token(issuer: &RunningIssuer, scope: &str) -> String {
    issuer.mint().audience(AUDIENCE).subject("ada").scope(scope).sign()
}

async fn ask(app: &Router, method: &str, token: &str, body: &str) -> (StatusCode, String) {
    let request = Request::builder().method(method).uri("/notes");
    let request = request.header("authorization", format!("Bearer {token}"));
    let response = app.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), 4096).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn a_subject_reads_what_it_has_written() {
    let (issuer, app) = start().await;
    let token = token(&issuer, "notes:read notes:write");
    assert_eq!(ask(&app, "POST", &token, "milk").await.0, StatusCode::CREATED);
    assert_eq!(ask(&app, "GET", &token, "").await, (StatusCode::OK, r#"["milk"]"#.to_owned()));
    let other = issuer.mint().audience(AUDIENCE).subject("bob").scope("notes:read").sign();
    assert_eq!(ask(&app, "GET", &other, "").await, (StatusCode::OK, "[]".to_owned()));
}

#[tokio::test]
async fn a_token_without_the_scope_is_forbidden() {
    let (issuer, app) = start().await;
    let token = token(&issuer, "notes:read");
    assert_eq!(ask(&app, "POST", &token, "milk").await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn only_good_tokens_for_this_api_come_in() {
    let (issuer, app) = start().await;
    let good = || issuer.mint().audience(AUDIENCE).scope("notes:read");
    assert_eq!(ask(&app, "GET", &good().sign(), "").await.0, StatusCode::OK);
    assert_eq!(ask(&app, "GET", &good().expires_in(-60).sign(), "").await.0, StatusCode::UNAUTHORIZED);
    let other = good().audience("https://other.example.com");
    assert_eq!(ask(&app, "GET", &other.sign(), "").await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(ask(&app, "GET", "", "").await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn health_needs_no_token() {
    let (_, app) = start().await;
    let request = Request::get("/health").body(Body::empty()).unwrap();
    assert_eq!(app.oneshot(request).await.unwrap().status(), StatusCode::OK);
}
