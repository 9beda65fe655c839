//! Methods, fallbacks and preflight requests: what stands around a protected route.

use axum::routing::{any, get, post};
use axum::{Router, http::Method};
use bearward_axum::Protect;
use http::HeaderName;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS,
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION, ORIGIN, RETRY_AFTER,
    WWW_AUTHENTICATE,
};
use tower_http::cors::CorsLayer;

use crate::support::{Answer, Api, info, mint, trusting};

async fn api() -> Api {
    let server = trusting().build().unwrap();
    let layered = Router::new()
        .route("/get", get(info))
        .route("/post", post(info))
        .route("/any", any(info))
        .layer(server.layer());
    let route_layered = Router::new()
        .route("/route/get", get(info))
        .route("/route/any", any(info))
        .route_layer(server.layer());
    Api::serve(layered.merge(route_layered)).await
}

#[tokio::test]
async fn a_stranger_learns_neither_which_paths_nor_which_methods_there_are() {
    let api = api().await;
    let client = reqwest::Client::new();
    let base = api.get("/").build().unwrap().url().to_string();
    for method in ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PURGE"] {
        for path in ["get", "post", "any", "route/get", "route/any"] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let request = client.request(method.clone(), format!("{base}{path}"));
            Answer::of(request).await.assert_refused("credential_missing", &format!("{method} {path}"));
        }
    }
    for (path, status) in [("/nowhere", 404), ("/get/x", 404), ("/GET", 404)] {
        let with_token = api.ask(path, &mint().sign()).await;
        assert_eq!((with_token.status.as_u16(), with_token.code()), (status, None), "{path}");
    }
    let wrong_method = Answer::of(client.post(format!("{base}get")).bearer_auth(mint().sign())).await;
    assert_eq!((wrong_method.status.as_u16(), wrong_method.code()), (405, None));
}

#[tokio::test]
async fn a_head_request_is_answered_like_a_get_without_its_body() {
    let api = api().await;
    let client = reqwest::Client::new();
    let url = api.get("/get").build().unwrap().url().to_string();
    for (token, status) in
        [(None, 401), (Some(mint().sign()), 200), (Some(mint().expires_in(-60).sign()), 401)]
    {
        let ask = |method: Method| {
            let request = client.request(method, &url);
            token.iter().fold(request, |request, token| request.bearer_auth(token))
        };
        let (head, get) = (Answer::of(ask(Method::HEAD)).await, Answer::of(ask(Method::GET)).await);
        assert_eq!((head.status.as_u16(), &*head.body), (status, ""));
        for name in ["www-authenticate", "content-type", "cache-control", "content-length"] {
            assert_eq!(head.headers.get(name), get.headers.get(name), "{name}");
        }
    }
}

/// Browsers send no credentials with a preflight request, so the CORS layer stands outside; what it does not expose, no
/// page reads.
#[tokio::test]
async fn a_cors_layer_outside_answers_preflight_requests_and_exposes_challenge_and_nonce() {
    const PAGE: &str = "https://app.example";
    let cors = CorsLayer::new()
        .allow_origin([PAGE.parse().unwrap()])
        .allow_headers([AUTHORIZATION, HeaderName::from_static("dpop")])
        .expose_headers([WWW_AUTHENTICATE, HeaderName::from_static("dpop-nonce"), RETRY_AFTER]);
    let server = trusting().build().unwrap();
    let outside = Router::new().route("/", get(info)).layer(server.layer()).layer(cors.clone());
    let inside = Router::new().route("/", get(info)).layer(cors).layer(server.layer());

    let preflight = |api: &Api| {
        let url = api.get("/").build().unwrap().url().to_string();
        let asked = reqwest::Client::new().request(Method::OPTIONS, url).header(ORIGIN, PAGE);
        asked
            .header(ACCESS_CONTROL_REQUEST_METHOD, "GET")
            .header(ACCESS_CONTROL_REQUEST_HEADERS, "authorization,dpop")
    };
    let api = Api::serve(outside).await;
    let leave = Answer::of(preflight(&api)).await;
    assert_eq!(leave.status, 200);
    assert_eq!(leave.headers[ACCESS_CONTROL_ALLOW_ORIGIN], PAGE);
    assert_eq!(leave.headers[ACCESS_CONTROL_ALLOW_HEADERS], "authorization,dpop");
    let refused = Answer::of(api.get("/").header(ORIGIN, PAGE)).await;
    refused.assert_refused("credential_missing", "the request itself");
    assert_eq!(refused.headers[ACCESS_CONTROL_ALLOW_ORIGIN], PAGE, "the page can read the refusal");
    assert_eq!(refused.headers[ACCESS_CONTROL_EXPOSE_HEADERS], "www-authenticate,dpop-nonce,retry-after");

    let mistaken = Api::serve(inside).await;
    Answer::of(preflight(&mistaken)).await.assert_refused("credential_missing", "a CORS layer inside");
}
