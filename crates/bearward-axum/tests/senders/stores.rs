//! What remembers is full or down, and what is revoked is refused.

use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use bearward_axum::Protect;
use bearward_axum::check::{ReplayKey, ReplayOutcome, Revocation, RevocationEntry, RevocationQuery};
use bearward_axum::memory::{MemoryReplayStore, RevocationList};
use bearward_axum::requirement::scope;
use bearward_axum::store::{ReplayStore, RevocationStore, StoreError, StoreFuture};
use bearward_axum::trust::Limits;
use bearward_axum::wire::NumericDate;
use http::Method;

use crate::support::{Answer, Blamed, REPLAY_STORE_DOWN, REPLAYED, Refusal, Scene, info};

const REVOKED: Refusal = Refusal::of_token(Blamed::Bearer, "token_revoked", "the access token was revoked");

/// A replay store of a test: what it answers, and how often it was asked.
struct Staged {
    mood: Mood,
    asked: AtomicUsize,
}

enum Mood {
    Works(Box<MemoryReplayStore>),
    Down,
    Full,
    Silent,
}

impl Staged {
    /// One that works, with so many places.
    fn working(entries: usize) -> Arc<Self> {
        Self::new(Mood::Works(Box::new(MemoryReplayStore::new(entries))))
    }

    fn new(mood: Mood) -> Arc<Self> {
        Arc::new(Self { mood, asked: AtomicUsize::new(0) })
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl ReplayStore for Staged {
    fn claim(
        &self,
        key: ReplayKey,
        _: NumericDate,
        expires_at: NumericDate,
        now: NumericDate,
    ) -> StoreFuture<'_, ReplayOutcome> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            match &self.mood {
                Mood::Works(store) => Ok(store.claim(key, expires_at, now)?),
                Mood::Down => Err(StoreError::Unavailable("staged".to_owned())),
                Mood::Full => Err(StoreError::Full),
                Mood::Silent => pending().await,
            }
        })
    }
}

fn limits(change: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::default();
    change(&mut limits);
    limits
}

#[tokio::test]
async fn a_full_memory_refuses_and_forgets_nothing() {
    let scene = Scene::with(|api| api.limits(limits(|limits| limits.max_replay_entries = 2))).await;
    let token = scene.bound();
    let proofs: Vec<_> = (0..3).map(|_| scene.proof("/", &token).sign()).collect();
    scene.ask("/", &token, &proofs[0]).await.assert_passed("the first");
    scene.ask("/", &token, &proofs[1]).await.assert_passed("the second");
    scene.ask("/", &token, &proofs[2]).await.assert_unavailable(REPLAY_STORE_DOWN, "no room for the third");
    for used in &proofs[..2] {
        let answer = scene.ask("/", &token, used).await;
        answer.assert_refused(&REPLAYED, "still known");
    }
    let bearer = scene.request(Method::GET, "/").bearer_auth(scene.mint().sign());
    Answer::to(bearer).await.assert_passed("bearer tokens have nothing to do with it");
}

#[tokio::test]
async fn a_shared_store_that_fails_refuses() {
    for (case, mood) in [("down", Mood::Down), ("full", Mood::Full), ("silent", Mood::Silent)] {
        let store = Staged::new(mood);
        let quick = limits(|limits| limits.fetch_timeout = Duration::from_secs(2));
        let scene = Scene::with(|api| api.replay_store(Arc::clone(&store)).limits(quick)).await;
        let token = scene.bound();
        let proof = scene.proof("/", &token).sign();
        scene.ask("/", &token, &proof).await.assert_unavailable(REPLAY_STORE_DOWN, case);
        assert_eq!(store.asked(), 1, "{case}: a claim is never repeated");
        let bearer = scene.request(Method::GET, "/").bearer_auth(scene.mint().sign());
        Answer::to(bearer).await.assert_passed("bearer tokens have nothing to do with it");
        assert_eq!(store.asked(), 1, "{case}");
    }
}

#[tokio::test]
async fn two_apis_with_one_store_accept_a_proof_once() {
    let store = Staged::working(100);
    // Two machines behind one name, which both know by configuration.
    let machine = || {
        Scene::with(|api| {
            let api = api.public_origin("https://api.example.com");
            api.replay_store(Arc::clone(&store))
        })
    };
    let (one, two) = (machine().await, machine().await);
    let key = &one.key;
    let proof = key.proof("GET", "https://api.example.com/").jti("1");
    let mut answers = Vec::new();
    for scene in [&one, &two] {
        let token = scene.mint().bound_to_key(key.thumbprint()).sign();
        answers.push(scene.ask("/", &token, &proof.clone().access_token(&token).sign()).await);
    }
    answers[0].assert_passed("at one");
    answers[1].assert_refused(&REPLAYED, "at the other");
}

#[tokio::test]
async fn only_a_request_that_is_good_otherwise_asks_the_store() {
    let store = Staged::working(100);
    let scene = Scene::with(|api| api.replay_store(Arc::clone(&store))).await;
    let token = scene.bound();
    let wrong = scene.proof("/", &token).claim("htm", "POST").sign();
    assert_eq!(scene.ask("/", &token, &wrong).await.code(), Some("proof_method_mismatch"));
    assert_eq!(store.asked(), 0);
    scene.ask("/", &token, &scene.proof("/", &token).sign()).await.assert_passed("a good one");
    assert_eq!(store.asked(), 1);
}

