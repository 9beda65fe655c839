//! Guards whose refusal a handler, a guard of the application or a catcher makes something else of.

use std::sync::atomic::{AtomicUsize, Ordering};

use bearward_rocket::{Authorized, Bearward, Claims, Protect, Refused, public};
use rocket::http::Status;
use rocket::outcome::{Outcome, try_outcome};
use rocket::request::{self, FromRequest};
use rocket::{Request, Route, catch, catchers, get, routes};
use serde::Deserialize;

use crate::scene::{build, scene, scene_of, usual};

#[derive(Deserialize)]
struct Anything {}

/// How often a handler has run that has a token or claims of one.
static SEEN: AtomicUsize = AtomicUsize::new(0);

fn seen(found: bool) -> &'static str {
    SEEN.fetch_add(usize::from(found), Ordering::SeqCst);
    if found { "token" } else { "stranger" }
}

#[get("/plain")]
fn plain(_token: Authorized) -> &'static str {
    seen(true)
}

#[get("/option")]
fn option(token: Option<Authorized>) -> &'static str {
    seen(token.is_some())
}

#[get("/result")]
fn result(token: Result<Authorized, Refused>) -> &'static str {
    seen(token.is_ok())
}

#[get("/claims")]
fn claims(_claims: Claims<Anything>) -> &'static str {
    seen(true)
}

#[get("/option-claims")]
fn option_claims(claims: Option<Claims<Anything>>) -> &'static str {
    seen(claims.is_some())
}

#[get("/result-claims")]
fn result_claims(claims: Result<Claims<Anything>, Refused>) -> &'static str {
    seen(claims.is_ok())
}

/// A guard of the application that asks for the token, and passes its refusal on.
struct Member;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Member {
    type Error = Refused;

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, Refused> {
        let _token = try_outcome!(request.guard::<Authorized>().await);
        Outcome::Success(Self)
    }
}

#[get("/member")]
fn member(_member: Member) -> &'static str {
    seen(true)
}

/// A guard of the application that lets everybody through.
struct Anybody(bool);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Anybody {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, ()> {
        Outcome::Success(Self(request.guard::<Authorized>().await.is_success()))
    }
}

#[get("/anybody")]
fn anybody(anybody: Anybody) -> &'static str {
    seen(anybody.0)
}

fn all() -> Vec<Route> {
    routes![plain, option, result, claims, option_claims, result_claims, member, anybody]
}

const HARD: [&str; 3] = ["plain", "claims", "member"];
const SOFT: [&str; 5] = ["option", "result", "option-claims", "result-claims", "anybody"];

/// Answers every error with 200, and by what a guard of it finds.
#[catch(default)]
async fn generous(_: Status, request: &Request<'_>) -> (Status, &'static str) {
    let found = request.guard::<Authorized>().await.is_success();
    (Status::Ok, if found { "caught, with a token" } else { "caught" })
}

#[tokio::test(flavor = "multi_thread")]
async fn no_guard_in_any_wrapping_has_a_token_that_no_protection_let_in() {
    let scene = scene_of(usual, |api| {
        build()
            .attach(Bearward::new().public_where(|route| route.uri.base() == "/other"))
            .mount("/protected", api.protect(all()))
            .mount("/again", api.protect(all()))
            .mount("/optional", api.optional(all()))
            .mount("/public", public(all()))
            .mount("/other", all())
            .register("/", catchers![generous])
    })
    .await;
    let (good, expired) = (scene.mint().sign(), scene.mint().expires_in(-60).sign());
    let bad = [Some("x.y.z"), Some(expired.as_str())];
    for path in HARD.iter().chain(&SOFT) {
        for base in ["protected", "again"] {
            scene.get(&format!("/{base}/{path}"), None).await.assert_refused(401, "credential_missing");
        }
        for base in ["protected", "again", "optional"] {
            let path = format!("/{base}/{path}");
            scene.get(&path, bad[0]).await.assert_refused(401, "token_malformed");
            scene.get(&path, bad[1]).await.assert_refused(401, "token_expired");
        }
        for token in [None, bad[0], bad[1], Some(&good)] {
            let other = scene.get(&format!("/other/{path}"), token).await;
            other.assert_refused(500, "route_not_protected");
        }
    }
    for path in HARD {
        scene.get(&format!("/optional/{path}"), None).await.assert_refused(401, "credential_missing");
        for token in [None, bad[0], bad[1], Some(&good)] {
            let public = scene.get(&format!("/public/{path}"), token).await;
            public.assert_refused(500, "route_not_protected");
        }
    }
    for path in SOFT {
        scene.get(&format!("/optional/{path}"), None).await.assert_passed("stranger");
        for token in [None, bad[0], bad[1], Some(&good)] {
            scene.get(&format!("/public/{path}"), token).await.assert_passed("stranger");
        }
    }
    assert_eq!(SEEN.load(Ordering::SeqCst), 0);
    for path in HARD.iter().chain(&SOFT) {
        for base in ["protected", "again", "optional"] {
            scene.get(&format!("/{base}/{path}"), Some(&good)).await.assert_passed("token");
        }
    }
}

