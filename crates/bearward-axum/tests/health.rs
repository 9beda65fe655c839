//! The routes for probes, asked over HTTP.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use bearward_axum::{Protect, ResourceServer, health};
use bearward_issuer::{Endpoint, Fault, Issuer};

#[tokio::test]
async fn they_need_no_token_and_tell_when_tokens_can_be_verified() {
    let issuer = Issuer::builder().start().await.unwrap();
    issuer.stage(Endpoint::All, Fault::Status(500));
    let api =
        ResourceServer::builder().issuer(issuer.url()).audience("https://api.example.com").build().unwrap();
    let app: Router =
        Router::new().route("/orders", get(|| async { "hello" })).layer(api.layer()).merge(health(&api));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });

    let ask = |path: &str| reqwest::get(format!("{url}{path}"));
    let live = ask("/livez").await.unwrap();
    assert_eq!(
        (live.status().as_u16(), &live.headers()["cache-control"]),
        (200, &"no-store".parse().unwrap())
    );
    assert_eq!(ask("/orders").await.unwrap().status().as_u16(), 401, "the rest is protected");

    let before = ask("/readyz").await.unwrap();
    assert_eq!((before.status().as_u16(), &before.headers()["retry-after"]), (503, &"1".parse().unwrap()));
    let text = before.text().await.unwrap();
    assert_eq!(text, r#"{"ready":false,"ready_issuers":0,"missing_issuers":1}"#);

    issuer.heal();
    let started = Instant::now();
    let after = loop {
        let answer = ask("/readyz").await.unwrap();
        if answer.status() == 200 {
            break answer;
        }
        assert!(started.elapsed() < Duration::from_secs(20), "{answer:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert!(!after.headers().contains_key("retry-after"));
    assert_eq!(after.headers()["content-type"], "application/json");
    let head = reqwest::Client::new().head(format!("{url}/readyz")).send().await.unwrap();
    assert_eq!(head.status(), 200);
}
