//! What is set up wrongly lets no request in.

use bearward_rocket::{Authorized, Bearward, Protect, ResourceServer, public};
use reqwest::Method;
use rocket::error::ErrorKind;
use rocket::fairing::AdHoc;
use rocket::http::{Header, Status};
use rocket::local::asynchronous::Client;
use rocket::{Build, Rocket, catch, catchers, get, routes};

use crate::scene::{answer, build, scene, scene_of, usual};

#[get("/name")]
fn name(token: Authorized) -> String {
    token.subject().unwrap_or("?").to_owned()
}

#[get("/greet")]
fn greet(token: Option<Authorized>) -> &'static str {
    if token.is_some() { "friend" } else { "stranger" }
}

#[get("/hello")]
fn hello() -> &'static str {
    "hello"
}

#[catch(500)]
fn fine() -> (Status, &'static str) {
    (Status::Ok, "fine")
}

fn api() -> ResourceServer {
    ResourceServer::builder()
        .issuer("https://tenant.example/oidc")
        .audience("https://api.example.com")
        .build()
        .unwrap()
}

async fn error_at_launch(rocket: Rocket<Build>) -> ErrorKind {
    // Rocket panics where an error is dropped without a look at it.
    let Err(error) = rocket.ignite().await else { panic!("it launches") };
    match error.kind() {
        ErrorKind::FailedFairings(fairings) => ErrorKind::FailedFairings(fairings.clone()),
        ErrorKind::SentinelAborts(sentinels) => ErrorKind::SentinelAborts(sentinels.clone()),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_route_that_says_nothing_of_tokens_keeps_the_application_from_launching() {
    for routes in [routes![hello], routes![name], routes![greet]] {
        let rocket = build().attach(Bearward::new()).mount("/", routes);
        let rocket = rocket.mount("/api", api().protect(routes![hello]));
        assert!(matches!(error_at_launch(rocket).await, ErrorKind::FailedFairings(_)));
    }
    let stage = AdHoc::on_ignite("stage", |rocket| async { rocket.mount("/", routes![hello]) });
    let rocket = build().attach(stage).attach(Bearward::new());
    assert!(matches!(error_at_launch(rocket).await, ErrorKind::FailedFairings(_)));
}

#[tokio::test]
async fn a_guard_without_the_fairing_keeps_the_application_from_launching() {
    for routes in [routes![name], routes![greet], api().protect(routes![name]), public(routes![greet])] {
        let rocket = build().mount("/", routes);
        assert!(matches!(error_at_launch(rocket).await, ErrorKind::SentinelAborts(_)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn protected_routes_without_the_fairing_answer_500() {
    let scene =
        scene_of(usual, |api| build().mount("/", api.protect(routes![hello])).register("/", catchers![fine]))
            .await;
    for token in [None, Some(scene.mint().sign())] {
        scene.get("/hello", token.as_deref()).await.assert_refused(500, "route_not_protected");
    }
}

#[tokio::test]
async fn routes_that_another_fairing_mounts_later_keep_the_application_from_launching() {
    let later = || AdHoc::on_ignite("later", |rocket| async { rocket.mount("/later", routes![hello]) });
    let much_later = AdHoc::on_ignite("much later", move |rocket| async move { rocket.attach(later()) });
    for fairing in [later(), much_later] {
        let rocket = build().attach(Bearward::new()).attach(fairing);
        let rocket = rocket.mount("/", api().protect(routes![hello]));
        assert!(matches!(error_at_launch(rocket).await, ErrorKind::SentinelAborts(_)));
    }
    let said =
        AdHoc::on_ignite("said", |rocket| async { rocket.mount("/said", api().protect(routes![hello])) });
    assert!(build().attach(Bearward::new()).attach(said).ignite().await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_route_that_looks_last_answers_nothing() {
    let scene = scene(|rocket, api| rocket.mount("/", api.protect(routes![hello]))).await;
    let path = "/bearward-rocket/last-look";
    assert_eq!(answer(scene.request(Method::TRACE, path)).await.status, 404);
    assert_eq!(scene.get(path, None).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_with_the_name_of_a_public_one_answers_500() {
    let scene = scene(|rocket, api| {
        let mut named = routes![hello, name, greet];
        for route in &mut named {
            route.name = Some("mine: public".into());
        }
        let rocket = rocket.mount("/named", named).mount("/", api.protect(routes![hello]));
        rocket.register("/", catchers![fine])
    })
    .await;
    let token = scene.mint().sign();
    for path in ["/named/hello", "/named/name", "/named/greet"] {
        for token in [None, Some(token.as_str()), Some("x.y.z")] {
            scene.get(path, token).await.assert_refused(500, "route_not_protected");
        }
    }
    scene.get("/hello", Some(&token)).await.assert_passed("hello");
    assert_eq!(scene.get("/nowhere", None).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn routes_of_other_libraries_are_open_where_the_application_names_them() {
    let scene = scene_of(usual, |api| {
        let fairing = Bearward::new().public_where(|route| route.uri.base() == "/other");
        let later = AdHoc::on_ignite("later", |rocket| async { rocket.mount("/other", routes![name]) });
        let rocket = build().attach(fairing).attach(later).mount("/other", routes![hello]);
        rocket.mount("/", api.protect(routes![hello])).register("/", catchers![fine])
    })
    .await;
    let token = scene.mint().sign();
    scene.get("/other/hello", None).await.assert_passed("hello");
    scene.get("/other/name", Some(&token)).await.assert_refused(500, "route_not_protected");
    scene.get("/hello", None).await.assert_refused(401, "credential_missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guard_on_a_public_route_finds_no_token_whatever_is_sent() {
    let scene =
        scene(|rocket, _| rocket.mount("/", public(routes![name, greet])).register("/", catchers![fine]))
            .await;
    let token = scene.mint().sign();
    for token in [None, Some(token.as_str()), Some("x.y.z")] {
        scene.get("/name", token).await.assert_refused(500, "route_not_protected");
        scene.get("/greet", token).await.assert_passed("stranger");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_route_within_a_protected_one_needs_a_token() {
    let scene = scene(|rocket, api| {
        let rocket = rocket.mount("/within", api.protect(public(routes![hello])));
        rocket.mount("/around", public(api.protect(routes![hello])))
    })
    .await;
    for path in ["/within/hello", "/around/hello"] {
        scene.get(path, None).await.assert_refused(401, "credential_missing");
        scene.get(path, Some(&scene.mint().sign())).await.assert_passed("hello");
    }
}

#[tokio::test]
async fn two_fairings_keep_the_application_from_launching() {
    let open = || Bearward::new().public_where(|_| true);
    for rocket in [
        build().attach(open()).attach(Bearward::new()),
        build().attach(Bearward::new()).attach(open()),
        build().attach(Bearward::new()).attach(AdHoc::on_ignite("later", |rocket| async {
            rocket.attach(Bearward::new().public_where(|_| true))
        })),
    ] {
        let rocket = rocket.mount("/", api().protect(routes![name]));
        assert!(matches!(error_at_launch(rocket).await, ErrorKind::FailedFairings(_)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clone_of_a_local_request_is_checked_anew() {
    let scene = scene(|rocket, api| rocket.mount("/", api.protect(routes![name]))).await;
    let rocket = build().attach(Bearward::new()).mount("/", scene.api.optional(routes![greet]));
    let client = Client::untracked(rocket).await.unwrap();
    let token = scene.mint().sign();
    let stranger = client.get("/greet");
    let friend = stranger.clone().header(Header::new("Authorization", format!("Bearer {token}")));
    let again = stranger.clone();
    assert_eq!(friend.dispatch().await.into_string().await.unwrap(), "friend");
    assert_eq!(stranger.dispatch().await.into_string().await.unwrap(), "stranger");
    let bad = again.header(Header::new("Authorization", "Bearer x.y.z")).dispatch().await;
    assert_eq!(bad.status(), Status::Unauthorized);
    let headers = bad.headers();
    assert_eq!(headers.get("WWW-Authenticate").count(), 2, "one for each scheme");
    let broken = client.get("/greet").header(Header::new("Authorization\r\n", "x")).dispatch().await;
    assert_eq!(broken.status(), Status::BadRequest);
}
