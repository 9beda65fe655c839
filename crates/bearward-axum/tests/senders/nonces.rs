//! RFC 9449 §8 and §9: the server's nonces, on refusals and on success.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::routing::get;
use bearward_axum::check::{DpopNonces, DpopPolicy, ReplayKey, ReplayOutcome};
use bearward_axum::memory::MemoryReplayStore;
use bearward_axum::requirement::scope;
use bearward_axum::store::{ReplayStore, StoreFuture};
use bearward_axum::wire::{Now, NumericDate};
use bearward_axum::{Protect, require};
use http::Method;

use crate::support::{Answer, Blamed, Builder, Refusal, Scene, info};

const USE_NONCE: Refusal = Refusal {
    status: 401,
    blamed: Blamed::Dpop,
    error: "use_dpop_nonce",
    description: "the DPoP proof needs the nonce of this answer",
    code: "proof_nonce_required",
};

/// A clock that stands at the time it was made, and as many seconds after it as it is told.
#[derive(Clone)]
pub(crate) struct Clock {
    made: Duration,
    ahead: Arc<AtomicU64>,
}

impl Clock {
    pub(crate) fn standing() -> Self {
        let made = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        Self { made, ahead: Arc::default() }
    }

    pub(crate) fn set(&self, seconds: u64) {
        self.ahead.store(seconds, Ordering::SeqCst);
    }

    /// The API goes by this clock. Tokens and proofs are made by that of the machine, which has moved on.
    pub(crate) fn govern(&self, api: Builder) -> Builder {
        let Self { made, ahead } = self.clone();
        let read = move || {
            let now = made + Duration::from_secs(ahead.load(Ordering::SeqCst));
            Now::new(now, now)
        };
        api.clock(read).clock_tolerance(Duration::from_secs(60))
    }
}

fn nonces(secret: u8) -> DpopNonces {
    DpopNonces::from_secret([secret; 32]).unwrap()
}

fn policy(nonces: DpopNonces) -> DpopPolicy {
    DpopPolicy::accepted().nonces(nonces)
}

#[tokio::test]
async fn a_client_learns_the_nonce_from_the_refusal_and_gets_in() {
    let clock = Clock::standing();
    let scene = Scene::with(|api| clock.govern(api.dpop(policy(nonces(1))))).await;
    let token = scene.bound();
    let refused = scene.ask("/", &token, &scene.proof("/", &token).sign()).await;
    refused.assert_refused(&USE_NONCE, "without a nonce");
    let nonce = refused.nonce().unwrap().to_owned();
    let passed = scene.ask("/", &token, &scene.proof("/", &token).nonce(&nonce).sign()).await;
    passed.assert_passed("with it");
    assert_eq!(passed.nonce(), None, "it is still the one to use");
    let again = scene.proof("/", &token).nonce(&nonce).sign();
    scene.ask("/", &token, &again).await.assert_passed("a nonce serves for many proofs");
}

#[tokio::test]
async fn a_nonce_that_ages_is_replaced_on_success_and_an_old_one_is_refused() {
    let clock = Clock::standing();
    // Five minutes, a new one every 75 seconds.
    let scene = Scene::with(|api| clock.govern(api.dpop(policy(nonces(1))))).await;
    let token = scene.bound();
    let ask = async |nonce: &str, ahead: i64| {
        scene.ask("/", &token, &scene.proof("/", &token).issued_in(ahead).nonce(nonce).sign()).await
    };
    let first = ask("none of ours", 0).await.nonce().unwrap().to_owned();
    ask(&first, 0).await.assert_passed("fresh");
    clock.set(100);
    let passed = ask(&first, 100).await;
    passed.assert_passed("it still counts");
    let second = passed.nonce().expect("RFC 9449 §8.2: here is a newer one").to_owned();
    assert_ne!(second, first);
    assert_eq!(ask(&second, 100).await.nonce(), None);
    clock.set(301);
    let refused = ask(&first, 301).await;
    refused.assert_refused(&USE_NONCE, "too old");
    let third = refused.nonce().unwrap().to_owned();
    ask(&third, 301).await.assert_passed("the newest");
}

