//! DPoP proofs: what Rocket makes of a request, and what a response has for the next one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use bearward_issuer::{Algorithm, DpopKey};
use bearward_rocket::bearward_tower::ProtectLayer;
use bearward_rocket::bearward_tower::bearward::check::DpopNonces;
use bearward_rocket::bearward_tower::bearward::wire::Now;
use bearward_rocket::{Bearward, DpopPolicy, Protect, ProtectRoutes, ResourceServer};
use reqwest::Method;
use rocket::http::{Header, Status};
use rocket::{Responder, get, routes};

use crate::scene::{AUDIENCE, Answer, Scene, answer, build, scene, scene_of};

#[get("/hello")]
fn hello() -> &'static str {
    "hello"
}

#[get("/missing")]
fn missing() -> Status {
    Status::NotFound
}

#[derive(Responder)]
struct Cached {
    body: &'static str,
    caching: Header<'static>,
}

#[get("/cached")]
fn cached() -> Cached {
    Cached { body: "mine", caching: Header::new("Cache-Control", "no-store") }
}

/// A request with a proof for `htm` that is made so many seconds from now.
async fn ask(
    scene: &Scene,
    method: Method,
    path: &str,
    htm: &str,
    ahead: u64,
    nonce: Option<&str>,
) -> Answer {
    let key = DpopKey::generate(Algorithm::Es256);
    let token = scene.mint().bound_to_key(key.thumbprint()).sign();
    let proof = key.proof(htm, &format!("{}{path}", scene.url)).access_token(&token);
    let proof = proof.issued_in(ahead.try_into().unwrap());
    let proof = match nonce {
        Some(nonce) => proof.nonce(nonce),
        None => proof,
    };
    let request = scene.request(method, path).header("authorization", format!("DPoP {token}"));
    answer(request.header("dpop", proof.sign())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_rocket_makes_a_get_of_needs_a_proof_for_head() {
    let scene = scene(|rocket, api| rocket.mount("/", api.protect(routes![hello]))).await;
    ask(&scene, Method::GET, "/hello", "GET", 0, None).await.assert_passed("hello");
    ask(&scene, Method::HEAD, "/hello", "HEAD", 0, None).await.assert_passed("");
    for (method, htm) in [(Method::HEAD, "GET"), (Method::GET, "HEAD")] {
        ask(&scene, method, "/hello", htm, 0, None).await.assert_refused(401, "proof_method_mismatch");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_has_the_next_nonce_also_where_a_catcher_makes_it() {
    let (made, ahead) = (SystemTime::UNIX_EPOCH.elapsed().unwrap(), Arc::new(AtomicU64::new(0)));
    let clock = Arc::clone(&ahead);
    let api = |issuer: &bearward_issuer::RunningIssuer| {
        let nonces = DpopPolicy::accepted().nonces(DpopNonces::random().unwrap());
        let api = ResourceServer::builder().issuer(issuer.url()).audience(AUDIENCE).dpop(nonces);
        let read = move || {
            let now = made + Duration::from_secs(clock.load(Ordering::SeqCst));
            Now::new(now, now)
        };
        // Tokens and proofs are made by the clock of the machine, which has moved on.
        api.clock(read).clock_tolerance(Duration::from_secs(60)).build().unwrap()
    };
    let scene =
        scene_of(api, |api| build().attach(Bearward::new()).mount("/", api.protect(routes![hello, missing])))
            .await;
    let refused = ask(&scene, Method::GET, "/hello", "GET", 0, None).await;
    refused.assert_refused(401, "proof_nonce_required");
    assert_eq!(refused.headers.get_all("dpop-nonce").iter().count(), 1);
    let nonce = refused.headers["dpop-nonce"].to_str().unwrap();
    let granted = ask(&scene, Method::GET, "/hello", "GET", 0, Some(nonce)).await;
    granted.assert_passed("hello");
    assert!(!granted.headers.contains_key("dpop-nonce"), "it is still the one to use");
    ahead.store(100, Ordering::SeqCst);
    for (path, status) in [("/hello", 200), ("/missing", 404)] {
        let ageing = ask(&scene, Method::GET, path, "GET", 100, Some(nonce)).await;
        assert_eq!(ageing.status, status);
        assert_ne!(ageing.headers["dpop-nonce"], nonce);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_to_a_token_that_caches_do_not_know_of_is_private_unless_the_handler_says_more() {
    let scene = scene(|rocket, api| {
        let layer = ProtectLayer::new(api.clone()).dangerously_allow_query_tokens().unwrap();
        rocket.mount("/", ProtectRoutes::new(layer).around(routes![hello, missing, cached]))
    })
    .await;
    let token = scene.mint().sign();
    let caching = async |path: &str| {
        let answer = scene.get(&format!("{path}?access_token={token}"), None).await;
        answer.headers["cache-control"].to_str().unwrap().to_owned()
    };
    assert_eq!(caching("/hello").await, "private");
    assert_eq!(caching("/missing").await, "private");
    assert_eq!(caching("/cached").await, "no-store");
    let usual = scene.get("/hello", Some(&token)).await;
    usual.assert_passed("hello");
    assert!(!usual.headers.contains_key("cache-control"));
}
