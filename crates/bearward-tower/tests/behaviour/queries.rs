//! Tokens in the query, for those who switch them on dangerously (RFC 6750 §2.3).

use bearward_tower::ProtectLayer;
use bearward_tower::bearward::engine::Problem;
use bearward_tower::bearward::request::TokenCookie;
use http::Request;
use http::header::AUTHORIZATION;
use tower::{Layer, service_fn};

use crate::support::{Body, ask, handler, mint, trusting};

fn get(query: &str) -> Request<Body> {
    Request::get(format!("/path?{query}")).body(Body::default()).unwrap()
}

#[tokio::test]
async fn a_token_in_the_query_passes_only_where_that_is_dangerously_allowed() {
    let allowed = trusting().dangerous().allow_query_tokens().build().unwrap();
    let allowed = ProtectLayer::new(allowed.clone()).layer(service_fn(handler));
    let ignored = trusting().build().unwrap();
    let ignored = ProtectLayer::new(ignored.clone()).layer(service_fn(handler));
    let token = mint().sign();
    for query in [
        format!("access_token={token}"),
        format!("a=b&access_token={token}&c=d"),
        format!("%61ccess%5Ftoken={}", token.replace('.', "%2e")),
        format!("access_token={token}&Access_Token=x&access_token[]=x"),
    ] {
        ask(&allowed, get(&query)).await.assert_passed("test-client:");
        ask(&ignored, get(&query)).await.assert_refused("credential_missing", &query);
    }
}

#[tokio::test]
async fn a_bad_token_in_the_query_is_refused_like_any_other() {
    let api = trusting().dangerous().allow_query_tokens().build().unwrap();
    let service = ProtectLayer::new(api.clone()).layer(service_fn(handler));
    let token = mint().sign();
    let expired = mint().expires_in(-60).sign();
    for (query, refusal) in [
        (String::new(), "credential_missing"),
        ("a=b".to_owned(), "credential_missing"),
        (format!("access_token={expired}"), "token_expired"),
        ("access_token=".to_owned(), "authorization_malformed"),
        ("access_token".to_owned(), "authorization_malformed"),
        (format!("access_token={token}%20"), "authorization_malformed"),
        (format!("access_token={token}%00"), "authorization_malformed"),
        (format!("access_token={token}%"), "authorization_malformed"),
        (format!("access_token=Bearer%20{token}"), "authorization_malformed"),
        (format!("access_token={token}&access_token={token}"), "several_credentials"),
        (format!("access_token={}", "a".repeat(16 * 1024 + 1)), "token_too_large"),
    ] {
        ask(&service, get(&query)).await.assert_refused(refusal, &query);
    }
}

#[tokio::test]
async fn header_and_query_together_are_refused_whether_the_query_counts_or_not() {
    let token = mint().sign();
    let counts = trusting().dangerous().allow_query_tokens().build().unwrap();
    for api in [counts, trusting().build().unwrap()] {
        let service = ProtectLayer::new(api.clone()).layer(service_fn(handler));
        for query in
            [format!("access_token={token}"), "access_token".to_owned(), "%61ccess_token=%".to_owned()]
        {
            let request = Request::get(format!("/?{query}")).header(AUTHORIZATION, format!("Bearer {token}"));
            let answered = ask(&service, request.body(Body::default()).unwrap()).await;
            answered.assert_refused("several_credentials", &query);
        }
    }
}

#[tokio::test]
async fn one_route_may_allow_them_while_the_others_do_not() {
    let api = trusting().build().unwrap();
    let download =
        ProtectLayer::new(api.clone()).dangerously_allow_query_tokens().unwrap().layer(service_fn(handler));
    let other = ProtectLayer::new(api.clone()).layer(service_fn(handler));
    let query = format!("access_token={}", mint().sign());
    let answered = ask(&download, get(&query)).await;
    answered.assert_passed("test-client:");
    assert_eq!(answered.header("cache-control"), Some("private"));
    ask(&other, get(&query)).await.assert_refused("credential_missing", "the other route");
    let expired = format!("access_token={}", mint().expires_in(-60).sign());
    ask(&download, get(&expired)).await.assert_refused("token_expired", "the route that allows them");
}

#[test]
fn they_are_no_second_place_beside_another_one() {
    let api = trusting().token_place(TokenCookie::new("token").unwrap()).build().unwrap();
    let refused = ProtectLayer::new(api.clone()).dangerously_allow_query_tokens();
    assert!(matches!(refused.map(drop).unwrap_err().problem, Problem::TokenPlace(_)));
}