#[tokio::test]
async fn a_nonce_of_anyone_else_is_refused() {
    let scene = Scene::with(|api| api.dpop(policy(nonces(1)))).await;
    let other = Scene::with(|api| api.dpop(policy(nonces(2)))).await;
    let token = other.bound();
    let foreign = other.ask("/", &token, &other.proof("/", &token).sign()).await.nonce().unwrap().to_owned();
    let token = scene.bound();
    for nonce in [foreign.as_str(), "", "x", "\u{fc}", &"A".repeat(10_000)] {
        let refused = scene.ask("/", &token, &scene.proof("/", &token).nonce(nonce).sign()).await;
        refused.assert_refused(&USE_NONCE, nonce);
    }
    let number = scene.proof("/", &token).claim("nonce", 7).sign();
    let malformed =
        Refusal::of_proof("proof_claim_malformed", "the DPoP proof's claim nonce is missing or malformed");
    scene.ask("/", &token, &number).await.assert_refused(&malformed, "a number");
}

#[tokio::test]
async fn machines_that_share_a_secret_know_each_others_nonces_and_change_it_under_load() {
    let store = Arc::new(Slow(MemoryReplayStore::new(100)));
    let machine = |nonces| {
        let store = Arc::clone(&store);
        Scene::with(move |api| api.dpop(policy(nonces)).replay_store(store))
    };
    let one = machine(nonces(1)).await;
    let two = machine(nonces(2).previous_secret([1; 32]).unwrap()).await;
    let token = one.bound();
    let nonce = one.ask("/", &token, &one.proof("/", &token).sign()).await.nonce().unwrap().to_owned();
    let token = two.bound();
    let passed = two.ask("/", &token, &two.proof("/", &token).nonce(&nonce).sign()).await;
    passed.assert_passed("of the previous secret");
    let newer = passed.nonce().expect("one of the new secret").to_owned();
    two.ask("/", &token, &two.proof("/", &token).nonce(&newer).sign()).await.assert_passed("of the new");
}

/// A store that two processes share is what makes a nonce of another process worth something.
#[tokio::test]
async fn a_process_that_remembers_proofs_alone_believes_no_nonce_from_before_its_start() {
    let before = Scene::with(|api| api.dpop(policy(nonces(1)))).await;
    let token = before.bound();
    let nonce = before.ask("/", &token, &before.proof("/", &token).sign()).await.nonce().unwrap().to_owned();
    let after = Scene::with(|api| api.dpop(policy(nonces(1)))).await;
    let token = after.bound();
    let refused = after.ask("/", &token, &after.proof("/", &token).nonce(&nonce).sign()).await;
    refused.assert_refused(&USE_NONCE, "of the process before");
    let own = refused.nonce().unwrap().to_owned();
    after.ask("/", &token, &after.proof("/", &token).nonce(&own).sign()).await.assert_passed("its own");
}

#[tokio::test]
async fn bearer_tokens_need_no_nonce_and_get_none() {
    let scene = Scene::with(|api| api.dpop(policy(nonces(1)))).await;
    let answer = Answer::to(scene.request(Method::GET, "/").bearer_auth(scene.mint().sign())).await;
    answer.assert_passed("a bearer token");
    assert_eq!(answer.nonce(), None);
}

/// Answers as the store of one process does, but not at once.
struct Slow(MemoryReplayStore);

impl ReplayStore for Slow {
    fn claim(
        &self,
        key: ReplayKey,
        _: NumericDate,
        expires_at: NumericDate,
        now: NumericDate,
    ) -> StoreFuture<'_, ReplayOutcome> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            Ok(self.0.claim(key, expires_at, now)?)
        })
    }
}

#[tokio::test]
async fn the_next_nonce_also_comes_with_what_a_store_or_a_requirement_decided() {
    let clock = Clock::standing();
    let configure = |api: Builder| {
        let store = Slow(MemoryReplayStore::new(100));
        clock.govern(api.dpop(policy(nonces(1))).replay_store(store))
    };
    let scene = Scene::of(configure, |api| {
        let admin = get(info).route_layer(require(scope("admin")).unwrap());
        Router::new().route("/", get(info)).route("/admin", admin).layer(api.layer())
    })
    .await;
    let token = scene.bound();
    let nonce = scene.ask("/", &token, &scene.proof("/", &token).sign()).await.nonce().unwrap().to_owned();
    clock.set(100);
    let proof = |path| scene.proof(path, &token).issued_in(100).nonce(&nonce).sign();
    let passed = scene.ask("/", &token, &proof("/")).await;
    passed.assert_passed("after the store's answer");
    let denied = scene.ask("/admin", &token, &proof("/admin")).await;
    assert_eq!(denied.status, 403);
    assert!(passed.nonce().is_some());
    assert_eq!(denied.nonce(), passed.nonce());
}
