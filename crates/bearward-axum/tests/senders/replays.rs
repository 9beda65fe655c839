//! RFC 9449 §11.1: a proof passes once.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use bearward_axum::Protect;
use bearward_axum::requirement::scope;
use bearward_issuer::{Algorithm, DpopKey};
use tokio::sync::Barrier;

use crate::nonces::Clock;
use crate::support::{Answer, REPLAYED, Refusal, Scene, info};

#[tokio::test]
async fn a_proof_passes_once() {
    let scene = Scene::with(|api| api).await;
    let token = scene.bound();
    let proof = scene.proof("/", &token).sign();
    scene.ask("/", &token, &proof).await.assert_passed("the first time");
    for _ in 0..3 {
        scene.ask("/", &token, &proof).await.assert_refused(&REPLAYED, "again");
    }
    scene.ask("/", &token, &scene.proof("/", &token).sign()).await.assert_passed("another one");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_senders_at_once_exactly_one_passes() {
    let scene = Arc::new(Scene::with(|api| api).await);
    let token = scene.bound();
    // The keys are fetched before, so that nobody waits for them.
    scene.ask("/", &token, &scene.proof("/", &token).sign()).await.assert_passed("warm");
    let proof = scene.proof("/", &token).sign();
    let start = Arc::new(Barrier::new(64));
    let senders: Vec<_> = (0..64)
        .map(|_| {
            let (scene, start) = (Arc::clone(&scene), Arc::clone(&start));
            let request = scene.get("/", &token, &proof);
            tokio::spawn(async move {
                start.wait().await;
                Answer::to(request).await
            })
        })
        .collect();
    let mut passed = 0;
    for sender in senders {
        let answer = sender.await.unwrap();
        match answer.code() {
            None => {
                answer.assert_passed("the one");
                passed += 1;
            }
            Some(_) => answer.assert_refused(&REPLAYED, "one of the others"),
        }
    }
    assert_eq!(passed, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_senders_that_wait_for_keys_exactly_one_passes() {
    let scene = Arc::new(Scene::with(|api| api).await);
    let token = scene.bound();
    let proof = scene.proof("/", &token).sign();
    let senders: Vec<_> = (0..64).map(|_| tokio::spawn(Answer::to(scene.get("/", &token, &proof)))).collect();
    let mut passed = 0;
    for sender in senders {
        let answer = sender.await.unwrap();
        passed += usize::from(answer.code().is_none());
        if answer.code().is_some() {
            answer.assert_refused(&REPLAYED, "one of the others");
        }
    }
    assert_eq!(passed, 1);
}

#[tokio::test]
async fn two_clients_may_choose_the_same_jti() {
    let scene = Scene::with(|api| api).await;
    let other = DpopKey::generate(Algorithm::Es256);
    let token = scene.bound();
    let others = scene.mint().bound_to_key(other.thumbprint()).sign();
    let proof = scene.proof("/", &token).jti("1").sign();
    scene.ask("/", &token, &proof).await.assert_passed("one client");
    let proof = other.proof("GET", &scene.url("/")).access_token(&others).jti("1").sign();
    scene.ask("/", &others, &proof).await.assert_passed("the other");
    let changed = scene.proof("/", &token).jti("1").issued_in(-1).sign();
    scene.ask("/", &token, &changed).await.assert_refused(&REPLAYED, "the same client, another proof");
}

#[tokio::test]
async fn another_token_of_the_same_key_does_not_make_a_jti_new() {
    let scene = Scene::with(|api| api).await;
    let (first, second) = (scene.bound(), scene.bound());
    scene.ask("/", &first, &scene.proof("/", &first).jti("1").sign()).await.assert_passed("the first token");
    let reused = scene.proof("/", &second).jti("1").sign();
    scene.ask("/", &second, &reused).await.assert_refused(&REPLAYED, "the second");
}

#[tokio::test]
async fn a_proof_from_the_future_is_remembered_for_as_long_as_it_could_pass() {
    let clock = Clock::standing();
    let scene = Scene::with(|api| clock.govern(api)).await;
    let token = scene.bound();
    let proof = scene.proof("/", &token).issued_in(20).sign();
    scene.ask("/", &token, &proof).await.assert_passed("20 seconds ahead");
    for ahead in [1, 30, 299, 301, 315] {
        clock.set(ahead);
        scene.ask("/", &token, &proof).await.assert_refused(&REPLAYED, &format!("{ahead} seconds later"));
    }
    clock.set(360);
    let too_old = Refusal::of_proof("proof_too_old", "the DPoP proof is too old");
    scene.ask("/", &token, &proof).await.assert_refused(&too_old, "when it is too old anyway");
}

#[tokio::test]
async fn a_proof_that_was_refused_was_not_used() {
    let scene = Scene::with(|api| api).await;
    let token = scene.bound();
    let proof = scene.proof("/", &token).sign();
    let stolen = scene.mint().sign();
    assert_eq!(scene.ask("/", &stolen, &proof).await.code(), Some("token_not_bound"));
    assert_eq!(scene.ask("/?x", "x.y.z", &proof).await.code(), Some("token_malformed"));
    scene.ask("/", &token, &proof).await.assert_passed("the one it was made for");
}

/// Each layer asks for a valid token, and the proof is claimed by the outermost alone.
#[tokio::test]
async fn a_proof_passes_every_layer_of_its_request() {
    let scene = Scene::of(
        |api| api,
        |api| {
            let inner = api.require(scope("a")).unwrap();
            let other = api.require(scope("b")).unwrap();
            Router::new()
                .route("/a", get(info).route_layer(inner))
                .route("/b", get(info).route_layer(other))
                .layer(api.layer())
                .layer(api.optional_layer())
        },
    )
    .await;
    let token = scene.mint().scope("a").bound_to_key(scene.key.thumbprint()).sign();
    let proof = scene.proof("/a", &token).sign();
    scene.ask("/a", &token, &proof).await.assert_passed("the first time");
    scene.ask("/a", &token, &proof).await.assert_refused(&REPLAYED, "again");
    // What the inner layer requires counts all the same.
    let denied = scene.ask("/b", &token, &scene.proof("/b", &token).sign()).await;
    assert_eq!(denied.code(), Some("insufficient_scope"));
}