#[tokio::test]
async fn a_revoked_token_is_refused_from_the_next_request_on() {
    let list = Arc::new(RevocationList::new(10));
    let routes = |api: &bearward_axum::ResourceServer| {
        let by_scope = get(info).route_layer(api.require(scope("a")).unwrap());
        Router::new().route("/", get(info)).layer(api.layer()).route("/scope", by_scope)
    };
    let scene = Scene::of(|api| api.revocation_list(Arc::clone(&list)), routes).await;
    let issuer = scene.issuer.url();
    let far = NumericDate::from_seconds(4e9).unwrap();
    let now = NumericDate::from_seconds(1.7e9).unwrap();
    for (case, revocation) in [
        ("jti", Revocation::token_id(issuer, "t-jti")),
        ("sid", Revocation::session(issuer, "s-sid")),
        ("sub", Revocation::subject(issuer, "u-sub")),
        ("client_id", Revocation::client(issuer, "c-client_id")),
    ] {
        let token = || scene.mint().scope("a").jti("t").session("s").subject("u").client_id("c");
        let marked = match case {
            "jti" => token().jti("t-jti"),
            "sid" => token().session("s-sid"),
            "sub" => token().subject("u-sub"),
            _ => token().client_id("c-client_id"),
        };
        let (marked, other) = (marked.sign(), token().sign());
        let ask =
            async |path, token: &str| Answer::to(scene.request(Method::GET, path).bearer_auth(token)).await;
        ask("/", &marked).await.assert_passed("before");
        list.revoke(&revocation, far, now).unwrap();
        for path in ["/", "/scope"] {
            ask(path, &marked).await.assert_refused(&REVOKED, case);
            ask(path, &other).await.assert_passed("another token");
        }
        list.lift(&revocation);
        ask("/", &marked).await.assert_passed("taken back");
    }
}

#[tokio::test]
async fn a_revoked_bound_token_is_refused_under_its_own_scheme_and_uses_no_proof_up() {
    let list = Arc::new(RevocationList::new(10));
    let scene = Scene::with(|api| api.revocation_list(Arc::clone(&list))).await;
    let token = scene.mint().jti("t").bound_to_key(scene.key.thumbprint()).sign();
    let revocation = Revocation::token_id(scene.issuer.url(), "t");
    let far = NumericDate::from_seconds(4e9).unwrap();
    list.revoke(&revocation, far, NumericDate::from_seconds(1.7e9).unwrap()).unwrap();
    let proof = scene.proof("/", &token).sign();
    let refused = scene.ask("/", &token, &proof).await;
    refused.assert_refused(&Refusal { blamed: Blamed::Dpop, ..REVOKED }, "revoked");
    list.lift(&revocation);
    scene.ask("/", &token, &proof).await.assert_passed("the proof was not used");
}

/// A revocation store that knows one subject, of whatever issuer it is told of, or is down.
struct Shared {
    issuer: Arc<OnceLock<String>>,
    subject: Result<&'static str, StoreError>,
}

impl RevocationStore for Shared {
    fn entries<'s>(&'s self, query: &'s RevocationQuery) -> StoreFuture<'s, Vec<RevocationEntry>> {
        Box::pin(async move {
            let revocation = Revocation::subject(self.issuer.get().unwrap(), self.subject.clone()?);
            let revoked = query.keys().any(|key| *key == revocation.key());
            Ok(revoked.then(|| revocation.entry()).into_iter().collect())
        })
    }
}

#[tokio::test]
async fn a_shared_revocation_store_that_is_down_refuses() {
    let issuer = Arc::new(OnceLock::from(String::new()));
    let down = Shared { issuer, subject: Err(StoreError::Unavailable("staged".to_owned())) };
    let scene = Scene::with(|api| api.revocation_store(down)).await;
    let bearer = scene.request(Method::GET, "/").bearer_auth(scene.mint().sign());
    let expected = (
        503,
        "revocation_store_unavailable",
        "this resource cannot check at the moment whether the access token was revoked",
    );
    Answer::to(bearer).await.assert_unavailable(expected, "down");
}

#[tokio::test]
async fn a_shared_revocation_store_is_asked_about_every_token_and_before_the_replay_store() {
    let proofs = Staged::working(10);
    let issuer = Arc::new(OnceLock::new());
    let shared = Shared { issuer: Arc::clone(&issuer), subject: Ok("gone") };
    let scene = Scene::with(|api| api.revocation_store(shared).replay_store(Arc::clone(&proofs))).await;
    issuer.set(scene.issuer.url().to_owned()).unwrap();
    let tokens = ["here", "gone"]
        .map(|subject| (subject, scene.mint().subject(subject).bound_to_key(scene.key.thumbprint()).sign()));
    for (subject, token) in tokens.iter().chain(&tokens) {
        let answer = scene.ask("/", token, &scene.proof("/", token).sign()).await;
        match *subject {
            "gone" => answer.assert_refused(&Refusal { blamed: Blamed::Dpop, ..REVOKED }, subject),
            _ => answer.assert_passed(subject),
        }
    }
    assert_eq!(proofs.asked(), 2, "no claim for a token that is refused anyway");
}
