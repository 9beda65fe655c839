//! Routes that forward a request to the next one.

use bearward_issuer::{Algorithm, DpopKey};
use bearward_rocket::requirement::scope;
use bearward_rocket::{Authorized, Bearward, Protect, public};
use reqwest::Method;
use rocket::fairing::AdHoc;
use rocket::http::Status;
use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest};
use rocket::{Request, get, routes};

use crate::scene::{answer, build, scene, scene_of, usual};

/// A request guard that forwards.
struct Never;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Never {
    type Error = ();

    async fn from_request(_: &'r Request<'_>) -> request::Outcome<Self, ()> {
        Outcome::Forward(Status::NotFound)
    }
}

#[get("/first", rank = 1)]
fn first(_never: Never) -> &'static str {
    "first"
}

#[get("/first", rank = 2)]
fn second(token: Option<Authorized>) -> &'static str {
    if token.is_some() { "second, with a token" } else { "second" }
}

#[get("/<number>")]
fn number(number: u32) -> String {
    number.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_route_that_is_tried_is_checked_by_what_it_says() {
    let scene = scene(|rocket, api| {
        let admin = api.require(scope("admin"), routes![second]).unwrap();
        rocket
            .mount("/token-admin", api.protect(routes![first]))
            .mount("/token-admin", admin)
            .mount("/token-public", api.protect(routes![first]))
            .mount("/token-public", public(routes![second]))
            .mount("/public-token", public(routes![first]))
            .mount("/public-token", api.protect(routes![second]))
    })
    .await;
    let (token, admin) = (scene.mint().sign(), scene.mint().scope("admin").sign());
    scene.get("/token-admin/first", None).await.assert_refused(401, "credential_missing");
    scene.get("/token-admin/first", Some(&token)).await.assert_refused(403, "insufficient_scope");
    scene.get("/token-admin/first", Some(&admin)).await.assert_passed("second, with a token");
    // A refusal is an answer: the request does not go on to the public route.
    scene.get("/token-public/first", None).await.assert_refused(401, "credential_missing");
    scene.get("/token-public/first", Some("x.y.z")).await.assert_refused(401, "token_malformed");
    // The public route does not see the token that another one let in.
    scene.get("/token-public/first", Some(&token)).await.assert_passed("second");
    scene.get("/public-token/first", None).await.assert_refused(401, "credential_missing");
    scene.get("/public-token/first", Some(&token)).await.assert_passed("second, with a token");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_is_used_once_for_all_routes_of_its_request() {
    let scene = scene(|rocket, api| rocket.mount("/", api.protect(routes![first, second]))).await;
    let key = DpopKey::generate(Algorithm::Es256);
    let token = scene.mint().bound_to_key(key.thumbprint()).sign();
    let proof = key.proof("GET", &format!("{}/first", scene.url)).access_token(&token).sign();
    let ask = || {
        let request = scene.request(Method::GET, "/first").header("authorization", format!("DPoP {token}"));
        answer(request.header("dpop", &proof))
    };
    ask().await.assert_passed("second, with a token");
    ask().await.assert_refused(401, "proof_replayed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_no_route_takes_in_the_end_is_for_catchers() {
    let scene = scene(|rocket, api| rocket.mount("/", api.protect(routes![number]))).await;
    let token = scene.mint().sign();
    scene.get("/7", Some(&token)).await.assert_passed("7");
    assert_eq!(scene.get("/seven", Some(&token)).await.status, 422);
    scene.get("/seven", None).await.assert_refused(401, "credential_missing");
    assert_eq!(scene.get("/nowhere/7", None).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protected_route_does_not_forward_to_one_that_says_nothing() {
    let scene = scene_of(usual, |api| {
        let later = AdHoc::on_ignite("later", |rocket| async { rocket.mount("/", routes![second]) });
        build().attach(Bearward::new()).attach(later).mount("/", api.protect(routes![first]))
    })
    .await;
    let token = scene.mint().sign();
    scene.get("/first", Some(&token)).await.assert_refused(500, "route_not_protected");
    scene.get("/first", None).await.assert_refused(401, "credential_missing");
}
