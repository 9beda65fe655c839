//! Staged faults, the port, and the counters, over real sockets.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::Read as _;
use std::time::{Duration, Instant};

use bearward_issuer::{Algorithm, Config, ConfigError, Endpoint, Fault, Issuer, RunningIssuer, StartError};
use flate2::read::GzDecoder;
use reqwest::{Client, Response, redirect};
use serde_json::{Value, json};

async fn issuer() -> RunningIssuer {
    Issuer::builder().algorithms([Algorithm::Es256]).start().await.unwrap()
}

fn client() -> Client {
    Client::builder().redirect(redirect::Policy::none()).build().unwrap()
}

async fn jwks(issuer: &RunningIssuer) -> Response {
    client().get(issuer.jwks_uri()).send().await.unwrap()
}

async fn json(response: Response) -> Value {
    serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
}

fn media_type(response: &Response) -> &str {
    response.headers()["content-type"].to_str().unwrap()
}

#[tokio::test]
async fn a_status_stays_until_healed() {
    let issuer = issuer().await;
    issuer.stage(Endpoint::Jwks, Fault::Status(503));
    assert_eq!(jwks(&issuer).await.status(), 503);
    assert_eq!(jwks(&issuer).await.status(), 503);
    assert_eq!(reqwest::get(issuer.oauth_metadata_uri()).await.unwrap().status(), 200);
    issuer.heal();
    assert_eq!(json(jwks(&issuer).await).await, issuer.jwk_set());
    assert_eq!(issuer.requests(Endpoint::Jwks), 3);
    assert_eq!(issuer.requests(Endpoint::All), 4);
}

#[tokio::test]
async fn once_is_once_and_all_is_everything() {
    let issuer = issuer().await;
    issuer.stage_once(Endpoint::All, Fault::Status(500));
    assert_eq!(jwks(&issuer).await.status(), 500);
    assert_eq!(jwks(&issuer).await.status(), 200);
    issuer.stage(Endpoint::All, Fault::Status(599));
    for url in [issuer.jwks_uri(), issuer.token_endpoint(), format!("{}/nowhere", issuer.url())] {
        assert_eq!(reqwest::get(url).await.unwrap().status(), 599);
    }
    assert_eq!((issuer.requests(Endpoint::Token), issuer.requests(Endpoint::All)), (1, 5));
}

#[tokio::test]
async fn wrong_answers() {
    let issuer = issuer().await;
    let stage = |fault| issuer.stage(Endpoint::Jwks, fault);

    stage(Fault::Html);
    let response = jwks(&issuer).await;
    assert_eq!((response.status().as_u16(), media_type(&response)), (200, "text/html; charset=utf-8"));
    assert!(response.text().await.unwrap().contains("<title>"));

    stage(Fault::Malformed(b"{\"keys\":".to_vec()));
    let response = jwks(&issuer).await;
    assert_eq!(media_type(&response), "application/json");
    assert_eq!(response.bytes().await.unwrap(), "{\"keys\":");

    stage(Fault::json(&json!({ "keys": [] })));
    assert_eq!(json(jwks(&issuer).await).await, json!({ "keys": [] }));

    stage(Fault::Body { bytes: vec![0xff], content_type: "text/plain".to_owned() });
    let response = jwks(&issuer).await;
    assert_eq!(media_type(&response), "text/plain");
    assert_eq!(response.bytes().await.unwrap(), vec![0xff]);

    stage(Fault::Redirect("https://elsewhere.example/jwks".to_owned()));
    let response = jwks(&issuer).await;
    assert_eq!(response.status(), 302);
    assert_eq!(response.headers()["location"], "https://elsewhere.example/jwks");
}

#[tokio::test]
async fn a_slow_answer_is_late_but_right() {
    let issuer = issuer().await;
    let delay = Duration::from_millis(300);
    issuer.stage_once(Endpoint::Jwks, Fault::Slow { delay });
    let started = Instant::now();
    assert_eq!(json(jwks(&issuer).await).await, issuer.jwk_set());
    assert!(started.elapsed() >= delay);
}

#[tokio::test]
async fn a_dribble_begins_with_the_right_answer_and_never_ends() {
    let issuer = issuer().await;
    let fault = Fault::Dribble { bytes_per_tick: 16, tick: Duration::from_millis(1) };
    issuer.stage(Endpoint::Jwks, fault);
    let mut response = jwks(&issuer).await;
    let right = issuer.jwk_set().to_string();
    let mut received = Vec::new();
    while received.len() < right.len() + 1000 {
        received.extend(response.chunk().await.unwrap().expect("it went on"));
    }
    assert!(received.starts_with(right.as_bytes()));
    assert!(received[right.len()..].iter().all(|byte| *byte == b' '));
}

#[tokio::test]
async fn an_endless_answer_goes_on_past_any_limit() {
    let issuer = issuer().await;
    issuer.stage(Endpoint::Jwks, Fault::Endless);
    let mut response = jwks(&issuer).await;
    let mut received = 0;
    while received < 8 << 20 {
        received += response.chunk().await.unwrap().expect("it went on").len();
    }
    assert_eq!(response.content_length(), None);
}