/// Whether a request that sends a good token has a challenge, in every way that a guard can refuse.
#[tokio::test(flavor = "multi_thread")]
async fn the_challenge_of_a_guard_reaches_the_client_whatever_the_catchers() {
    let scene =
        scene(|rocket, api| rocket.mount("/", api.optional(all())).register("/", catchers![generous])).await;
    for path in HARD {
        let answer = scene.get(&format!("/{path}"), None).await;
        answer.assert_refused(401, "credential_missing");
        let challenges = answer.headers.get_all("www-authenticate").iter();
        let challenges: Vec<_> = challenges.map(|challenge| challenge.to_str().unwrap()).collect();
        assert_eq!(challenges[0], r#"Bearer realm="api""#, "{path}");
        assert!(challenges[1].starts_with(r#"DPoP realm="api", algs=""#), "{challenges:?}");
    }
}

#[get("/breaks")]
fn breaks(token: Option<Authorized>) -> Result<&'static str, Status> {
    token.map(|_| "token").ok_or(Status::InternalServerError)
}

#[get("/refuses")]
fn refuses(_anybody: Anybody, token: Option<Authorized>) -> Result<&'static str, Status> {
    token.map(|_| "token").ok_or(Status::Unauthorized)
}

#[catch(default)]
fn own(status: Status, _: &Request<'_>) -> String {
    format!("own {}", status.code)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_of_the_handler_itself_is_no_refusal_of_its_guard() {
    let scene = scene(|rocket, api| {
        rocket
            .mount("/public", public(routes![breaks, refuses]))
            .mount("/optional", api.optional(routes![breaks, refuses]))
            .register("/", catchers![own])
    })
    .await;
    for base in ["public", "optional"] {
        for (path, status) in [("breaks", 500), ("refuses", 401)] {
            let answer = scene.get(&format!("/{base}/{path}"), None).await;
            assert_eq!((answer.status, answer.body), (status, format!("own {status}")));
            assert!(!answer.headers.contains_key("failure-code"), "{base} {path}");
            assert!(!answer.headers.contains_key("www-authenticate"), "{base} {path}");
        }
    }
}

struct Onwards;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Onwards {
    type Error = ();

    async fn from_request(_: &'r Request<'_>) -> request::Outcome<Self, ()> {
        Outcome::Forward(Status::NotFound)
    }
}

#[get("/hello", rank = 1)]
fn first(_token: Option<Authorized>, _onwards: Onwards) -> &'static str {
    "first"
}

#[get("/hello", rank = 2)]
fn second() -> &'static str {
    "second"
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_route_refused_before_it_forwarded_is_no_refusal_of_the_next() {
    let scene = scene_of(usual, |api| {
        let fairing = Bearward::new().public_where(|route| route.rank == 2);
        build().attach(fairing).mount("/", api.optional(routes![first])).mount("/", routes![second])
    })
    .await;
    scene.get("/hello", None).await.assert_passed("second");
}

/// A guard of the application that asks once for each request.
struct Remembering;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Remembering {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, ()> {
        let refused = request.local_cache_async(async {
            match request.guard::<Authorized>().await {
                Outcome::Error((status, _)) => Some(status),
                _ => None,
            }
        });
        refused.await.map_or(Outcome::Success(Self), |status| Outcome::Error((status, ())))
    }
}

#[get("/kept", rank = 1)]
fn asks(_remembering: Option<Remembering>, _onwards: Onwards) -> &'static str {
    seen(true)
}

#[get("/kept", rank = 2)]
fn remembers(_remembering: Remembering) -> &'static str {
    seen(true)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_that_a_guard_of_the_application_keeps_is_one_in_the_next_route_too() {
    let scene = scene_of(usual, |api| {
        build()
            .attach(Bearward::new().public_where(|route| route.uri.base() == "/other" && route.rank == 2))
            .mount("/", api.optional(routes![asks, remembers]))
            .mount("/other", api.optional(routes![asks]))
            .mount("/other", routes![remembers])
            .register("/", catchers![own])
    })
    .await;
    scene.get("/kept", None).await.assert_refused(401, "credential_missing");
    scene.get("/other/kept", None).await.assert_refused(500, "route_not_protected");
}

#[get("/missing")]
fn missing() -> Status {
    Status::NotFound
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guard_in_a_catcher_has_the_token_of_the_route_that_answered_and_no_other() {
    let scene = scene(|rocket, api| {
        rocket
            .mount("/protected", api.protect(routes![missing]))
            .mount("/optional", api.optional(routes![missing]))
            .mount("/public", public(routes![missing]))
            .register("/", catchers![generous])
    })
    .await;
    let good = scene.mint().sign();
    for (path, token, expected) in [
        ("/protected/missing", Some(good.as_str()), "caught, with a token"),
        ("/optional/missing", Some(&good), "caught, with a token"),
        ("/optional/missing", None, "caught"),
        ("/public/missing", Some(&good), "caught"),
        ("/public/missing", None, "caught"),
        ("/nowhere", Some(&good), "caught"),
        ("/nowhere", Some("x.y.z"), "caught"),
    ] {
        scene.get(path, token).await.assert_passed(expected);
    }
    scene.get("/protected/missing", Some("x.y.z")).await.assert_refused(401, "token_malformed");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_fairing_no_guard_that_rocket_does_not_see_finds_a_token() {
    let scene = scene_of(usual, |api| {
        // A sentinel keeps guards of handlers from launching; it does not see those that a guard or a catcher asks for.
        build()
            .mount("/", routes![anybody])
            .mount("/", api.protect(routes![missing]))
            .register("/", catchers![generous])
    })
    .await;
    let good = scene.mint().sign();
    for token in [None, Some("x.y.z"), Some(&good)] {
        scene.get("/anybody", token).await.assert_passed("stranger");
        scene.get("/missing", token).await.assert_refused(500, "route_not_protected");
        scene.get("/nowhere", token).await.assert_passed("caught");
    }
}
