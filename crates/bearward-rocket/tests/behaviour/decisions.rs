//! What routes let in, and what a refusal looks like.

use std::sync::atomic::{AtomicUsize, Ordering};

use bearward_issuer::ClientCertificate;
use bearward_rocket::bearward_tower::ProtectLayer;
use bearward_rocket::requirement::{organization, scope};
use bearward_rocket::{
    Answer, Authorized, Claims, ClientConnection, Failure, Protect, ProtectRoutes, Refused, ResourceServer,
    public, set_connection,
};
use http::request::Parts;
use reqwest::Method;
use rocket::fairing::AdHoc;
use rocket::fs::FileServer;
use rocket::http::Status;
use rocket::request::{self, FromRequest};
use rocket::response::stream::TextStream;
use rocket::serde::json::Json;
use rocket::{Build, Rocket, catch, catchers, delete, get, post, routes};

use crate::scene::{answer, scene};

#[derive(serde::Deserialize)]
struct Wanted {
    department: String,
}

#[get("/name")]
fn name(token: Authorized) -> String {
    token.subject().unwrap_or("?").to_owned()
}

#[get("/department")]
fn department(claims: Claims<Wanted>) -> String {
    claims.department.clone()
}

/// How often a handler has run that takes a guard for claims in another type.
static FITS: AtomicUsize = AtomicUsize::new(0);

#[get("/perhaps")]
fn perhaps(claims: Option<Claims<Wanted>>) -> String {
    FITS.fetch_add(1, Ordering::SeqCst);
    claims.map_or_else(|| "stranger".to_owned(), |claims| claims.department.clone())
}

#[get("/result")]
fn result(claims: Result<Claims<Wanted>, Refused>) -> &'static str {
    FITS.fetch_add(1, Ordering::SeqCst);
    if claims.is_ok() { "fits" } else { "fits not" }
}

/// A guard of the application, which asks for claims by the way.
struct Own;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Own {
    type Error = ();

    async fn from_request(request: &'r rocket::Request<'_>) -> request::Outcome<Self, ()> {
        let _ = request.guard::<Claims<Wanted>>().await;
        request::Outcome::Success(Self)
    }
}

#[get("/own")]
fn own(_own: Own) -> &'static str {
    FITS.fetch_add(1, Ordering::SeqCst);
    "own"
}

#[get("/greet")]
fn greet(token: Option<Authorized>) -> &'static str {
    if token.is_some() { "friend" } else { "stranger" }
}

#[get("/handled")]
fn handled(token: Result<Authorized, Refused>) -> Result<&'static str, Refused> {
    token.map(|_| "friend")
}

#[get("/hello")]
fn hello() -> &'static str {
    "hello"
}

#[get("/panics")]
fn panics() -> &'static str {
    panic!("a handler that panics")
}

#[get("/missing")]
fn missing() -> Status {
    Status::NotFound
}

#[get("/<org>/members")]
fn members(org: &str) -> String {
    org.to_owned()
}

#[get("/<path..>")]
fn all_below(path: std::path::PathBuf) -> String {
    path.display().to_string()
}

#[get("/stream")]
fn stream() -> TextStream![&'static str] {
    TextStream! {
        yield "one ";
        yield "two";
    }
}

/// How often a handler, or a guard of a body, has run.
static RUNS: AtomicUsize = AtomicUsize::new(0);

#[post("/transfer", data = "<amount>")]
fn transfer(_token: Option<Authorized>, amount: Json<u32>) -> String {
    RUNS.fetch_add(1, Ordering::SeqCst);
    amount.to_string()
}

#[delete("/transfer")]
fn undo() -> &'static str {
    "undone"
}

/// Catchers that make a success of everything.
#[catch(default)]
fn welcome(_: Status, _: &rocket::Request<'_>) -> (Status, &'static str) {
    (Status::Ok, "welcome")
}

fn mount(rocket: Rocket<Build>, api: &ResourceServer) -> Rocket<Build> {
    let custom = ProtectRoutes::new(ProtectLayer::new(api.clone())).respond_with(
        |failure: &Failure, answer: Answer, head: &Parts| {
            let text = format!("{} {}", head.uri.path(), failure.code());
            let mut response = http::Response::new(text.into_bytes());
            *response.status_mut() = answer.status;
            *response.headers_mut() = answer.headers;
            response
        },
    );
    let member = organization().logto_permissions().from_path("org").and(scope("read:member"));
    let below = organization().from_path("path");
    rocket
        .mount("/", public(routes![hello]))
        .mount("/api", api.protect(routes![name, department, hello, missing, stream]))
        .mount("/api", api.protect(routes![transfer, undo]))
        .mount("/messages", api.require(scope("read:messages"), routes![name]).unwrap())
        .mount("/admin", api.require(scope("admin"), api.protect(routes![name])).unwrap())
        .mount("/optional", api.optional(routes![greet, name, handled, perhaps, result, own]))
        .mount("/nested", api.protect(api.optional(routes![perhaps])))
        .mount("/files", api.protect(FileServer::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))))
        .mount("/custom", custom.around(routes![department]))
        .mount("/organizations", api.require(member, routes![members]).unwrap())
        .mount("/below", api.require(below, routes![all_below]).unwrap())
        .register("/", catchers![welcome])
}