#[tokio::test]
async fn an_oversized_answer_has_exactly_this_size_and_is_still_json() {
    let issuer = issuer().await;
    issuer.stage(Endpoint::Jwks, Fault::Oversized { bytes: 700_000 });
    let response = jwks(&issuer).await;
    assert_eq!(response.content_length(), Some(700_000));
    let bytes = response.bytes().await.unwrap();
    assert_eq!(bytes.len(), 700_000);
    assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap(), issuer.jwk_set());
}

#[tokio::test]
async fn a_gzip_bomb_is_small_on_the_wire_and_large_when_opened() {
    let issuer = issuer().await;
    issuer.stage(Endpoint::Jwks, Fault::GzipBomb { expanded_bytes: 20 << 20 });
    let response = jwks(&issuer).await;
    assert_eq!(response.headers()["content-encoding"], "gzip");
    let packed = response.bytes().await.unwrap();
    assert!(packed.len() < 200_000, "{}", packed.len());
    let mut unpacked = Vec::new();
    GzDecoder::new(&packed[..]).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked.len(), 20 << 20);
    assert_eq!(serde_json::from_slice::<Value>(&unpacked).unwrap(), issuer.jwk_set());
}

#[tokio::test]
async fn a_closed_connection_gives_no_answer_at_all() {
    let issuer = issuer().await;
    issuer.stage_once(Endpoint::Jwks, Fault::Close);
    let error = client().get(issuer.jwks_uri()).send().await.unwrap_err();
    assert!(error.is_request() && !error.is_connect(), "{error:?}");
    assert_eq!(issuer.requests(Endpoint::Jwks), 1);
    assert_eq!(jwks(&issuer).await.status(), 200);
}

#[tokio::test]
async fn a_server_that_is_down_refuses_connections_and_comes_up_on_the_same_port() {
    let issuer = issuer().await;
    let client = client();
    let url = issuer.jwks_uri();
    assert_eq!(client.get(&url).send().await.unwrap().status(), 200);
    for _ in 0..3 {
        issuer.go_down().await;
        issuer.go_down().await;
        // The pooled connection is gone too, so this is no answer of a connection that outlived the port.
        let error = client.get(&url).send().await.unwrap_err();
        assert!(error.is_connect(), "{error:?}");
        issuer.come_up().await.unwrap();
        issuer.come_up().await.unwrap();
        assert_eq!(client.get(&url).send().await.unwrap().status(), 200);
    }
    assert_eq!(issuer.requests(Endpoint::Jwks), 4);
}

#[tokio::test]
async fn a_port_taken_by_force_while_down_is_named_and_can_be_had_back() {
    let issuer = issuer().await;
    issuer.go_down().await;
    let thief = std::net::TcpListener::bind(("127.0.0.1", issuer.port())).unwrap();
    let error = issuer.come_up().await.unwrap_err();
    assert!(matches!(error, StartError::PortInUse(port) if port == issuer.port()));
    drop(thief);
    issuer.come_up().await.unwrap();
    assert_eq!(jwks(&issuer).await.status(), 200);
}

#[tokio::test]
async fn a_busy_port_is_named() {
    let issuer = issuer().await;
    let error = Issuer::builder().port(issuer.port()).start().await.unwrap_err();
    assert!(matches!(error, StartError::PortInUse(port) if port == issuer.port()));
    assert_eq!(error.to_string(), format!("port {} of 127.0.0.1 is already in use", issuer.port()));
}

#[tokio::test]
async fn a_contradictory_configuration_does_not_start() {
    let error = Issuer::builder().path("oidc").start().await.unwrap_err();
    assert!(matches!(error, StartError::Config(ConfigError::Path(path)) if path == "oidc"));
}

#[tokio::test]
async fn after_a_shutdown_the_port_is_free() {
    let issuer = issuer().await;
    let (port, url) = (issuer.port(), issuer.jwks_uri());
    issuer.shutdown().await;
    assert!(client().get(&url).send().await.unwrap_err().is_connect());
    let again = Issuer::builder().config(Config::demo()).port(port).start().await.unwrap();
    assert_eq!(again.port(), port);
}

#[tokio::test]
async fn a_shutdown_lets_an_answer_finish_but_does_not_wait_for_ever() {
    let first = issuer().await;
    first.stage(Endpoint::Jwks, Fault::Slow { delay: Duration::from_millis(200) });
    let answer = tokio::spawn(client().get(first.jwks_uri()).send());
    while first.requests(Endpoint::Jwks) == 0 {
        tokio::task::yield_now().await;
    }
    first.shutdown().await;
    assert_eq!(answer.await.unwrap().unwrap().status(), 200);

    let second = issuer().await;
    second.stage(Endpoint::Jwks, Fault::Endless);
    let _endless = jwks(&second).await;
    let started = Instant::now();
    second.shutdown().await;
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn dropping_it_ends_it() {
    let issuer = issuer().await;
    let url = issuer.jwks_uri();
    drop(issuer);
    let deadline = Instant::now() + Duration::from_secs(5);
    while client().get(&url).send().await.is_ok() {
        assert!(Instant::now() < deadline);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
