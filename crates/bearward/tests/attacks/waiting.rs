//! Many requests wait for one fetch, and what becomes of them when it does not come.
//! Rows of "Key sets and the authorization server" in docs/threat-model.md.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bearward::ResourceServer;
use bearward::engine::Route;
use bearward::request::Credential;
use bearward::trust::{KeySetPolicy, Limits};
use bearward_issuer::{Algorithm, Endpoint, Fault, RunningIssuer};
use tokio::task::JoinSet;

use crate::support::{AUDIENCE, TestClock, assert_accepted, assert_refused, issuer, present, trusting};

/// Sends this many different tokens at once.
fn crowd(issuer: &RunningIssuer, api: &ResourceServer, size: usize) -> JoinSet<Result<(), &'static str>> {
    let mut requests = JoinSet::new();
    for number in 0..size {
        let (api, token) = (api.clone(), issuer.mint().audience(AUDIENCE).subject(number.to_string()).sign());
        requests.spawn(async move {
            let result = present(&api, &token).await;
            result.map(drop).map_err(|failure| failure.code())
        });
    }
    requests
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_requests_without_keys_cause_one_fetch() {
    let issuer = issuer().await;
    issuer.stage(Endpoint::All, Fault::Slow { delay: Duration::from_millis(200) });
    let api = trusting(&issuer).build().unwrap();
    let results = crowd(&issuer, &api, 1000).join_all().await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(issuer.requests(Endpoint::Metadata), 1);
    assert_eq!(issuer.requests(Endpoint::Jwks), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_requests_that_wait_in_vain_are_all_answered_at_once() {
    let issuer = issuer().await;
    issuer.stage(Endpoint::Jwks, Fault::Slow { delay: Duration::from_secs(30) });
    let mut limits = Limits::default();
    limits.fetch_timeout = Duration::from_millis(300);
    // This clock does not move, so that no request of a slow machine comes after the cooldown.
    let api = trusting(&issuer).limits(limits).clock(TestClock::new().reader()).build().unwrap();
    let results = crowd(&issuer, &api, 1000).join_all().await;
    assert!(results.iter().all(|result| *result == Err("keys_unavailable")), "{results:?}");
    assert_eq!(issuer.requests(Endpoint::Jwks), 1, "they waited for one fetch, and not one after the other");
}

/// The clock is read once for each look at a request, so it tells how often requests are looked at.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_thousand_who_wait_for_one_fetch_are_looked_at_twice_each_whatever_else_lands() {
    let (slow, busy) = (issuer().await, issuer().await);
    let (clock, readings) = (TestClock::new(), Arc::new(AtomicUsize::new(0)));
    let (read, counter) = (clock.reader(), Arc::clone(&readings));
    let mut policy = KeySetPolicy::default();
    policy.cooldown = Duration::from_secs(1);
    let api = trusting(&slow).issuer(busy.url()).key_sets(policy);
    let api = api.clock(move || {
        counter.fetch_add(1, Ordering::SeqCst);
        read()
    });
    let api = api.build().unwrap();
    let cached = busy.mint().audience(AUDIENCE).sign();
    assert_accepted(present(&api, &cached).await, "the other issuer");
    slow.stage(Endpoint::All, Fault::Slow { delay: Duration::from_secs(4) });
    let before = readings.load(Ordering::SeqCst);
    let waiting = crowd(&slow, &api, 2000);
    while readings.load(Ordering::SeqCst) < before + 2000 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // Other keys land while they wait. The first fetch has 16 seconds by this clock.
    for round in 0..12 {
        clock.advance(1.1);
        busy.rotate(Algorithm::Es256);
        assert_accepted(
            present(&api, &busy.mint().audience(AUDIENCE).sign()).await,
            "a key that has just landed",
        );
        assert_accepted(present(&api, &cached).await, "a cached token beside them");
        assert_eq!(slow.requests(Endpoint::Jwks), 0, "the slow fetch ended before round {round} did");
    }
    assert_eq!(busy.requests(Endpoint::Jwks), 13);
    let results = waiting.join_all().await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    let looks = readings.load(Ordering::SeqCst) - before;
    assert!(looks <= 2 * 2000 + 12 * 10, "{looks} looks at 2000 requests");
    assert_eq!(slow.requests(Endpoint::Jwks), 1);
}

#[tokio::test]
async fn a_crowd_before_one_issuer_leaves_places_for_those_who_wait_for_another() {
    let (slow, other) = (issuer().await, issuer().await);
    let mut limits = Limits::default();
    limits.max_waiting_requests = 3;
    let api = trusting(&slow).issuer(other.url()).limits(limits).build().unwrap();
    slow.stage(Endpoint::All, Fault::Slow { delay: Duration::from_millis(400) });
    other.stage(Endpoint::All, Fault::Slow { delay: Duration::from_millis(50) });
    let waiting = crowd(&slow, &api, 10);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let others = crowd(&other, &api, 3).join_all().await;
    assert!(others.iter().all(Result::is_ok), "{others:?}");
    assert_eq!(waiting.join_all().await.iter().filter(|result| result.is_ok()).count(), 3);
}

#[tokio::test]
async fn a_client_that_hangs_up_does_not_take_the_keys_with_it() {
    let issuer = issuer().await;
    issuer.stage(Endpoint::All, Fault::Slow { delay: Duration::from_millis(100) });
    let api = trusting(&issuer).clock(TestClock::new().reader()).build().unwrap();
    let token = issuer.mint().audience(AUDIENCE).sign();
    let impatient = tokio::time::timeout(Duration::from_millis(20), present(&api, &token)).await;
    assert!(impatient.is_err(), "the first client was to hang up");
    let other = issuer.mint().audience(AUDIENCE).subject("patient").sign();
    assert_accepted(present(&api, &other).await, "the second client");
    assert_eq!(issuer.requests(Endpoint::Metadata), 1, "the first client's fetch served the second");
    assert_eq!(issuer.requests(Endpoint::Jwks), 1);
}

#[tokio::test]
async fn waiting_clients_that_hang_up_leave_their_places() {
    let issuer = issuer().await;
    issuer.stage(Endpoint::All, Fault::Slow { delay: Duration::from_millis(400) });
    let mut limits = Limits::default();
    limits.max_waiting_requests = 3;
    let api = trusting(&issuer).limits(limits).build().unwrap();
    let token = issuer.mint().audience(AUDIENCE).sign();
    let mut waiting = crowd(&issuer, &api, 3);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_refused(present(&api, &token).await, "too_many_waiting", "the fourth");
    waiting.abort_all();
    while waiting.join_next().await.is_some() {}
    assert_accepted(present(&api, &token).await, "once the others have gone");
}

#[tokio::test]
async fn a_crowd_before_one_issuer_keeps_nobody_from_another_whose_keys_are_there() {
    let (slow, quick) = (issuer().await, issuer().await);
    let mut limits = Limits::default();
    limits.max_waiting_requests = 3;
    let api = trusting(&slow).issuer(quick.url()).limits(limits).build().unwrap();
    let token = || quick.mint().audience(AUDIENCE).sign();
    assert_accepted(present(&api, &token()).await, "the other issuer's keys");
    slow.stage(Endpoint::All, Fault::Slow { delay: Duration::from_millis(300) });
    let waiting = crowd(&slow, &api, 10);
    tokio::time::sleep(Duration::from_millis(50)).await;
    for _ in 0..10 {
        assert_accepted(present(&api, &token()).await, "a new token of the other issuer");
    }
    let results = waiting.join_all().await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 3);
    assert_eq!(results.iter().filter(|result| **result == Err("too_many_waiting")).count(), 7);
}

