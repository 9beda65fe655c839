//! The routes that this crate answers by itself: for probes, and for clients that look for the authorization server.

use std::time::{Duration, Instant};

use bearward_issuer::{Endpoint, Fault, RunningIssuer};
use bearward_rocket::bearward_tower::bearward::answer::ProtectedResource;
use bearward_rocket::bearward_tower::bearward::engine::Problem;
use bearward_rocket::{Bearward, Protect, ResourceServer, health, resource_metadata};
use reqwest::Method;
use rocket::http::Status;
use rocket::{catch, catchers, get, routes};
use serde_json::Value;

use crate::scene::{AUDIENCE, Answer, Scene, answer, build, scene, scene_of};

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

#[get("/orders")]
fn orders() -> &'static str {
    "orders"
}

#[get("/<_..>", rank = 100)]
fn everything() -> &'static str {
    "everything"
}

#[catch(default)]
fn fine() -> (Status, &'static str) {
    (Status::Ok, "fine")
}

#[tokio::test(flavor = "multi_thread")]
async fn probes_need_no_token_and_tell_when_tokens_can_be_verified() {
    let api = |issuer: &RunningIssuer| {
        issuer.stage(Endpoint::All, Fault::Status(500));
        ResourceServer::builder().issuer(issuer.url()).audience(AUDIENCE).build().unwrap()
    };
    let scene = scene_of(api, |api| {
        let rocket = build().attach(Bearward::new()).mount("/", api.protect(routes![orders]));
        rocket.mount("/", health(api)).register("/", catchers![fine])
    })
    .await;
    let live = scene.get("/livez", None).await;
    live.assert_passed(r#"{"live":true}"#);
    assert_eq!(live.headers["cache-control"], "no-store");
    scene.get("/orders", None).await.assert_refused(401, "credential_missing");
    let before = scene.get("/readyz", None).await;
    assert_eq!((before.status, before.headers["retry-after"].to_str().unwrap()), (503, "1"));
    assert_eq!(before.body, r#"{"ready":false,"ready_issuers":0,"missing_issuers":1}"#);

    scene.issuer.heal();
    let started = Instant::now();
    let after = loop {
        let after = scene.get("/readyz", None).await;
        if after.status == 200 {
            break after;
        }
        assert!(started.elapsed() < Duration::from_secs(20), "{after:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert!(!after.headers.contains_key("retry-after"));
    assert_eq!(after.headers["content-type"], "application/json");
    for path in ["/livez", "/readyz"] {
        answer(scene.request(Method::HEAD, path)).await.assert_passed("");
        answer(scene.request(Method::POST, path)).await.assert_passed("fine");
    }
}

/// A server for a resource at this path of another host, with the metadata where clients of that host look for it.
async fn serving(path: &str, describe: impl FnOnce(ProtectedResource) -> ProtectedResource) -> Scene {
    let resource = describe(ProtectedResource::new(format!("https://api.example.com{path}")));
    let api = |issuer: &RunningIssuer| {
        let api = ResourceServer::builder().issuer(issuer.url()).audience(AUDIENCE);
        api.resource(resource).build().unwrap()
    };
    scene_of(api, |api| {
        let rocket = build().attach(Bearward::new()).mount("/", api.protect(routes![everything]));
        rocket.mount("/", resource_metadata(api).unwrap())
    })
    .await
}

fn resource_of(document: &Answer) -> Value {
    let document: Value = serde_json::from_str(&document.body).unwrap();
    document["resource"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_refused_finds_the_document_of_its_resource() {
    for path in
        ["", "/", "/mcp", "/mcp/", "/a/b", "/v1:x/a*", "/%7Bid%7D", "/a%2Fb/c", "/%zz", "/mcp?tenant=1"]
    {
        let scene = serving(path, |resource| resource).await;
        let refused = scene.get("/orders", None).await;
        refused.assert_refused(401, "credential_missing");
        let challenge = refused.headers["www-authenticate"].to_str().unwrap();
        let (_, url) = challenge.split_once("resource_metadata=\"https://api.example.com").unwrap();
        let document = scene.get(url.trim_end_matches('"'), None).await;
        assert_eq!(document.status, 200, "{path}: {}", document.body);
        assert_eq!(resource_of(&document), format!("https://api.example.com{path}"));
        scene.get(&format!("{WELL_KNOWN}/another"), None).await.assert_refused(401, "credential_missing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_is_for_everyone_and_may_be_kept() {
    let scene = serving("/mcp", ProtectedResource::at_root).await;
    for path in [WELL_KNOWN.to_owned(), format!("{WELL_KNOWN}/mcp")] {
        let document = scene.get(&path, Some("x.y.z")).await;
        assert_eq!((document.status, resource_of(&document)), (200, "https://api.example.com/mcp".into()));
        for (name, value) in [
            ("content-type", "application/json"),
            ("cache-control", "public, max-age=3600"),
            ("access-control-allow-origin", "*"),
        ] {
            assert_eq!(document.headers[name], value);
        }
        let head = answer(scene.request(Method::HEAD, &path)).await;
        assert_eq!((head.status, head.body.as_str()), (200, ""));
        let preflight = answer(scene.request(Method::OPTIONS, &path)).await;
        assert_eq!((preflight.status, preflight.body.as_str()), (204, ""));
        assert_eq!(preflight.headers["access-control-allow-methods"], "GET");
        assert_eq!(preflight.headers["access-control-allow-headers"], "*");
    }
    // Only where it is asked for.
    let scene = serving("/mcp", |resource| resource).await;
    scene.get(WELL_KNOWN, None).await.assert_refused(401, "credential_missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documents_of_two_resources_are_side_by_side_and_nowhere_else() {
    let scene = scene(|rocket, api| {
        let of = |path: &str| {
            let resource = ProtectedResource::new(format!("https://api.example.com{path}"));
            let api = ResourceServer::builder().issuer("https://tenant.example/oidc").audience(AUDIENCE);
            resource_metadata(&api.resource(resource).build().unwrap()).unwrap()
        };
        let rocket = rocket.mount("/", of("/one")).mount("/", of("/two")).mount("/mcp", of("/mcp"));
        rocket.mount("/", api.protect(routes![orders]))
    })
    .await;
    for path in ["one", "two"] {
        let document = scene.get(&format!("{WELL_KNOWN}/{path}"), None).await;
        assert_eq!(resource_of(&document), format!("https://api.example.com/{path}"));
    }
    // Mounted at another base than the root of the host, it is where no client looks.
    for path in [format!("{WELL_KNOWN}/mcp"), format!("/mcp{WELL_KNOWN}/mcp"), WELL_KNOWN.to_owned()] {
        assert_eq!(scene.get(&path, None).await.status, 404);
    }
}

#[test]
fn a_server_without_a_resource_has_no_document() {
    let api = ResourceServer::builder().issuer("https://tenant.example/oidc").audience(AUDIENCE);
    let Err(error) = resource_metadata(&api.build().unwrap()) else { panic!("there is one") };
    assert_eq!((error.path.to_string().as_str(), error.problem), ("resource", Problem::NoResource));
}
