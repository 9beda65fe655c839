//! One call for many, and for how long.

use std::time::Duration;

use bearward::trust::Limits;
use bearward_issuer::{Endpoint, Fault};
use serde_json::json;
use tokio::task::JoinSet;

use super::{asking, assert_inactive, introspection, issuer, opaque, refused};
use crate::support::{AUDIENCE, TestClock, assert_accepted, introspecting, present};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_who_wait_for_one_token_cause_one_call() {
    let issuer = issuer().await;
    let api = asking(&issuer).build().unwrap();
    issuer.stage(Endpoint::Introspection, Fault::Slow { delay: Duration::from_millis(300) });
    let token = opaque(&issuer);
    let mut requests = JoinSet::new();
    for _ in 0..1000 {
        let (api, token) = (api.clone(), token.clone());
        requests.spawn(async move { present(&api, &token).await.map(drop) });
    }
    let results = requests.join_all().await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(issuer.requests(Endpoint::Introspection), 1);
    assert_eq!(issuer.requests(Endpoint::Metadata), 1);
}

#[tokio::test]
async fn a_revoked_token_lives_on_no_longer_than_the_cap() {
    let issuer = issuer().await;
    let clock = TestClock::new();
    let api = asking(&issuer).clock(clock.reader()).build().unwrap();
    let token = opaque(&issuer);
    assert_accepted(present(&api, &token).await, "in force");
    issuer.revoke(&token);
    clock.advance(59.0);
    assert_accepted(present(&api, &token).await, "within the minute");
    assert_eq!(issuer.requests(Endpoint::Introspection), 1);
    clock.advance(1.0);
    assert_inactive(present(&api, &token).await, "after it");
    assert_eq!(issuer.requests(Endpoint::Introspection), 2);
}

#[tokio::test]
async fn an_answer_is_kept_no_longer_than_the_token_lives() {
    let issuer = issuer().await;
    let clock = TestClock::new();
    let hour = introspection().cache_for(Duration::from_secs(3600));
    let api = introspecting(&issuer, hour).clock(clock.reader()).build().unwrap();
    let token = issuer.mint_opaque(issuer.mint().audience(AUDIENCE).expires_in(30));
    assert_accepted(present(&api, &token).await, "in force");
    clock.advance(28.0);
    assert_accepted(present(&api, &token).await, "still");
    assert_eq!(issuer.requests(Endpoint::Introspection), 1);
    clock.advance(8.0);
    // The server's own clock has not moved, so it calls the token active: its exp is what refuses it.
    let (failure, _) = refused(present(&api, &token).await, "run out");
    assert_eq!(failure.code(), "token_expired");
    assert_eq!(issuer.requests(Endpoint::Introspection), 2);
}

#[tokio::test]
async fn an_inactive_token_is_asked_about_once_in_five_seconds() {
    let issuer = issuer().await;
    let clock = TestClock::new();
    let api = asking(&issuer).clock(clock.reader()).build().unwrap();
    for _ in 0..50 {
        assert_inactive(present(&api, "made-up").await, "made up");
    }
    assert_eq!(issuer.requests(Endpoint::Introspection), 1);
    clock.advance(5.0);
    assert_inactive(present(&api, "made-up").await, "again");
    assert_eq!(issuer.requests(Endpoint::Introspection), 2);
}

#[tokio::test]
async fn more_calls_than_may_be_under_way_are_503_and_the_others_pass() {
    let issuer = issuer().await;
    let mut limits = Limits::default();
    limits.max_introspection_calls = 3;
    let api = asking(&issuer).limits(limits).build().unwrap();
    assert_accepted(present(&api, &opaque(&issuer)).await, "the metadata are read");
    issuer.stage(Endpoint::Introspection, Fault::Slow { delay: Duration::from_millis(500) });
    let mut requests = JoinSet::new();
    for _ in 0..10 {
        let (api, token) = (api.clone(), opaque(&issuer));
        requests
            .spawn(async move { present(&api, &token).await.map(drop).map_err(|failure| failure.code()) });
    }
    let results = requests.join_all().await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 3);
    assert_eq!(results.iter().filter(|result| **result == Err("too_many_waiting")).count(), 7);
}

#[tokio::test]
async fn a_client_that_hangs_up_does_not_take_the_call_with_it() {
    let issuer = issuer().await;
    let api = asking(&issuer).clock(TestClock::new().reader()).build().unwrap();
    assert_accepted(present(&api, &opaque(&issuer)).await, "the metadata are read");
    issuer.stage(Endpoint::Introspection, Fault::Slow { delay: Duration::from_millis(200) });
    let token = opaque(&issuer);
    let impatient = tokio::time::timeout(Duration::from_millis(20), present(&api, &token)).await;
    assert!(impatient.is_err(), "the first client was to hang up");
    assert_accepted(present(&api, &token).await, "the second client");
    assert_eq!(issuer.requests(Endpoint::Introspection), 2, "one call for each token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tokens_and_their_claims_are_never_mixed_up() {
    let issuer = issuer().await;
    let api = asking(&issuer).build().unwrap();
    let mut requests = JoinSet::new();
    for number in 0..50 {
        let token = format!("token-{number}");
        issuer.introspects_as(&token, json!({ "active": true, "aud": AUDIENCE, "sub": number.to_string() }));
        for _ in 0..10 {
            let (api, token) = (api.clone(), token.clone());
            requests.spawn(async move {
                let passed = present(&api, &token).await.unwrap();
                assert_eq!(passed.subject(), Some(&*number.to_string()));
                assert_eq!(passed.expose_token(), token);
            });
        }
    }
    requests.join_all().await;
    assert_eq!(issuer.requests(Endpoint::Introspection), 50);
}