/// A runtime that shuts down takes its fetches with it, started or not; whoever waits on another runtime
/// must hear of it.
#[test]
fn a_fetch_that_dies_with_its_runtime_is_made_again_by_those_who_wait() {
    let runtime = |threads| {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(threads).enable_all().build().unwrap()
    };
    let (own, dying) = (runtime(2), runtime(1));
    let issuer = own.block_on(issuer());
    issuer.stage_once(Endpoint::Metadata, Fault::Slow { delay: Duration::from_secs(60) });
    let mut limits = Limits::default();
    limits.fetch_timeout = Duration::from_secs(30);
    let api = own.block_on(async { trusting(&issuer).limits(limits).build().unwrap() });
    let token = issuer.mint().audience(AUDIENCE).sign();
    let first = {
        let (api, token) = (api.clone(), token.clone());
        dying.spawn(async move { present(&api, &token).await.is_ok() })
    };
    while issuer.requests(Endpoint::Metadata) == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    let second = own.spawn(async move { present(&api, &token).await.is_ok() });
    std::thread::sleep(Duration::from_millis(50));
    dying.shutdown_timeout(Duration::from_secs(1));
    drop(first);
    let second = own.block_on(async { tokio::time::timeout(Duration::from_secs(10), second).await });
    assert!(second.expect("nobody may wait for ever").unwrap());
}

