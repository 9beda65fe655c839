//! Tokens in another place than `Authorization`, over real connections.

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::any;
use bearward_axum::Protect;
use bearward_axum::request::{TokenCookie, TokenHeader, TokenPlace, TokenSubprotocol};
use http::header::CACHE_CONTROL;
use http::{HeaderMap, HeaderName};
use serde_json::Value;

use crate::support::{Answer, Api, info, mint, trusting};

/// The place of a case of `tests/conformance/places.json`.
fn place_of(written: &Value) -> TokenPlace {
    let text = |name: &str| written[name].as_str();
    let origins =
        written["trustedOrigins"].as_array().into_iter().flatten().map(|origin| origin.as_str().unwrap());
    if let Some(name) = text("cookie") {
        let cookie = TokenCookie::new(name).unwrap();
        return origins.fold(cookie, |cookie, origin| cookie.trust_origin(origin).unwrap()).into();
    }
    if let Some(name) = text("subprotocol") {
        return TokenSubprotocol::new(name).unwrap().into();
    }
    let mut header = TokenHeader::new(text("header").unwrap()).unwrap();
    if written["besideAuthorization"] == true {
        header = header.beside_authorization();
    }
    if written["writtenByClients"] == true { header.written_by_clients().into() } else { header.into() }
}

async fn api(place: impl Into<TokenPlace>) -> Api {
    let api = trusting().public_origin("https://api.example.com").token_place(place).build().unwrap();
    let quiet = any(async || [(CACHE_CONTROL, "no-store")].into_response());
    Api::serve(Router::new().route("/", any(info)).route("/quiet", quiet).layer(api.layer())).await
}

#[tokio::test]
async fn every_place_is_read_as_the_conformance_table_says() {
    let text = include_str!("../../../../tests/conformance/places.json");
    let cases: Vec<Value> = serde_json::from_str(text).unwrap();
    let token = mint().sign();
    let filled = |text: &Value| text.as_str().unwrap_or_default().replace("{token}", &token);
    for case in cases {
        let (name, api) = (&case["name"], api(place_of(&case["place"])).await);
        let method = case["method"].as_str().unwrap_or("GET").parse().unwrap();
        let mut lines = HeaderMap::new();
        for line in case["headers"].as_array().unwrap() {
            let header: HeaderName = filled(&line[0]).parse().unwrap();
            lines.append(header, filled(&line[1]).parse().unwrap());
        }
        let path = format!("/?{}", filled(&case["query"]));
        let answer = Answer::of(api.request(method, &path).headers(lines)).await;
        assert_eq!(answer.code().unwrap_or("accepted"), case["expect"], "{name}");
        let status = match answer.code() {
            None => 200,
            Some("credential_missing") => 401,
            Some(_) => 400,
        };
        assert_eq!(answer.status, status, "{name}");
    }
}

#[tokio::test]
async fn a_response_says_that_it_is_for_one_client_where_caches_do_not_see_the_token() {
    let api = api(TokenCookie::new("token").unwrap()).await;
    let cookie = format!("token={}", mint().sign());
    for (path, expected) in [("/", "private"), ("/quiet", "no-store")] {
        let response = api.get(path).header("cookie", &cookie).send().await.unwrap();
        assert_eq!(response.headers()[CACHE_CONTROL], expected, "{path}");
    }
    let plain =
        Api::serve(Router::new().route("/", any(info)).layer(trusting().build().unwrap().layer())).await;
    let response = plain.get("/").bearer_auth(mint().sign()).send().await.unwrap();
    assert_eq!(response.headers().get(CACHE_CONTROL), None);
}
