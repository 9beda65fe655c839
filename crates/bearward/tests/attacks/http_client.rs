//! Keys are fetched with the client that the operator brings, and its habits are not trusted.

use std::sync::{Arc, Mutex};

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use bearward::builder::KeyRequestHeadersError;
use bearward::engine::Problem;
use bearward::wire::RedactedUrl;
use bearward::{ConfigError, IssuerConfig, ResourceServer};
use bearward_issuer::{Algorithm, Endpoint, Fault, SigningKey};
use http::{HeaderMap, HeaderValue, StatusCode};
use reqwest::{Client, Proxy, redirect};
use serde_json::json;
use tokio::net::TcpListener;

use crate::support::{AUDIENCE, TestClock, assert_accepted, assert_refused, issuer, present, trusting};

/// An authorization server at any URL, for those who get here: by its port or through a proxy.
#[derive(Clone)]
struct Recorder {
    issuer: Arc<Mutex<String>>,
    key: SigningKey,
    /// The request targets and headers that came.
    seen: Arc<Mutex<Vec<(String, HeaderMap)>>>,
    required_header: Option<&'static str>,
}

impl Recorder {
    async fn start(required_header: Option<&'static str>) -> (Self, String) {
        let key = SigningKey::generate(Algorithm::Es256);
        let recorder = Self { issuer: Arc::default(), key, seen: Arc::default(), required_header };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        recorder.issuer.lock().unwrap().clone_from(&url);
        let app = Router::new().fallback(answer).with_state(recorder.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        (recorder, url)
    }
}

async fn answer(State(recorder): State<Recorder>, request: Request) -> Response {
    let (target, headers) = (request.uri().to_string(), request.headers().clone());
    let allowed = recorder.required_header.is_none_or(|name| headers.contains_key(name));
    recorder.seen.lock().unwrap().push((target, headers));
    if !allowed {
        return StatusCode::FORBIDDEN.into_response();
    }
    let issuer = recorder.issuer.lock().unwrap().clone();
    if request.uri().path().ends_with("/jwks") {
        Json(json!({ "keys": [recorder.key.public_jwk()] })).into_response()
    } else {
        Json(json!({ "issuer": issuer, "jwks_uri": format!("{issuer}/jwks") })).into_response()
    }
}

fn api(issuer: &str, client: Client) -> ResourceServer {
    ResourceServer::builder().issuer(issuer).audience(AUDIENCE).http_client(client).build().unwrap()
}

#[tokio::test]
async fn every_fetch_goes_through_the_operators_client() {
    let (recorder, url) = Recorder::start(Some("x-tenant")).await;
    let headers = HeaderMap::from_iter([("x-tenant".parse().unwrap(), HeaderValue::from_static("acme"))]);
    let client = Client::builder().default_headers(headers).user_agent("our-api/1").build().unwrap();
    let token = recorder.key.mint(&url).audience(AUDIENCE).sign();

    let without = ResourceServer::builder().issuer(&*url).audience(AUDIENCE).build().unwrap();
    assert_refused(present(&without, &token).await, "keys_unavailable", "the default client");
    recorder.seen.lock().unwrap().clear();

    let api = api(&url, client);
    assert_accepted(present(&api, &token).await, "the operator's client");
    let seen = recorder.seen.lock().unwrap();
    assert_eq!(seen.len(), 2, "metadata and key set");
    for (target, headers) in &*seen {
        assert_eq!(
            (&headers["x-tenant"], &headers["user-agent"]),
            (&"acme".parse().unwrap(), &"our-api/1".parse().unwrap()),
            "{target}"
        );
        assert!(!headers.contains_key("authorization"), "a client's token was sent on");
    }
}

#[tokio::test]
async fn a_proxy_is_used_where_the_operators_client_has_one() {
    let (recorder, proxy) = Recorder::start(None).await;
    let issuer = "http://localhost:9"; // where no server listens
    recorder.issuer.lock().unwrap().clear();
    recorder.issuer.lock().unwrap().push_str(issuer);
    let client = Client::builder().proxy(Proxy::all(&proxy).unwrap()).build().unwrap();
    let api = api(issuer, client);
    let token = recorder.key.mint(issuer).audience(AUDIENCE).sign();
    assert_accepted(present(&api, &token).await, "through the proxy");
    let targets: Vec<_> = recorder.seen.lock().unwrap().iter().map(|(target, _)| target.clone()).collect();
    assert_eq!(targets, [format!("{issuer}/.well-known/openid-configuration"), format!("{issuer}/jwks")]);
}

#[tokio::test]
async fn an_answer_from_elsewhere_is_refused_even_from_a_client_that_follows_redirects() {
    let (issuer, elsewhere) = (issuer().await, issuer().await);
    let forged = issuer.mint().audience(AUDIENCE).signed_by(&elsewhere.signing_key()).sign();
    let genuine = issuer.mint().audience(AUDIENCE).sign();
    for (endpoint, target) in
        [(Endpoint::Jwks, elsewhere.jwks_uri()), (Endpoint::Metadata, elsewhere.openid_configuration_uri())]
    {
        issuer.stage(endpoint, Fault::Redirect(target));
        let following = Client::builder().redirect(redirect::Policy::limited(5)).build().unwrap();
        let clock = TestClock::new();
        let api = trusting(&issuer).clock(clock.reader()).http_client(following).build().unwrap();
        let case = format!("{endpoint:?} redirects");
        assert_refused(present(&api, &forged).await, "keys_unavailable", &case);
        assert_refused(present(&api, &genuine).await, "keys_unavailable", &case);
        issuer.heal();
        clock.advance(1.1);
        assert_accepted(present(&api, &genuine).await, &case);
        assert_refused(present(&api, &forged).await, "key_unknown", &case);
    }
    assert!(elsewhere.requests(Endpoint::All) >= 2, "the client did follow");
}

#[tokio::test]
async fn the_size_limit_holds_for_the_operators_client_too() {
    let issuer = issuer().await;
    issuer.stage(Endpoint::Jwks, Fault::Endless);
    let client = Client::builder().build().unwrap();
    let api = trusting(&issuer).http_client(client).build().unwrap();
    let token = issuer.mint().audience(AUDIENCE).sign();
    let started = std::time::Instant::now();
    assert_refused(present(&api, &token).await, "keys_unavailable", "endless");
    assert!(started.elapsed() < std::time::Duration::from_secs(4), "read on until the timeout");
}

/// A header with a value that nobody may see.
fn own_headers() -> HeaderMap {
    HeaderMap::from_iter([("x-tenant".parse().unwrap(), HeaderValue::from_static("hush"))])
}

#[tokio::test]
async fn the_operators_headers_go_to_the_configured_host_and_to_no_other() {
    let (own, own_url) = Recorder::start(Some("x-tenant")).await;
    let (other, other_url) = Recorder::start(None).await;
    let api = |issuer: &str| {
        let builder = ResourceServer::builder().issuer(issuer).audience(AUDIENCE);
        builder.key_request_headers(issuer, || Ok(own_headers())).build().unwrap()
    };
    let token = own.key.mint(&own_url).audience(AUDIENCE).sign();
    assert_accepted(present(&api(&own_url), &token).await, "metadata and keys are at the configured host");
    for (target, headers) in &*own.seen.lock().unwrap() {
        assert_eq!(headers["x-tenant"], "hush", "{target}");
        assert_eq!(headers["accept"].to_str().unwrap().split('/').next(), Some("application"), "{target}");
    }

    // The metadata name the key set of another host.
    other.issuer.lock().unwrap().clone_from(&own_url);
    let config = IssuerConfig::new(&own_url).metadata_url(format!("{other_url}/metadata"));
    let builder = ResourceServer::builder().issuer(config).audience(AUDIENCE);
    let api = builder.key_request_headers(&*own_url, || Ok(own_headers())).build().unwrap();
    own.seen.lock().unwrap().clear();
    assert_refused(present(&api, &token).await, "keys_unavailable", "the key server asks for the header");
    let [(_, metadata)] = &other.seen.lock().unwrap()[..] else { panic!("one request") };
    assert_eq!(metadata["x-tenant"], "hush");
    let [(_, keys)] = &own.seen.lock().unwrap()[..] else { panic!("one request") };
    assert!(!keys.contains_key("x-tenant"), "{keys:?}");
}

#[tokio::test]
async fn a_function_for_headers_that_fails_refuses_without_its_words() {
    let (recorder, url) = Recorder::start(None).await;
    let token = recorder.key.mint(&url).audience(AUDIENCE).sign();
    type Failing = fn() -> Result<HeaderMap, KeyRequestHeadersError>;
    let failing: [(&str, Failing); 3] = [
        ("failed", || Err("hush".into())),
        ("failed: permission denied", || {
            Err(Box::new(std::io::Error::from(std::io::ErrorKind::PermissionDenied)))
        }),
        ("panicked", || panic!("hush")),
    ];
    for (expected, headers) in failing {
        let builder = ResourceServer::builder().issuer(&*url).audience(AUDIENCE);
        let api = builder.key_request_headers(&*url, headers).build().unwrap();
        assert_refused(present(&api, &token).await, "keys_unavailable", expected);
        let api = ResourceServer::builder().issuer(&*url).audience(AUDIENCE);
        let api = api.key_request_headers(&*url, headers).build().unwrap();
        let cause = api.ready().await.unwrap_err().missing[0].cause.clone().unwrap();
        assert_eq!(cause, format!("the function for the headers of key requests {expected}"));
    }
    assert!(recorder.seen.lock().unwrap().is_empty(), "nothing is fetched without them");
    let unknown = ResourceServer::builder().issuer(&*url).audience(AUDIENCE);
    let unknown = unknown.key_request_headers("https://other.example", || Ok(own_headers())).build();
    let expected = Problem::KeyRequestHeaders(RedactedUrl::of("https://other.example"));
    assert_eq!(unknown.map(drop).unwrap_err(), ConfigError::new("key_request_headers", expected));
}
