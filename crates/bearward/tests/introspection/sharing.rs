//! What several processes share through a store.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bearward::ResourceServer;
use bearward::store::{IntrospectionKey, IntrospectionStore, StoreError, StoreFuture};
use bearward::trust::{Introspection, IntrospectionAnswers};
use bearward_issuer::{Endpoint, RunningIssuer};
use serde_json::json;

use super::{assert_inactive, introspection, issuer, opaque};
use crate::support::{AUDIENCE, TestClock, assert_accepted, introspecting, present};

/// Keeps everything, and for how long it was to.
#[derive(Clone, Default)]
struct Shelf {
    kept: Arc<Mutex<HashMap<IntrospectionKey, Kept>>>,
    fault: Option<Fault>,
}

/// An answer and for how long it was to be kept.
type Kept = (Vec<u8>, Duration);

#[derive(Clone, Copy)]
enum Fault {
    Down,
    Hanging,
    Garbled,
}

impl IntrospectionStore for Shelf {
    fn find(&self, key: IntrospectionKey) -> StoreFuture<'_, Option<Vec<u8>>> {
        Box::pin(async move {
            match self.fault {
                Some(Fault::Down) => Err(StoreError::Unavailable("down".to_owned())),
                Some(Fault::Hanging) => std::future::pending().await,
                Some(Fault::Garbled) => Ok(Some(b"not what was kept".to_vec())),
                None => Ok(self.kept.lock().unwrap().get(&key).map(|(answer, _)| answer.clone())),
            }
        })
    }

    fn keep(&self, key: IntrospectionKey, answer: Vec<u8>, ttl: Duration) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            match self.fault {
                Some(Fault::Down) => Err(StoreError::Unavailable("down".to_owned())),
                Some(Fault::Hanging) => std::future::pending().await,
                _ => {
                    self.kept.lock().unwrap().insert(key, (answer, ttl));
                    Ok(())
                }
            }
        })
    }
}

fn sharing(issuer: &RunningIssuer, shelf: &Shelf, clock: &TestClock) -> ResourceServer {
    sharing_as(introspection(), issuer, shelf, clock)
}

fn sharing_as(
    introspection: Introspection,
    issuer: &RunningIssuer,
    shelf: &Shelf,
    clock: &TestClock,
) -> ResourceServer {
    let mut limits = bearward::trust::Limits::default();
    limits.fetch_timeout = Duration::from_millis(400);
    let api = introspecting(issuer, introspection).introspection_store(shelf.clone());
    api.limits(limits).clock(clock.reader()).build().unwrap()
}

