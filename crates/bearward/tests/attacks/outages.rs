//! An authorization server that is down, slow, broken or hostile.
//! Rows of "Key sets and the authorization server" in docs/threat-model.md.

use std::time::{Duration, Instant};

use bearward::ResourceServer;
use bearward::trust::Limits;
use bearward_issuer::{Endpoint, Fault, RunningIssuer};
use serde_json::json;

use crate::support::{
    AUDIENCE, Listener, TestClock, assert_accepted, assert_refused, issuer, present, trusting,
};

/// Slow answers must not make the tests slow: what takes longer than this is given up.
const FETCH_TIMEOUT: Duration = Duration::from_millis(250);

/// What would have taken longer was not given up. Far more than it takes: the machine may be busy.
const SOON: Duration = Duration::from_secs(5);

fn impatient(issuer: &RunningIssuer, clock: &TestClock) -> ResourceServer {
    let mut limits = Limits::default();
    limits.fetch_timeout = FETCH_TIMEOUT;
    trusting(issuer).limits(limits).clock(clock.reader()).build().unwrap()
}

fn faults(elsewhere: &Listener) -> Vec<(&'static str, Fault)> {
    let plain_elsewhere = elsewhere.url().replace("127.0.0.1", "localhost");
    let slow = SOON * 4;
    vec![
        ("500", Fault::Status(500)),
        ("404", Fault::Status(404)),
        ("204", Fault::Status(204)),
        ("206", Fault::Status(206)),
        ("304 that nobody asked for", Fault::Status(304)),
        ("a status nobody knows", Fault::Status(799)),
        ("HTML with 200", Fault::Html),
        ("too slow", Fault::Slow { delay: slow }),
        ("dribbling", Fault::Dribble { bytes_per_tick: 1, tick: Duration::from_millis(5) }),
        ("endless", Fault::Endless),
        ("oversized", Fault::Oversized { bytes: 512 * 1024 + 1 }),
        ("a gzip bomb", Fault::GzipBomb { expanded_bytes: 256 << 20 }),
        ("a redirect to another port", Fault::Redirect(elsewhere.url())),
        ("a redirect to another host", Fault::Redirect(plain_elsewhere)),
        ("a redirect to a file", Fault::Redirect("file:///dev/null".to_owned())),
        ("a closed connection", Fault::Close),
        ("nothing", Fault::Malformed(Vec::new())),
        ("half of it", Fault::Malformed(br#"{"keys":[{"kty":"EC""#.to_vec())),
        ("not UTF-8", Fault::Malformed(vec![0xff; 100])),
        ("an array", Fault::json(&json!([]))),
        ("an empty object", Fault::json(&json!({}))),
        ("keys that are no array", Fault::json(&json!({ "keys": { "0": {} } }))),
        ("nested deeper than the stack", Fault::Malformed("[".repeat(500_000).into_bytes())),
        ("two sets in one", Fault::Malformed(br#"{"keys":[],"keys":[]}"#.to_vec())),
    ]
}

#[tokio::test]
async fn without_keys_every_broken_answer_is_503_and_never_401_until_it_is_mended() {
    let issuer = issuer().await;
    let elsewhere = Listener::start().await;
    let token = issuer.mint().audience(AUDIENCE).sign();
    let forged = issuer.mint().audience(AUDIENCE).header("kid", "unknown").sign();
    for endpoint in [Endpoint::Metadata, Endpoint::Jwks] {
        for (name, fault) in faults(&elsewhere) {
            let case = format!("{endpoint:?}: {name}");
            let clock = TestClock::new();
            let api = impatient(&issuer, &clock);
            issuer.stage(endpoint, fault);
            let started = Instant::now();
            assert_refused(present(&api, &token).await, "keys_unavailable", &case);
            assert!(started.elapsed() < SOON, "{case}: took {:?}", started.elapsed());
            let fetches = issuer.requests(Endpoint::All);
            assert_refused(present(&api, &token).await, "keys_unavailable", &case);
            assert_refused(present(&api, &forged).await, "keys_unavailable", &case);
            assert_eq!(issuer.requests(Endpoint::All), fetches, "{case}: tried again without a pause");
            issuer.heal();
            clock.advance(1.1);
            assert_accepted(present(&api, &token).await, &case);
        }
    }
    assert_eq!(elsewhere.connections(), 0, "a redirect was followed");
}

#[tokio::test]
async fn an_empty_set_is_503_until_it_is_filled() {
    let issuer = issuer().await;
    let clock = TestClock::new();
    let api = impatient(&issuer, &clock);
    let token = issuer.mint().audience(AUDIENCE).sign();
    issuer.stage(Endpoint::Jwks, Fault::json(&json!({ "keys": [] })));
    assert_refused(present(&api, &token).await, "keys_unavailable", "an empty set");
    issuer.heal();
    clock.advance(31.0);
    assert_accepted(present(&api, &token).await, "filled");
}

#[tokio::test]
async fn keys_in_hand_serve_through_every_broken_answer() {
    let issuer = issuer().await;
    let elsewhere = Listener::start().await;
    let cached = issuer.mint().audience(AUDIENCE).expires_in(9 * 3600).sign();
    for (name, fault) in faults(&elsewhere) {
        if name == "304 that nobody asked for" {
            continue; // here it is an answer: the set in hand is still the one
        }
        let clock = TestClock::new();
        let api = impatient(&issuer, &clock);
        assert_accepted(present(&api, &cached).await, name);
        issuer.stage(Endpoint::Jwks, fault);
        // Old, and older: the first request after each step starts a refresh that fails.
        for step in [601.0, 5.0, 601.0, 3600.0] {
            clock.advance(step);
            let started = Instant::now();
            for _ in 0..3 {
                assert_accepted(present(&api, &cached).await, name);
            }
            let new = issuer.mint().audience(AUDIENCE).expires_in(9 * 3600).sign();
            assert_accepted(present(&api, &new).await, name);
            assert!(started.elapsed() < SOON, "{name}: took {:?}", started.elapsed());
        }
        issuer.heal();
    }
    assert_eq!(elsewhere.connections(), 0, "a redirect was followed");
}

#[tokio::test]
async fn a_server_that_is_down_at_start_is_503_and_recovers() {
    let issuer = issuer().await;
    let token = issuer.mint().audience(AUDIENCE).sign();
    let expired = issuer.mint().audience(AUDIENCE).expires_in(-60).sign();
    issuer.go_down().await;
    let clock = TestClock::new();
    let api = impatient(&issuer, &clock);
    for _ in 0..5 {
        assert_refused(present(&api, &token).await, "keys_unavailable", "down");
        assert_refused(present(&api, &expired).await, "keys_unavailable", "nobody can tell");
        clock.advance(1.0);
    }
    issuer.come_up().await.unwrap();
    clock.advance(2.0);
    assert_accepted(present(&api, &token).await, "up again");
    assert_refused(present(&api, &expired).await, "token_expired", "up again");
}

#[tokio::test]
async fn a_server_that_goes_down_later_is_missed_only_when_the_keys_are_a_day_old() {
    let issuer = issuer().await;
    let clock = TestClock::new();
    let api = impatient(&issuer, &clock);
    let token = issuer.mint().audience(AUDIENCE).expires_in(7 * 24 * 3600).sign();
    assert_accepted(present(&api, &token).await, "up");
    issuer.go_down().await;
    for _ in 0..23 {
        clock.advance(3600.0);
        assert_accepted(present(&api, &token).await, "down");
        let new = issuer.mint().audience(AUDIENCE).expires_in(7 * 24 * 3600).sign();
        assert_accepted(present(&api, &new).await, "down, and a new token");
    }
    clock.advance(3600.0 + 1.0);
    assert_refused(present(&api, &token).await, "keys_unavailable", "down for a day");
    issuer.come_up().await.unwrap();
    clock.advance(2.0);
    assert_accepted(present(&api, &token).await, "up again");
}

#[tokio::test]
async fn an_unknown_key_while_the_server_is_down_is_503_since_nobody_can_tell() {
    let issuer = issuer().await;
    let clock = TestClock::new();
    let api = impatient(&issuer, &clock);
    let known = issuer.mint().audience(AUDIENCE).sign();
    assert_accepted(present(&api, &known).await, "up");
    issuer.rotate(bearward_issuer::Algorithm::Es256);
    let rotated = issuer.mint().audience(AUDIENCE).sign();
    issuer.go_down().await;
    clock.advance(1.0);
    assert_refused(present(&api, &rotated).await, "keys_unavailable", "rotated just before");
    assert_accepted(present(&api, &known).await, "the known key");
    for _ in 0..3 {
        clock.advance(1.0);
        assert_refused(present(&api, &rotated).await, "keys_unavailable", "still down");
    }
    issuer.come_up().await.unwrap();
    clock.advance(2.0);
    assert_accepted(present(&api, &rotated).await, "two seconds after the outage");
}

/// Attempts to get keys from a server that fails at every place: each asks for both metadata documents, but the first,
/// which asks for the key set where it was.
fn attempts(issuer: &RunningIssuer) -> u64 {
    issuer.requests(Endpoint::Jwks) + issuer.requests(Endpoint::Metadata).div_ceil(2)
}

#[tokio::test]
async fn after_an_outage_the_first_good_answer_comes_within_two_seconds() {
    for seconds in [2, 60, 600] {
        let issuer = issuer().await;
        let clock = TestClock::new();
        let api = impatient(&issuer, &clock);
        let known = issuer.mint().audience(AUDIENCE).expires_in(7200).sign();
        assert_accepted(present(&api, &known).await, "up");
        issuer.rotate(bearward_issuer::Algorithm::Es256);
        let rotated = issuer.mint().audience(AUDIENCE).expires_in(7200).sign();
        issuer.stage(Endpoint::All, Fault::Status(503));
        let before = attempts(&issuer);
        for _ in 0..seconds {
            assert_refused(present(&api, &rotated).await, "keys_unavailable", "down");
            assert_accepted(present(&api, &known).await, "down, with its key in hand");
            clock.advance(1.0);
        }
        let attempts = attempts(&issuer) - before;
        assert!(attempts <= seconds, "{attempts} attempts in {seconds} seconds");
        issuer.heal();
        clock.advance(1.0);
        assert_accepted(present(&api, &rotated).await, &format!("after {seconds} seconds"));
    }
}

#[tokio::test]
async fn a_slow_server_is_waited_for() {
    let issuer = issuer().await;
    let api = trusting(&issuer).build().unwrap();
    issuer.stage(Endpoint::All, Fault::Slow { delay: Duration::from_millis(150) });
    let token = issuer.mint().audience(AUDIENCE).sign();
    let started = Instant::now();
    assert_accepted(present(&api, &token).await, "slow");
    assert!(started.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn retries_are_a_second_or_two_apart_while_requests_miss_a_key() {
    let issuer = issuer().await;
    issuer.stage(Endpoint::All, Fault::Status(500));
    let clock = TestClock::new();
    let api = impatient(&issuer, &clock);
    let token = issuer.mint().audience(AUDIENCE).sign();
    for _ in 0..2400 {
        assert_refused(present(&api, &token).await, "keys_unavailable", "500");
        clock.advance(0.25);
    }
    let attempts = attempts(&issuer);
    assert!((300..=600).contains(&attempts), "{attempts} attempts in ten minutes");
}

#[tokio::test]
async fn retries_back_off_while_the_keys_in_hand_serve() {
    let issuer = issuer().await;
    let clock = TestClock::new();
    let api = impatient(&issuer, &clock);
    let token = issuer.mint().audience(AUDIENCE).expires_in(7200).sign();
    assert_accepted(present(&api, &token).await, "up");
    issuer.stage(Endpoint::All, Fault::Status(500));
    let before = attempts(&issuer);
    clock.advance(601.0);
    for _ in 0..600 {
        assert_accepted(present(&api, &token).await, "500");
        tokio::time::sleep(Duration::from_millis(2)).await;
        clock.advance(1.0);
    }
    // 1, 2, 4 … 60 seconds apart, each less up to half: at least one a minute, and far from one a second.
    let attempts = attempts(&issuer) - before;
    assert!((8..=30).contains(&attempts), "{attempts} attempts in ten minutes");
}

/// Asks like a probe, until the answer is the expected one.
async fn assert_health(api: &ResourceServer, ready: bool, why: &str) {
    let started = Instant::now();
    while api.health().is_ready() != ready {
        assert!(started.elapsed() < SOON, "{why}: {:?}", api.health());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_probe_waits_for_nothing_and_asks_no_oftener_than_requests_do() {
    let issuer = issuer().await;
    let clock = TestClock::new();
    let api = impatient(&issuer, &clock);
    issuer.stage(Endpoint::Jwks, Fault::Status(500));
    assert!(!api.health().is_ready(), "nothing was fetched yet");
    let first = issuer.requests(Endpoint::Jwks);
    tokio::time::sleep(FETCH_TIMEOUT).await;
    for _ in 0..50 {
        assert!(!api.health().is_ready());
    }
    tokio::time::sleep(FETCH_TIMEOUT).await;
    assert!(issuer.requests(Endpoint::Jwks) <= first + 1, "a pause comes after a failure");
    let failure = api.status().engine.issuers[0].last_failure.clone().unwrap();
    assert_eq!(failure.code, "unexpected_status");
    issuer.heal();
    clock.advance(2.1);
    assert_health(&api, true, "healed").await;
    assert_eq!(api.health().json(), r#"{"ready":true,"ready_issuers":1,"missing_issuers":0}"#);
}

#[tokio::test]
async fn an_outage_takes_no_instance_out_of_service_that_has_keys() {
    let issuer = issuer().await;
    let clock = TestClock::new();
    let api = impatient(&issuer, &clock);
    assert_health(&api, true, "at start").await;
    issuer.stage(Endpoint::Jwks, Fault::Close);
    for step in [601.0, 5.0, 3600.0, 3600.0] {
        clock.advance(step);
        for _ in 0..3 {
            assert!(api.health().is_ready(), "{:?}", api.status());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    clock.advance(24.0 * 3600.0);
    assert_health(&api, false, "the keys are too old to serve").await;
}
