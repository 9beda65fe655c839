//! Routes that forward a request to the next one.

use bearward_issuer::{Algorithm, DpopKey, RunningIssuer};
use bearward_rocket::bearward_tower::bearward::token::OrganizationClaim;
use bearward_rocket::requirement::{organization, scope};
use bearward_rocket::{Authorized, Bearward, Protect, ResourceServer, public};
use reqwest::Method;
use rocket::http::Status;
use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest};
use rocket::{Build, Request, Rocket, get, routes};

use crate::scene::{AUDIENCE, answer, build, scene, scene_of};

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

#[get("/<_org>/<number>", rank = 1)]
fn of_organization(_org: &str, number: u32) -> String {
    number.to_string()
}

#[get("/<_name>/<slug>", rank = 2)]
fn of_all(_name: &str, slug: &str) -> String {
    slug.to_owned()
}

#[get("/<_name>/<_slug>", rank = 2)]
fn acting(_name: &str, _slug: &str, token: Authorized) -> String {
    token.organization().unwrap_or("?").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_that_one_route_confirms_is_not_confirmed_for_the_next() {
    let scene = scene(|rocket, api| {
        let of_path = || organization().logto_permissions().from_path("_org");
        let nested = api.require(of_path(), routes![of_organization]).unwrap();
        let nested = api.require(of_path(), nested).unwrap();
        let optional = api.optional(routes![of_all]);
        rocket
            .mount("/all", api.require(of_path(), routes![of_organization]).unwrap())
            .mount("/all", api.protect(routes![of_all]))
            .mount("/optional", api.require(of_path(), routes![of_organization]).unwrap())
            .mount("/optional", optional)
            .mount("/nested", nested)
    })
    .await;
    let token = scene.issuer.mint().audience("urn:logto:organization:evil").sign();
    scene.get("/all/evil/7", Some(&token)).await.assert_passed("7");
    scene.get("/nested/evil/7", Some(&token)).await.assert_passed("7");
    scene.get("/all/evil/abc", Some(&token)).await.assert_refused(401, "audience_mismatch");
    scene.get("/optional/evil/abc", Some(&token)).await.assert_refused(401, "audience_mismatch");
    // A refusal is an answer: the request does not go on to the route that would let it in.
    scene.get("/all/evil/abc", Some(&scene.mint().sign())).await.assert_refused(401, "organization_missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_several_organizations_is_chosen_for_its_route_alone() {
    let api = |issuer: &RunningIssuer| {
        let api = ResourceServer::builder().issuer(issuer.url()).audience(AUDIENCE);
        api.organization_claim(OrganizationClaim::several("organizations")).build().unwrap()
    };
    let scene = scene_of(api, |api| {
        let chosen = api.require(organization().from_path("_org"), routes![of_organization]).unwrap();
        build().attach(Bearward::new()).mount("/", chosen).mount("/", api.protect(routes![acting]))
    })
    .await;
    let token = scene.mint().claim("organizations", serde_json::json!(["a", "b"])).sign();
    scene.get("/a/7", Some(&token)).await.assert_passed("7");
    scene.get("/a/abc", Some(&token)).await.assert_passed("?");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_is_used_once_also_where_each_route_confirms_an_organization() {
    let scene = scene(|rocket, api| {
        let of = |parameter: &str| organization().logto_permissions().from_path(parameter);
        let first = |rocket: Rocket<Build>, base: &'static str| {
            rocket.mount(base, api.require(of("_org"), routes![of_organization]).unwrap())
        };
        let rocket =
            first(rocket, "/same").mount("/same", api.require(of("_name"), routes![of_all]).unwrap());
        let rocket =
            first(rocket, "/other").mount("/other", api.require(of("slug"), routes![of_all]).unwrap());
        first(rocket, "/all").mount("/all", api.protect(routes![of_all]))
    })
    .await;
    let key = DpopKey::generate(Algorithm::Es256);
    let token =
        scene.issuer.mint().audience("urn:logto:organization:a").bound_to_key(key.thumbprint()).sign();
    let proof_for =
        |path: &str| key.proof("GET", &format!("{}{path}", scene.url)).access_token(&token).sign();
    let ask = async |path: &str, proof: &str| {
        let request = scene.request(Method::GET, path).header("authorization", format!("DPoP {token}"));
        answer(request.header("dpop", proof)).await
    };
    ask("/same/a/7", &proof_for("/same/a/7")).await.assert_passed("7");
    let proof = proof_for("/same/a/abc");
    ask("/same/a/abc", &proof).await.assert_passed("abc");
    ask("/same/a/abc", &proof).await.assert_refused(401, "proof_replayed");
    // Each route confirms by its own parameter. A route without that requirement confirms no organization.
    ask("/other/a/a", &proof_for("/other/a/a")).await.assert_passed("a");
    ask("/other/a/b", &proof_for("/other/a/b")).await.assert_refused(403, "organization_mismatch");
    ask("/all/a/7", &proof_for("/all/a/7")).await.assert_passed("7");
    ask("/all/a/abc", &proof_for("/all/a/abc")).await.assert_refused(401, "audience_mismatch");
}
