//! An introspection endpoint that is down, slow, broken or hostile.

use std::time::{Duration, Instant};

use bearward::ResourceServer;
use bearward::trust::{IntrospectionError, Limits};
use bearward_issuer::{Endpoint, Fault, RunningIssuer};
use reqwest::redirect::Policy;
use serde_json::json;

use super::{asking, assert_unavailable, introspection, issuer, opaque};
use crate::support::{AUDIENCE, Listener, TestClock, assert_accepted, introspecting, present};

/// Slow answers must not make the tests slow: what takes longer than this is given up.
const FETCH_TIMEOUT: Duration = Duration::from_millis(300);

/// What would have taken longer was not given up. Far more than it takes: the machine may be busy.
const SOON: Duration = Duration::from_secs(5);

fn impatient(issuer: &RunningIssuer, clock: &TestClock) -> ResourceServer {
    let mut limits = Limits::default();
    limits.fetch_timeout = FETCH_TIMEOUT;
    asking(issuer).limits(limits).clock(clock.reader()).build().unwrap()
}

fn body(content_type: &str, text: &str) -> Fault {
    Fault::Body { bytes: text.as_bytes().to_vec(), content_type: content_type.to_owned() }
}

#[tokio::test]
async fn every_broken_answer_is_503_for_a_second_and_then_asked_for_again() {
    let issuer = issuer().await;
    let elsewhere = Listener::start().await;
    let active = json!({ "active": true, "aud": AUDIENCE }).to_string();
    let no_answer = IntrospectionError::NoAnswer;
    let json_error = |why| IntrospectionError::Json(why);
    for (name, fault, expected) in [
        ("500", Fault::Status(500), IntrospectionError::Status(500)),
        ("404", Fault::Status(404), IntrospectionError::Status(404)),
        ("204", Fault::Status(204), IntrospectionError::Status(204)),
        ("401", Fault::Status(401), IntrospectionError::ClientRefused(401)),
        ("403", Fault::Status(403), IntrospectionError::ClientRefused(403)),
        ("HTML", Fault::Html, IntrospectionError::ContentType),
        ("JSON called text", body("text/plain", &active), IntrospectionError::ContentType),
        ("JSON called JWT", body("application/jwt", &active), IntrospectionError::ContentType),
        ("too slow", Fault::Slow { delay: SOON * 4 }, no_answer),
        ("dribbling", Fault::Dribble { bytes_per_tick: 1, tick: Duration::from_millis(5) }, no_answer),
        ("endless", Fault::Endless, no_answer),
        ("oversized", Fault::Oversized { bytes: 64 * 1024 + 1 }, no_answer),
        (
            "a gzip bomb",
            Fault::GzipBomb { expanded_bytes: 1 << 20 },
            json_error(bearward::wire::JsonError::Syntax),
        ),
        ("a redirect", Fault::Redirect(elsewhere.url()), IntrospectionError::Redirect),
        ("a closed connection", Fault::Close, no_answer),
        ("nothing", Fault::Malformed(Vec::new()), json_error(bearward::wire::JsonError::Syntax)),
        ("an array", Fault::json(&json!([true])), json_error(bearward::wire::JsonError::NotAnObject)),
        (
            "active twice",
            Fault::Malformed(br#"{"active":false,"active":true}"#.to_vec()),
            json_error(bearward::wire::JsonError::DuplicateMember),
        ),
        (
            "nested deeper than the stack",
            Fault::Malformed("[".repeat(60_000).into_bytes()),
            json_error(bearward::wire::JsonError::TooDeep),
        ),
    ] {
        let clock = TestClock::new();
        let api = impatient(&issuer, &clock);
        let token = opaque(&issuer);
        assert_accepted(present(&api, &opaque(&issuer)).await, "the metadata are read");
        issuer.stage(Endpoint::Introspection, fault);
        let started = Instant::now();
        let why = assert_unavailable(present(&api, &token).await, name);
        assert_eq!(why, expected, "{name}");
        assert!(started.elapsed() < SOON, "{name}: took {:?}", started.elapsed());
        let calls = issuer.requests(Endpoint::Introspection);
        assert_eq!(assert_unavailable(present(&api, &token).await, name), expected, "{name}");
        assert_eq!(issuer.requests(Endpoint::Introspection), calls, "{name}: asked again without a pause");
        issuer.heal();
        clock.advance(1.0);
        assert_accepted(present(&api, &token).await, name);
    }
    assert_eq!(elsewhere.connections(), 0, "a redirect was followed");
}

#[tokio::test]
async fn a_client_that_follows_redirects_is_not_believed_from_elsewhere() {
    let (issuer, elsewhere) = (issuer().await, issuer().await);
    elsewhere.introspects_as("token", json!({ "active": true, "aud": AUDIENCE }));
    let client = reqwest::Client::builder().redirect(Policy::limited(5)).build().unwrap();
    let api = asking(&issuer).http_client(client).build().unwrap();
    issuer.stage(Endpoint::Introspection, Fault::Redirect(elsewhere.introspection_endpoint()));
    assert_unavailable(present(&api, "token").await, "a redirect that is followed");
}

#[tokio::test]
async fn a_server_that_is_down_is_503_and_what_is_known_still_serves() {
    let issuer = issuer().await;
    let clock = TestClock::new();
    let api = impatient(&issuer, &clock);
    let (known, new) = (opaque(&issuer), opaque(&issuer));
    assert_accepted(present(&api, &known).await, "while it is up");
    issuer.go_down().await;
    clock.advance(30.0);
    assert_accepted(present(&api, &known).await, "while it is down");
    assert_eq!(assert_unavailable(present(&api, &new).await, "a new one"), IntrospectionError::NoAnswer);
    clock.advance(30.0);
    let why = assert_unavailable(present(&api, &known).await, "an answer has its time");
    assert_eq!(why, IntrospectionError::NoAnswer);
    issuer.come_up().await.unwrap();
    clock.advance(1.0);
    assert_accepted(present(&api, &known).await, "up again");
}

#[tokio::test]
async fn a_server_that_does_not_answer_gets_no_storm() {
    let issuer = issuer().await;
    let clock = TestClock::new();
    let api = impatient(&issuer, &clock);
    assert_accepted(present(&api, &opaque(&issuer)).await, "the metadata are read");
    issuer.go_down().await;
    let mut reasons = Vec::new();
    for number in 0..20 {
        let token = format!("token-{number}");
        reasons.push(assert_unavailable(present(&api, &token).await, &token));
    }
    assert_eq!(reasons[..5], [IntrospectionError::NoAnswer; 5]);
    assert_eq!(reasons[5..], [IntrospectionError::Pause; 15]);
    issuer.come_up().await.unwrap();
    clock.advance(1.0);
    assert_accepted(present(&api, &opaque(&issuer)).await, "up again");
    assert_accepted(present(&api, &opaque(&issuer)).await, "and for everyone");
}

#[tokio::test]
async fn without_metadata_and_without_an_endpoint_in_them_nobody_can_be_asked() {
    let issuer = issuer().await;
    let clock = TestClock::new();
    let api = impatient(&issuer, &clock);
    issuer.stage(Endpoint::Metadata, Fault::Status(500));
    let why = assert_unavailable(present(&api, &opaque(&issuer)).await, "no metadata");
    assert_eq!(why, IntrospectionError::NoMetadata);
    issuer.heal();
    issuer.metadata_member("introspection_endpoint", json!(null));
    clock.advance(2.0);
    let why = assert_unavailable(present(&api, &opaque(&issuer)).await, "no endpoint");
    assert_eq!(why, IntrospectionError::NoEndpoint);
    let endpoint = issuer.introspection_endpoint();
    let told = introspecting(&issuer, introspection().endpoint(endpoint)).build().unwrap();
    assert_accepted(present(&told, &opaque(&issuer)).await, "the operator says where");
}

#[tokio::test]
async fn a_server_without_keys_can_still_be_asked() {
    let issuer = issuer().await;
    issuer.metadata_member("jwks_uri", json!(null));
    let api = asking(&issuer).build().unwrap();
    assert_accepted(present(&api, &opaque(&issuer)).await, "no jwks_uri");
}

#[test]
fn a_call_that_dies_with_its_runtime_is_made_again_by_those_who_wait() {
    let runtime = |threads| {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(threads).enable_all().build().unwrap()
    };
    let (own, dying) = (runtime(2), runtime(1));
    let issuer = own.block_on(issuer());
    let mut limits = Limits::default();
    limits.fetch_timeout = Duration::from_secs(30);
    let api = own.block_on(async { asking(&issuer).limits(limits).build().unwrap() });
    own.block_on(async { assert_accepted(present(&api, &opaque(&issuer)).await, "the metadata are read") });
    let token = opaque(&issuer);
    issuer.stage_once(Endpoint::Introspection, Fault::Slow { delay: Duration::from_secs(60) });
    let first = {
        let (api, token) = (api.clone(), token.clone());
        dying.spawn(async move { present(&api, &token).await.is_ok() })
    };
    while issuer.requests(Endpoint::Introspection) < 2 {
        std::thread::sleep(Duration::from_millis(5));
    }
    let second = own.spawn(async move { present(&api, &token).await.is_ok() });
    std::thread::sleep(Duration::from_millis(50));
    dying.shutdown_timeout(Duration::from_secs(1));
    drop(first);
    let second = own.block_on(async { tokio::time::timeout(Duration::from_secs(10), second).await });
    assert!(second.expect("nobody may wait for ever").unwrap());
}
