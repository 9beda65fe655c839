//! Tokens that are too large, or large and good.
//! Rows of "The token and its key" in docs/threat-model.md: sizes and nesting.

use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use bearward_axum::Protect;
use bearward_axum::trust::Limits;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{Answer, Api, info, mint, trusting};

async fn api(limits: Limits) -> Api {
    let server = trusting().limits(limits).build().unwrap();
    Api::serve(Router::new().route("/", get(info)).layer(server.layer())).await
}

#[tokio::test]
async fn a_token_beyond_the_limit_is_refused_unread() {
    let api = api(Limits::default()).await;
    for bytes in [16 * 1024 + 1, 32 * 1024, 200 * 1024] {
        let answer = Answer::of(api.get("/").bearer_auth("a".repeat(bytes))).await;
        answer.assert_refused("token_too_large", &format!("{bytes} bytes"));
    }
    api.ask("/", &mint().sign()).await.assert_passed("afterwards");
}

#[tokio::test]
async fn a_token_of_100_mb_gets_no_further_than_the_http_server_and_hinders_nobody() {
    let api = api(Limits::default()).await;
    let mut stream = api.connect().await;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ").await.unwrap();
    let chunk = vec![b'a'; 1 << 20];
    let mut sent = 0;
    while sent < 100 << 20 {
        match stream.write(&chunk).await {
            Ok(written) if written > 0 => sent += written,
            _ => break, // the server has hung up
        }
    }
    let _ = stream.write_all(b"\r\n\r\n").await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431 "), "{answer}");
    api.ask("/", &mint().sign()).await.assert_passed("afterwards");
}

#[tokio::test]
async fn ten_thousand_claims_are_read_where_that_much_is_allowed() {
    let mut limits = Limits::default();
    limits.max_token_bytes = 1 << 20;
    let (roomy, usual) = (api(limits).await, api(Limits::default()).await);
    let many = (0..10_000).fold(mint(), |token, number| token.claim(format!("c{number}"), number));
    let token = many.sign();
    let started = Instant::now();
    roomy.ask("/", &token).await.assert_passed("allowed");
    assert!(started.elapsed() < Duration::from_secs(5), "took {:?}", started.elapsed());
    usual.ask("/", &token).await.assert_refused("token_too_large", "10 000 claims");
    // As many as fit: audiences and scopes are looked through, members compared with one another.
    let audiences: Vec<_> = (0..400).map(|number| format!("https://a{number}.example")).collect();
    let scopes = "a ".repeat(2000);
    let token = mint().claim("aud", json!(audiences)).scope(scopes).sign();
    let started = Instant::now();
    for _ in 0..20 {
        roomy.ask("/", &token).await.assert_refused("audience_mismatch", "hundreds of audiences");
    }
    assert!(started.elapsed() < Duration::from_secs(5), "took {:?}", started.elapsed());
}

#[tokio::test]
async fn deep_nesting_costs_no_stack() {
    let mut limits = Limits::default();
    limits.max_token_bytes = 1 << 20;
    let api = api(limits).await;
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        for depth in [33, 10_000, 100_000] {
            let (open, close) = (open.repeat(depth), close.repeat(depth));
            for claims in [format!("{{\"x\":{open}1{close}}}"), format!("{{\"x\":{open}")] {
                let token = mint().sign_payload(claims.as_bytes());
                if token.len() > 300 * 1024 {
                    continue; // the HTTP server lets no more through
                }
                let answer = api.ask("/", &token).await;
                answer.assert_refused("claims_malformed", &format!("{depth} deep"));
            }
        }
    }
}