/// The answer is kept after those who wait have theirs.
async fn until_kept(shelf: &Shelf, number: usize) {
    while shelf.kept.lock().unwrap().len() < number {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn one_process_asks_for_all() {
    let issuer = issuer().await;
    let (shelf, clock) = (Shelf::default(), TestClock::new());
    let token = opaque(&issuer);
    assert_accepted(present(&sharing(&issuer, &shelf, &clock), &token).await, "the first");
    until_kept(&shelf, 1).await;
    issuer.revoke(&token);
    clock.advance(50.0);
    let second = sharing(&issuer, &shelf, &clock);
    assert_accepted(present(&second, &token).await, "the second");
    assert_eq!(issuer.requests(Endpoint::Introspection), 1);
    // The store knows no time here, so it is the answer's own age that ends it.
    clock.advance(10.0);
    assert_inactive(present(&second, &token).await, "a minute after the server said so");
    assert_eq!(issuer.requests(Endpoint::Introspection), 2);
}

#[tokio::test]
async fn refusals_are_shared_for_their_own_time() {
    for answers in [IntrospectionAnswers::Json, IntrospectionAnswers::SignedJwt] {
        let issuer = issuer().await;
        let (shelf, clock) = (Shelf::default(), TestClock::new());
        let sharing = || sharing_as(introspection().answers(answers), &issuer, &shelf, &clock);
        let first = sharing();
        assert_inactive(present(&first, "made-up").await, "the first");
        assert_accepted(present(&first, &opaque(&issuer)).await, "another token");
        until_kept(&shelf, 2).await;
        let mut times: Vec<_> = shelf.kept.lock().unwrap().values().map(|(_, ttl)| ttl.as_secs()).collect();
        times.sort_unstable();
        assert_eq!(times, [5, 60], "{answers:?}");
        let second = sharing();
        assert_inactive(present(&second, "made-up").await, "the second");
        assert_eq!(issuer.requests(Endpoint::Introspection), 2, "{answers:?}");
    }
}

#[tokio::test]
async fn a_revoked_token_lives_on_no_longer_than_the_cap_of_whoever_takes_the_answer() {
    let issuer = issuer().await;
    let (shelf, clock) = (Shelf::default(), TestClock::new());
    let keeping = |seconds| {
        sharing_as(introspection().cache_for(Duration::from_secs(seconds)), &issuer, &shelf, &clock)
    };
    let (lax, strict) = (keeping(3600), keeping(5));
    let token = issuer.mint_opaque(issuer.mint().audience(AUDIENCE).expires_in(7200));
    assert_accepted(present(&lax, &token).await, "the first");
    until_kept(&shelf, 1).await;
    issuer.revoke(&token);
    clock.advance(4.0);
    assert_accepted(present(&strict, &token).await, "four seconds after the server said so");
    assert_eq!(issuer.requests(Endpoint::Introspection), 1);
    clock.advance(1.0);
    assert_inactive(present(&strict, &token).await, "five");
    assert_eq!(issuer.requests(Endpoint::Introspection), 2);
}

#[tokio::test]
async fn a_refusal_lives_on_no_longer_than_the_cap_of_whoever_takes_it() {
    let issuer = issuer().await;
    let (shelf, clock) = (Shelf::default(), TestClock::new());
    let keeping = |seconds| {
        let refusals_for = introspection().cache_refusals_for(Duration::from_secs(seconds));
        sharing_as(refusals_for, &issuer, &shelf, &clock)
    };
    let (lax, strict) = (keeping(3600), keeping(5));
    assert_inactive(present(&lax, "not-yet").await, "the first");
    until_kept(&shelf, 1).await;
    issuer.introspects_as("not-yet", json!({ "active": true, "aud": AUDIENCE }));
    clock.advance(4.0);
    assert_inactive(present(&strict, "not-yet").await, "four seconds after the server said so");
    clock.advance(1.0);
    assert_accepted(present(&strict, "not-yet").await, "five");
    assert_eq!(issuer.requests(Endpoint::Introspection), 2);
}

#[tokio::test]
async fn neither_token_nor_secret_gets_into_the_store() {
    let issuer = issuer().await;
    let (shelf, clock) = (Shelf::default(), TestClock::new());
    let token = opaque(&issuer);
    assert_accepted(present(&sharing(&issuer, &shelf, &clock), &token).await, "a token");
    until_kept(&shelf, 1).await;
    for (key, (answer, _)) in &*shelf.kept.lock().unwrap() {
        let text = format!("{key} {}", String::from_utf8_lossy(answer));
        assert!(!text.contains(&token) && !text.contains(super::SECRET), "{text}");
    }
}

#[tokio::test]
async fn a_store_that_fails_costs_a_call_and_no_request() {
    let issuer = issuer().await;
    for fault in [Fault::Down, Fault::Hanging, Fault::Garbled] {
        let (shelf, clock) = (Shelf { fault: Some(fault), ..Shelf::default() }, TestClock::new());
        let api = sharing(&issuer, &shelf, &clock);
        let calls = issuer.requests(Endpoint::Introspection);
        assert_accepted(present(&api, &opaque(&issuer)).await, "with a store that fails");
        assert_eq!(issuer.requests(Endpoint::Introspection), calls + 1);
    }
}
