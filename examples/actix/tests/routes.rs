//! The routes, asked with tokens, right and wrong, of an authorization server that runs here.

use actix_web::App;
use actix_web::body::MessageBody;
use actix_web::dev::ServiceResponse;
use actix_web::http::header::{AUTHORIZATION, HeaderMap, WWW_AUTHENTICATE};
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use bearward_issuer::{Algorithm, Issuer, RunningIssuer, TokenBuilder};
use messages::{resource_server, routes};
use serde_json::{Value, json};

const AUDIENCE: &str = "https://api.example.com";

/// The API as the tests ask it. `$issuer` is whom it trusts.
macro_rules! api {
    ($issuer:expr) => {
        init_service(
            App::new().configure(routes(&resource_server($issuer.url(), AUDIENCE).unwrap()).unwrap()),
        )
        .await
    };
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    json: Value,
}

async fn issuer() -> RunningIssuer {
    Issuer::builder().algorithms([Algorithm::Es256]).start().await.unwrap()
}

fn token(issuer: &RunningIssuer, scope: &str) -> TokenBuilder {
    issuer.mint().audience(AUDIENCE).subject("ada").scope(scope)
}

fn bearing(request: TestRequest, token: &str) -> TestRequest {
    request.insert_header((AUTHORIZATION, format!("Bearer {token}")))
}

fn get(path: &str) -> TestRequest {
    TestRequest::get().uri(path)
}

fn post(text: &str) -> TestRequest {
    TestRequest::post().uri("/messages").set_json(json!({ "text": text }))
}

async fn read(response: ServiceResponse<impl MessageBody>) -> Answer {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = read_body(response).await;
    Answer { status, headers, json: serde_json::from_slice(&body).unwrap_or_default() }
}

impl Answer {
    fn challenge(&self) -> &str {
        self.headers.get(WWW_AUTHENTICATE).unwrap().to_str().unwrap()
    }

    fn is_problem(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.json["code"].as_str()), (status, Some(code)));
        assert_eq!(self.headers.get("content-type").unwrap(), "application/problem+json");
    }
}

#[actix_web::test]
async fn each_method_of_a_route_needs_its_scope() {
    let issuer = issuer().await;
    let api = api!(issuer);
    let (reader, writer) = (token(&issuer, "messages:read").sign(), token(&issuer, "messages:write").sign());

    let written = read(call_service(&api, bearing(post("hello"), &writer).to_request()).await).await;
    assert_eq!(written.status, 201);
    assert_eq!(written.json, json!({ "id": 1, "author": "ada", "text": "hello" }));
    let list = read(call_service(&api, bearing(get("/messages"), &reader).to_request()).await).await;
    assert_eq!((list.status, list.json), (200, json!([written.json])));

    let refused = read(call_service(&api, bearing(post("hello"), &reader).to_request()).await).await;
    refused.is_problem(403, "insufficient_scope");
    assert!(refused.challenge().ends_with(r#"scope="messages:write""#));
    let refused = read(call_service(&api, bearing(get("/messages"), &writer).to_request()).await).await;
    refused.is_problem(403, "insufficient_scope");
}

#[actix_web::test]
async fn a_token_that_does_not_hold_is_refused() {
    let issuer = issuer().await;
    let api = api!(issuer);
    let good = || token(&issuer, "messages:read");
    let stranger = self::issuer().await;
    for (token, code) in [
        (good().expires_in(-60).sign(), "token_expired"),
        (good().audience("https://other.example").sign(), "audience_mismatch"),
        (token(&stranger, "messages:read").sign(), "issuer_unknown"),
        ("x.y.z".to_owned(), "token_malformed"),
    ] {
        let refused = read(call_service(&api, bearing(get("/messages"), &token).to_request()).await).await;
        refused.is_problem(401, code);
    }
    let refused = read(call_service(&api, get("/messages").to_request()).await).await;
    refused.is_problem(401, "credential_missing");
    assert_eq!(refused.challenge(), r#"Bearer realm="api", scope="messages:read""#);
}

#[actix_web::test]
async fn an_editor_deletes_and_nobody_else() {
    let issuer = issuer().await;
    let api = api!(issuer);
    let writer = token(&issuer, "messages:write").sign();
    call_service(&api, bearing(post("hello"), &writer).to_request()).await;
    let delete = |id: &str| TestRequest::delete().uri(&format!("/messages/{id}"));

    let refused = read(call_service(&api, bearing(delete("1"), &writer).to_request()).await).await;
    refused.is_problem(403, "role_missing");
    let editor = token(&issuer, "").claim("roles", json!(["editor"])).sign();
    let deleted = read(call_service(&api, bearing(delete("1"), &editor).to_request()).await).await;
    assert_eq!(deleted.status, 204);
    let gone = read(call_service(&api, bearing(delete("1"), &editor).to_request()).await).await;
    assert_eq!((gone.status, gone.json["detail"].as_str()), (404, Some("there is no message with this id")));
}

#[actix_web::test]
async fn claims_are_a_type_of_the_application() {
    let issuer = issuer().await;
    let api = api!(issuer);
    let fitting = token(&issuer, "").claim("department", "bees").sign();
    let profile = read(call_service(&api, bearing(get("/profile"), &fitting).to_request()).await).await;
    assert_eq!(profile.json, json!({ "sub": "ada", "department": "bees" }));
    let odd = token(&issuer, "").claim("department", 7).sign();
    let refused = read(call_service(&api, bearing(get("/profile"), &odd).to_request()).await).await;
    refused.is_problem(403, "claim_unmet");
}

#[actix_web::test]
async fn the_apis_own_errors_have_the_same_shape() {
    let issuer = issuer().await;
    let api = api!(issuer);
    let writer = token(&issuer, "messages:write").sign();
    let request = bearing(TestRequest::post().uri("/messages").set_json(json!({ "txt": "" })), &writer);
    let refused = read(call_service(&api, request.to_request()).await).await;
    assert_eq!((refused.status, refused.json["status"].as_u64()), (400, Some(400)));
    assert_eq!(refused.headers.get("content-type").unwrap(), "application/problem+json");
}

#[actix_web::test]
async fn the_server_is_ready_when_the_keys_are_there() {
    let issuer = issuer().await;
    issuer.go_down().await;
    let api = api!(issuer);
    let status = async |path: &str| call_service(&api, get(path).to_request()).await.status().as_u16();
    assert_eq!((status("/health/live").await, status("/health/ready").await), (204, 503));
    let reader = token(&issuer, "messages:read").sign();
    let answer = read(call_service(&api, bearing(get("/messages"), &reader).to_request()).await).await;
    answer.is_problem(503, "keys_unavailable");
    assert!(answer.headers.contains_key("retry-after"));

    let up = self::issuer().await;
    let api = api!(up);
    assert_eq!(call_service(&api, get("/health/ready").to_request()).await.status(), 204);
}