#[tokio::test(flavor = "multi_thread")]
async fn routes_need_what_they_say() {
    let scene = scene(mount).await;
    let token = scene.mint().sign();
    let reader = scene.mint().scope("read:messages").sign();
    scene.get("/hello", None).await.assert_passed("hello");
    scene.get("/hello", Some("x.y.z")).await.assert_passed("hello");
    scene.get("/api/name", Some(&token)).await.assert_passed("test-client");
    scene.get("/api/hello", Some(&token)).await.assert_passed("hello");
    scene.get("/api/stream", Some(&token)).await.assert_passed("one two");
    for path in ["/api/name", "/api/hello", "/api/stream", "//api///name", "/api/%6eame"] {
        scene.get(path, None).await.assert_refused(401, "credential_missing");
        scene.get(path, Some("x.y.z")).await.assert_refused(401, "token_malformed");
    }
    let expired = scene.mint().expires_in(-60).sign();
    scene.get("/api/name", Some(&expired)).await.assert_refused(401, "token_expired");
    scene.get("/messages/name", Some(&reader)).await.assert_passed("test-client");
    scene.get("/messages/name", Some(&token)).await.assert_refused(403, "insufficient_scope");
    scene.get("/messages/name", None).await.assert_refused(401, "credential_missing");
    scene.get("/admin/name", Some(&reader)).await.assert_refused(403, "insufficient_scope");
    let admin = scene.mint().scope("admin").sign();
    scene.get("/admin/name", Some(&admin)).await.assert_passed("test-client");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_protected_like_routes() {
    let scene = scene(mount).await;
    for path in ["/files/lib.rs", "/files/none", "/files", "/files/%6cib.rs"] {
        scene.get(path, None).await.assert_refused(401, "credential_missing");
    }
    scene
        .get("/files/lib.rs", Some(&scene.mint().sign()))
        .await
        .assert_passed(include_str!("../../src/lib.rs"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_has_its_challenge_and_body_whatever_a_catcher_would_make_of_it() {
    let scene = scene(mount).await;
    let answer = scene.get("/messages/name", Some(&scene.mint().sign())).await;
    answer.assert_refused(403, "insufficient_scope");
    let challenges: Vec<_> = answer.headers.get_all("www-authenticate").iter().collect();
    assert_eq!(challenges.len(), 2, "one for each scheme");
    assert!(challenges[0].to_str().unwrap().ends_with(r#"scope="read:messages""#), "{challenges:?}");
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert_eq!(answer.headers["content-type"], "application/json");
    let expected =
        r#"{"error":"insufficient_scope","error_description":"the access token lacks a required scope"}"#;
    assert_eq!(answer.body, expected);
    // The catcher is there, and answers what it is asked.
    scene.get("/nowhere", None).await.assert_passed("welcome");

    let other = self::scene(mount).await;
    let token = other.mint().sign();
    other.issuer.go_down().await;
    let answer = other.get("/api/name", Some(&token)).await;
    answer.assert_refused(503, "keys_unavailable");
    assert!(answer.headers.contains_key("retry-after"));
}

#[tokio::test(flavor = "multi_thread")]
async fn optional_protection_lets_strangers_in_and_bad_credentials_not() {
    let scene = scene(mount).await;
    let (token, expired) = (scene.mint().sign(), scene.mint().expires_in(-60).sign());
    scene.get("/optional/greet", Some(&token)).await.assert_passed("friend");
    scene.get("/optional/greet", None).await.assert_passed("stranger");
    scene.get("/optional/greet", Some(&expired)).await.assert_refused(401, "token_expired");
    scene.get("/optional/greet", Some("x.y.z")).await.assert_refused(401, "token_malformed");
    scene.get("/optional/name", Some(&token)).await.assert_passed("test-client");
    scene.get("/optional/name", None).await.assert_refused(401, "credential_missing");
    scene.get("/optional/handled", Some(&token)).await.assert_passed("friend");
    scene.get("/optional/handled", None).await.assert_refused(401, "credential_missing");
    scene.get("/optional/handled", Some(&expired)).await.assert_refused(401, "token_expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_handler_and_no_guard_of_a_body_runs_for_a_refused_request() {
    let scene = scene(mount).await;
    let post = |token: &str| {
        let request = scene.request(Method::POST, "/api/transfer").bearer_auth(token);
        answer(request.header("content-type", "application/json").body("7"))
    };
    post("x.y.z").await.assert_refused(401, "token_malformed");
    post(&scene.mint().expires_in(-60).sign()).await.assert_refused(401, "token_expired");
    assert_eq!(RUNS.load(Ordering::SeqCst), 0);
    post(&scene.mint().sign()).await.assert_passed("7");
    assert_eq!(RUNS.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_names_another_method_meets_the_check_of_that_route() {
    let scene = scene(mount).await;
    let post = |token: Option<&str>| {
        let request = scene.request(Method::POST, "/api/transfer");
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let request = request.body("_method=delete");
        answer(match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        })
    };
    post(None).await.assert_refused(401, "credential_missing");
    post(Some("x.y.z")).await.assert_refused(401, "token_malformed");
    post(Some(&scene.mint().sign())).await.assert_passed("undone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_parameter_is_the_one_that_the_handler_gets() {
    let scene = scene(mount).await;
    let of = |id: &str| {
        scene.issuer.mint().audience(format!("urn:logto:organization:{id}")).scope("read:member").sign()
    };
    let members =
        async |id: &str, token: &str| scene.get(&format!("/organizations/{id}/members"), Some(token)).await;
    members("org_1", &of("org_1")).await.assert_passed("org_1");
    members("%6Frg_1", &of("org_1")).await.assert_passed("org_1");
    members("org_2", &of("org_1")).await.assert_refused(403, "organization_mismatch");
    members("org%25_1", &of("org_1")).await.assert_refused(403, "organization_mismatch");
    members("org%2F_1", &of("org_1")).await.assert_refused(403, "organization_mismatch");
    members("%FF", &of("org_1")).await.assert_refused(400, "path_malformed");
    let token = scene.mint().claim("org_id", "org_1").sign();
    scene.get("/below/org_1", Some(&token)).await.assert_refused(500, "path_parameter_missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn claims_that_do_not_fit_are_forbidden_and_a_responder_answers_for_guards_too() {
    let scene = scene(mount).await;
    let fitting = scene.mint().claim("department", "bees").sign();
    scene.get("/api/department", Some(&fitting)).await.assert_passed("bees");
    scene.get("/api/department", Some(&scene.mint().sign())).await.assert_refused(403, "claim_unmet");
    scene.get("/custom/department", Some(&fitting)).await.assert_passed("bees");
    let answer = scene.get("/custom/department", None).await;
    answer.assert_refused(401, "credential_missing");
    assert_eq!(answer.body, "/custom/department credential_missing");
    let answer = scene.get("/custom/department", Some(&scene.mint().sign())).await;
    answer.assert_refused(403, "claim_unmet");
    assert_eq!(answer.body, "/custom/department claim_unmet");
    assert!(answer.headers.contains_key("www-authenticate"));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_handler_runs_for_claims_that_do_not_fit_whatever_it_makes_of_the_guard() {
    let scene = scene(mount).await;
    let (fitting, other) = (scene.mint().claim("department", "bees").sign(), scene.mint().sign());
    for path in ["/optional/perhaps", "/optional/result", "/optional/own", "/nested/perhaps"] {
        scene.get(path, Some(&other)).await.assert_refused(403, "claim_unmet");
    }
    assert_eq!(FITS.load(Ordering::SeqCst), 0);
    scene.get("/optional/perhaps", None).await.assert_passed("stranger");
    scene.get("/optional/perhaps", Some(&fitting)).await.assert_passed("bees");
    scene.get("/optional/result", Some(&fitting)).await.assert_passed("fits");
    scene.get("/optional/own", None).await.assert_passed("own");
    scene.get("/nested/perhaps", Some(&fitting)).await.assert_passed("bees");
}

#[tokio::test(flavor = "multi_thread")]
async fn claims_that_a_fairing_asks_for_after_the_handler_are_an_error_and_no_wait() {
    let scene = scene(|rocket, api| {
        let later = AdHoc::on_response("later", |request, response| {
            Box::pin(async move {
                let found = request.guard::<Claims<Wanted>>().await.is_success();
                response.set_header(rocket::http::Header::new("fits", found.to_string()));
            })
        });
        rocket.attach(later).mount("/", api.protect(routes![hello, panics]))
    })
    .await;
    let answer = scene.get("/hello", Some(&scene.mint().sign())).await;
    answer.assert_passed("hello");
    assert_eq!(answer.headers["fits"], "false");
    let answer = scene.get("/panics", Some(&scene.mint().sign())).await;
    assert_eq!((answer.status, answer.headers["fits"].to_str().unwrap()), (500, "false"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_handler_answers_by_itself_is_for_catchers() {
    let scene = scene(mount).await;
    scene.get("/api/missing", Some(&scene.mint().sign())).await.assert_passed("welcome");
    scene.get("/api/missing", None).await.assert_refused(401, "credential_missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_a_fairing_tells_of_is_compared() {
    let own = ClientCertificate::generate();
    let told = own.der().to_vec();
    let scene = scene(|rocket, api| {
        let certificates = AdHoc::on_request("certificates", move |request, _| {
            let told = told.clone();
            Box::pin(async move {
                let peer = request.remote().unwrap();
                set_connection(request, ClientConnection::tls(peer).with_certificate(told));
            })
        });
        rocket.attach(certificates).mount("/", api.protect(routes![name]))
    })
    .await;
    let bound = scene.mint().bound_to_certificate(own.der()).sign();
    scene.get("/name", Some(&bound)).await.assert_passed("test-client");
    let other = scene.mint().bound_to_certificate(ClientCertificate::generate().der()).sign();
    scene.get("/name", Some(&other)).await.assert_refused(401, "certificate_mismatch");
}
