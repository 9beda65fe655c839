//! The thinnest whole path: a real authorization server, a real API, real HTTP.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use axum::{Json, Router, routing::get};
use bearward_axum::requirement::{organization, scope};
use bearward_axum::{AuthInfo, Authorized, Protect, ResourceServer, require};
use bearward_issuer::Issuer;

async fn info(Authorized(token): Authorized) -> Json<AuthInfo> {
    Json(token.info())
}

async fn greet(token: Option<Authorized>) -> String {
    token.map_or_else(
        || "stranger".to_owned(),
        |Authorized(token)| token.client_id().unwrap_or("?").to_owned(),
    )
}

async fn serve(api: &ResourceServer) -> String {
    let app = Router::new()
        .route("/private", get(info))
        .route("/messages", get(info).route_layer(require(scope("read:messages")).unwrap()))
        .route("/admin", get(info).route_layer(require(scope("admin")).unwrap()))
        .layer(api.layer())
        .merge(Router::new().route("/greet", get(greet)).layer(api.optional_layer()))
        .route(
            "/organizations/{org}/members",
            get(info).route_layer(
                api.require(organization().logto_permissions().from_path("org").and(scope("read:member")))
                    .unwrap(),
            ),
        )
        .route("/unprotected", get(info).route_layer(require(scope("a")).unwrap()))
        .route("/public", get(|| async { "public" }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    format!("http://{address}")
}

async fn status(url: String, token: Option<&str>) -> u16 {
    let request = reqwest::Client::new().get(url);
    let request = match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    };
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_real_token_of_a_real_server_opens_what_it_should() {
    let issuer = Issuer::builder().start().await.unwrap();
    let api = ResourceServer::builder().issuer(issuer.url()).audience("api").build().unwrap();
    let base = serve(&api).await;
    let token = issuer.mint().audience("api").client_id("me").scope("read:messages").sign();
    let members = issuer.mint().audience("urn:logto:organization:org_1").scope("read:member").sign();
    for (path, token, expected) in [
        ("/public", None, 200),
        ("/private", None, 401),
        ("/private", Some(&*token), 200),
        ("/private", Some("x.y.z"), 401),
        ("/messages", Some(&token), 200),
        ("/admin", Some(&token), 403),
        ("/greet", None, 200),
        ("/greet", Some(&token), 200),
        ("/greet", Some("x.y.z"), 401),
        ("/organizations/org_1/members", Some(&members), 200),
        ("/organizations/org_2/members", Some(&members), 403),
        ("/organizations/org_1/members", Some(&token), 401),
        ("/private", Some(&members), 401),
        ("/unprotected", Some(&token), 500),
    ] {
        assert_eq!(status(format!("{base}{path}"), token).await, expected, "{path}");
    }
    assert_eq!(issuer.requests(bearward_issuer::Endpoint::Jwks), 1);
}
