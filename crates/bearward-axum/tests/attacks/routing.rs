//! Methods, fallbacks and preflight requests: what stands around a protected route.

use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Router, http::Method};
use bearward_axum::Protect;
use http::StatusCode;

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

/// Browsers send no credentials with a preflight request; whoever answers it stands outside the protection.
#[tokio::test]
async fn preflight_requests_are_answered_by_what_stands_outside() {
    async fn cors(request: Request, next: Next) -> Response {
        if request.method() == Method::OPTIONS {
            return (StatusCode::NO_CONTENT, [("access-control-allow-origin", "*")]).into_response();
        }
        let mut response = next.run(request).await;
        response.headers_mut().insert("access-control-allow-origin", "*".parse().unwrap());
        response
    }
    let server = trusting().build().unwrap();
    let app = Router::new().route("/", get(info)).layer(server.layer()).layer(from_fn(cors));
    let api = Api::serve(app).await;
    let url = api.get("/").build().unwrap().url().to_string();
    let preflight = reqwest::Client::new()
        .request(Method::OPTIONS, url)
        .header("origin", "https://app.example")
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "authorization");
    assert_eq!(Answer::of(preflight).await.status, 204);
    let refused = Answer::of(api.get("/").header("origin", "https://app.example")).await;
    refused.assert_refused("credential_missing", "the request itself");
    assert_eq!(refused.headers["access-control-allow-origin"], "*", "the refusal can be read by the page");
}
