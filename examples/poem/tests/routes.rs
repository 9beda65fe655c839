//! The routes, asked by Poem's test client.

use std::io::{Read, Write};
use std::net::TcpStream;

use bearward_issuer::{Algorithm, DpopKey, Issuer, RunningIssuer};
use bearward_tower::ResourceServer;
use bearward_tower::bearward::check::DpopPolicy;
use poem::http::StatusCode;
use poem::listener::{Acceptor, Listener, TcpListener};
use poem::test::TestClient;
use poem::{Endpoint, Server};

const AUDIENCE: &str = "https://api.example.com";

async fn scene() -> (RunningIssuer, TestClient<impl Endpoint>) {
    let (issuer, app) = scene_of_app().await;
    (issuer, TestClient::new(app))
}

async fn scene_of_app() -> (RunningIssuer, impl Endpoint + 'static) {
    let issuer = Issuer::builder().algorithms([Algorithm::Es256]).start().await.unwrap();
    let api = ResourceServer::builder().issuer(issuer.url()).audience(AUDIENCE).dpop(DpopPolicy::accepted());
    let api = api.build().unwrap();
    let app = poem_example::app(&api).unwrap();
    (issuer, app)
}

async fn ask<E: Endpoint>(client: &TestClient<E>, path: &str, token: Option<&str>) -> (u16, String, String) {
    let request = client.get(path);
    let request = match token {
        Some(token) => request.header("authorization", format!("Bearer {token}")),
        None => request,
    };
    let response = request.send().await.0;
    let challenge = response.headers().get("www-authenticate").map_or("", |value| value.to_str().unwrap());
    let (status, challenge) = (response.status().as_u16(), challenge.to_owned());
    (status, challenge, response.into_body().into_string().await.unwrap())
}

#[tokio::test]
async fn routes_need_what_their_middleware_says() {
    let (issuer, client) = scene().await;
    let token = issuer.mint().audience(AUDIENCE).sign();
    let reader = issuer.mint().audience(AUDIENCE).scope("read:messages").sign();
    let organization = |id: &str| issuer.mint().audience(AUDIENCE).claim("organization_id", id).sign();
    let passed = |body: &str| (200, String::new(), body.to_owned());
    assert_eq!(ask(&client, "/public", Some("x.y.z")).await, passed("hello"));
    assert_eq!(ask(&client, "/api/private", Some(&token)).await, passed("test-client"));
    assert_eq!(ask(&client, "/messages", Some(&reader)).await, passed("test-client"));
    assert_eq!(ask(&client, "/greet", None).await, passed("stranger"));
    assert_eq!(ask(&client, "/greet", Some(&token)).await, passed("friend"));
    for id in ["org_1", "%6Frg_1"] {
        let path = format!("/organizations/{id}/members");
        assert_eq!(ask(&client, &path, Some(&organization("org_1"))).await, passed("test-client"));
        assert_eq!(ask(&client, &path, Some(&organization("org_2"))).await.0, 403);
    }
    for (path, token, status) in [
        ("/api/private", None, 401),
        ("/api/private", Some("x.y.z"), 401),
        ("/greet", Some("x.y.z"), 401),
        ("/messages", Some(token.as_str()), 403),
        ("/api/none", None, 401),
    ] {
        let (found, challenge, body) = ask(&client, path, token).await;
        assert_eq!(found, status, "{path}");
        assert!(challenge.starts_with("Bearer realm="), "{path}: {challenge}");
        assert!(body.starts_with(r#"{"error":""#), "{path}: {body}");
    }
    // Handlers that take a token run on no route without protection.
    for token in [None, Some(token.as_str())] {
        assert_eq!(ask(&client, "/unprotected", token).await.0, 500);
    }
}

#[tokio::test]
async fn a_proof_is_compared_with_the_url_before_nested_routers_and_passes_once() {
    // A server, because requests of the test client do not have the URI before nested routers.
    let (issuer, app) = scene_of_app().await;
    let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
    let address = *acceptor.local_addr()[0].as_socket_addr().unwrap();
    tokio::spawn(Server::new_with_acceptor(acceptor).run(app));
    let key = DpopKey::generate(Algorithm::Es256);
    let token = issuer.mint().audience(AUDIENCE).bound_to_key(key.thumbprint()).sign();
    let ask = async |proof: &str| {
        let request = format!(
            "GET /api/private HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
             Authorization: DPoP {token}\r\nDPoP: {proof}\r\n\r\n"
        );
        let exchange = tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(request.as_bytes()).unwrap();
            let mut response = String::new();
            stream.read_to_string(&mut response).unwrap();
            response
        });
        exchange.await.unwrap()[9..12].to_owned()
    };
    let proof = |path: &str| key.proof("GET", &format!("http://{address}{path}")).access_token(&token).sign();
    let good = proof("/api/private");
    assert_eq!(ask(&good).await, "200");
    assert_eq!(ask(&good).await, "401");
    assert_eq!(ask(&proof("/private")).await, "401");
}

#[tokio::test]
async fn pages_of_other_origins_may_ask_and_read_the_challenge() {
    let (_issuer, client) = scene().await;
    let preflight = client
        .options("/api/private")
        .header("origin", "https://app.example.com")
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "authorization");
    let response = preflight.send().await;
    response.assert_status_is_ok();
    let request = client.get("/api/private").header("origin", "https://app.example.com");
    let response = request.send().await;
    response.assert_status(StatusCode::UNAUTHORIZED);
    response.assert_header_exist("access-control-expose-headers");
    response.assert_header_exist("www-authenticate");
}