/// The same for a fetch that was handed to the runtime and never begun.
#[test]
fn a_fetch_that_never_began_is_made_by_those_who_wait() {
    let own = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let idle = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let issuer = own.block_on(issuer());
    let api = trusting(&issuer).build().unwrap();
    let token = issuer.mint().audience(AUDIENCE).sign();
    {
        let _within = idle.enter();
        let credential = Credential::from_token(&token, api.engine().credential_rules()).unwrap();
        let pending = api.try_authenticate(&credential, Route::open());
        assert!(pending.is_err());
    }
    let waiting = own.spawn(async move { present(&api, &token).await.is_ok() });
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(issuer.requests(Endpoint::All), 0, "nobody drives the runtime that has the fetch");
    drop(idle);
    let accepted = own.block_on(async { tokio::time::timeout(Duration::from_secs(10), waiting).await });
    assert!(accepted.expect("nobody may wait for ever").unwrap());
}

/// Where there is no runtime at all, nothing can be fetched, and no request would ever be woken.
#[test]
fn outside_a_runtime_the_answer_is_503() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let issuer = runtime.block_on(issuer());
    let api = trusting(&issuer).build().unwrap();
    let token = issuer.mint().audience(AUDIENCE).sign();
    let mut request = pin!(present(&api, &token));
    let mut context = Context::from_waker(Waker::noop());
    let Poll::Ready(result) = request.as_mut().poll(&mut context) else {
        panic!("it waits, and nobody would ever wake it")
    };
    assert_refused(result, "keys_unavailable", "outside a runtime");
    assert_accepted(runtime.block_on(present(&api, &token)), "within one");
}

/// A fetch that panics, as HTTP does without timers, must not be made again and again for ever.
#[test]
fn a_fetch_that_panics_is_given_up_and_answered_503() {
    let own = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let issuer = own.block_on(issuer());
    let api = trusting(&issuer).build().unwrap();
    let token = issuer.mint().audience(AUDIENCE).sign();
    let timerless =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_io().build().unwrap();
    let (asked, heard) = std::sync::mpsc::channel();
    let request = {
        let (api, token) = (api.clone(), token.clone());
        timerless.spawn(async move { asked.send(present(&api, &token).await).unwrap() })
    };
    let result = heard.recv_timeout(Duration::from_secs(10)).expect("nobody may wait for ever");
    assert_refused(result, "keys_unavailable", "without timers");
    timerless.block_on(request).unwrap();
    std::thread::sleep(Duration::from_millis(1100));
    assert_accepted(own.block_on(present(&api, &token)), "with them");
}
