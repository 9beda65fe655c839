//! Organizations that a request names by its path, and all the ways a path can be written.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use bearward_axum::requirement::{custom, organization, scope};
use bearward_axum::{Protect, require};

use crate::support::{Api, info, mint, trusting};

async fn echo(Path(organization): Path<String>) -> String {
    organization
}

#[tokio::test]
async fn the_handler_and_the_requirement_read_the_same_organization() {
    let api = trusting().build().unwrap();
    let own = require(organization().from_path("org")).unwrap();
    let app = Router::new()
        .route("/organizations/{org}", get(echo).route_layer(own.clone()))
        .route("/files/{*org}", get(echo).route_layer(own))
        .layer(api.layer());
    let api = Api::serve(app).await;
    for (organization, path) in [
        ("org_1", "/organizations/org_1"),
        ("org_1", "/organizations/%6f%72%67_1"),
        ("a/b", "/organizations/a%2Fb"),
        ("a/b", "/organizations/a%2fb"),
        ("a\\b", "/organizations/a%5Cb"),
        ("%2F", "/organizations/%252F"),
        (" ", "/organizations/%20"),
        ("+", "/organizations/+"),
        ("\u{e9}", "/organizations/%C3%A9"),
        ("a;b=c", "/organizations/a;b=c"),
        ("a?b#c", "/organizations/a%3Fb%23c"),
        ("a/b/c", "/files/a/b/c"),
        ("a//c", "/files/a//c"),
        ("a/b", "/files/a%2Fb"),
    ] {
        let token = mint().organization(organization).sign();
        let answer = api.ask(path, &token).await;
        answer.assert_passed(path);
        assert_eq!(answer.body, organization, "{path}");
        let stranger = mint().organization(format!("{organization}x")).sign();
        api.ask(path, &stranger).await.assert_refused("organization_mismatch", path);
    }
}

#[tokio::test]
async fn a_path_that_cannot_be_decoded_is_the_client_s_fault() {
    let api = trusting().build().unwrap();
    let own = require(organization().from_path("org")).unwrap();
    let app = Router::new().route("/{org}", get(info).route_layer(own)).layer(api.layer());
    let api = Api::serve(app).await;
    let token = mint().organization("org_1").sign();
    for path in ["/%FF", "/org_1%FF", "/%C3", "/%ED%A0%80"] {
        api.ask(path, &token).await.assert_refused("path_malformed", path);
    }
    for path in ["/%", "/%zz", "/org_1%", "/org_1%0"] {
        api.ask(path, &token).await.assert_refused("organization_mismatch", path);
    }
}

#[tokio::test]
async fn a_segment_that_is_empty_or_a_dot_leads_to_no_organization() {
    let api = trusting().build().unwrap();
    let own = require(organization().from_path("org")).unwrap();
    let app = Router::new().route("/o/{org}/data", get(info).route_layer(own)).layer(api.layer());
    let api = Api::serve(app).await;
    let token = mint().organization("org_1").sign();
    let request = |path: &str| {
        format!(
            "GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n"
        )
    };
    for (path, status) in [
        ("/o/org_1/data", "200"),
        ("/o//data", "403"), // axum takes it for an organization of an empty name
        ("/o/data", "404"),
        ("/o/org_1//data", "404"),
        ("/o/org_1/data/", "404"),
        ("//o/org_1/data", "404"),
        ("/o/./data", "403"),
        ("/o/../data", "403"),
        ("/o/%2e%2e/data", "403"),
        ("/o/org_2/../org_1/data", "404"),
        ("/o/org_1/DATA", "404"),
    ] {
        let answer = api.send_raw(request(path)).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {answer}");
    }
}

#[tokio::test]
async fn two_parameters_of_one_name_name_nobody() {
    let api = trusting().build().unwrap();
    let own = require(organization().from_path("org")).unwrap();
    let inner = Router::new().route("/of/{org}", get(info).route_layer(own));
    let app = Router::new().nest("/{org}", inner).layer(api.layer());
    let api = Api::serve(app).await;
    let token = mint().organization("org_1").sign();
    for path in ["/org_1/of/org_2", "/org_2/of/org_1", "/org_1/of/org_1"] {
        api.ask(path, &token).await.assert_refused("path_parameter_missing", path);
    }
}

#[tokio::test]
async fn a_parameter_of_an_outer_router_is_seen_inside() {
    let api = trusting().build().unwrap();
    let own = require(organization().from_path("org").and(scope("read:data"))).unwrap();
    let inner = Router::new().route("/data/{id}", get(info).route_layer(own.clone()));
    let app = Router::new().nest("/{org}", inner.clone().route_layer(own)).layer(api.layer());
    let api = Api::serve(app).await;
    let token = |organization: &str| mint().organization(organization).scope("read:data").sign();
    api.ask("/org_1/data/org_2", &token("org_1")).await.assert_passed("its own");
    let other = api.ask("/org_1/data/org_2", &token("org_2")).await;
    other.assert_refused("organization_mismatch", "the organization in the place of an id");
}

#[tokio::test]
async fn a_requirement_within_a_nested_router_sees_the_whole_path() {
    let api = trusting().build().unwrap();
    let whole = || custom(|_, facts| facts.method() == Some("GET") && facts.path() == Some("/outer/%69tems"));
    let inner = Router::new().route("/{kind}", get(info).route_layer(require(whole()).unwrap()));
    let app = Router::new().nest("/outer", inner.layer(api.require(whole()).unwrap()));
    let api = Api::serve(app).await;
    let token = mint().sign();
    api.ask("/outer/%69tems", &token).await.assert_passed("as it was sent");
    api.ask("/outer/items", &token).await.assert_refused("requirement_unmet", "another spelling");
}

#[tokio::test]
async fn a_requirement_on_a_parameter_that_the_route_lacks_lets_nobody_pass() {
    let api = trusting().build().unwrap();
    let own = || require(organization().from_path("org")).unwrap();
    let app = Router::new()
        .route("/{id}", get(info).route_layer(own()))
        .route("/", get(info).route_layer(own()))
        .layer(api.layer());
    // Outside the router, no route has been matched yet.
    let outside = Router::new().route("/{org}", get(info)).layer(own()).layer(api.layer());
    let app = app.nest("/outside", outside);
    let around = trusting().build().unwrap();
    let app = app.merge(
        Router::new()
            .route("/around/{org}", get(info))
            .fallback(info)
            .layer(around.require(organization().from_path("org")).unwrap()),
    );
    let api = Api::serve(app).await;
    let token = mint().organization("org_1").sign();
    for path in ["/org_1", "/", "/nowhere/at/all"] {
        api.ask(path, &token).await.assert_refused("path_parameter_missing", path);
    }
    // axum hands a layer of a router the route that was matched within it.
    api.ask("/outside/org_1", &token).await.assert_passed("a layer around a router");
    api.ask("/outside/org_2", &token).await.assert_refused("organization_mismatch", "the same");
    api.ask("/around/org_1", &token).await.assert_passed("a layer around a router");
    api.ask("/around/org_2", &token).await.assert_refused("organization_mismatch", "the same");
}
