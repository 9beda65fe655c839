//! What an AWS load balancer says of the users that it has logged in, with its keys fetched over real connections.

use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{any, get};
use bearward_axum::trust::LoadBalancer;
use bearward_axum::{IssuerConfig, Protect, ResourceServer};
use bearward_issuer::{Algorithm, SigningKey, assemble};
use http::StatusCode;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{Answer, Api, ISSUER, info};

const ARN: &str =
    "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188";
const KID: &str = "12345678-1234-1234-1234-123456789012";

/// The load balancers of a region: their keys by name, and the names that were asked for.
#[derive(Clone)]
struct Region {
    pem: String,
    asked: Arc<Mutex<Vec<String>>>,
}

async fn key_of(State(region): State<Region>, Path(kid): Path<String>) -> Result<String, StatusCode> {
    let found = if kid == KID { Ok(region.pem.clone()) } else { Err(StatusCode::FORBIDDEN) };
    region.asked.lock().unwrap().push(kid);
    found
}

struct Scene {
    key: SigningKey,
    api: Api,
    region: Region,
}

impl Scene {
    async fn new() -> Self {
        let key = SigningKey::generate(Algorithm::Es256);
        let region = Region { pem: key.public_pem().unwrap(), asked: Arc::default() };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let keys_at = format!("http://{}/keys", listener.local_addr().unwrap());
        let keys = Router::new().route("/keys/{kid}", get(key_of)).with_state(region.clone());
        tokio::spawn(async move { axum::serve(listener, keys).await });
        let load_balancer = LoadBalancer::new(ARN).unwrap().with_keys_at(keys_at);
        let issuer = IssuerConfig::new(ISSUER).load_balancer(load_balancer);
        let server = ResourceServer::builder().issuer(issuer).audience("the-client").build().unwrap();
        server.ready().await.unwrap();
        let api = Api::serve(Router::new().route("/", any(info)).layer(server.layer())).await;
        Self { key, api, region }
    }

    /// What the load balancer writes, with these members of the header changed.
    fn said(&self, changes: Value) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let mut header = json!({
            "alg": "ES256", "kid": KID, "iss": ISSUER, "client": "the-client", "signer": ARN, "exp": now + 120,
        });
        header.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let payload = json!({ "sub": "alice", "email": "alice@example.com" });
        let unsigned = assemble(header.to_string().as_bytes(), payload.to_string().as_bytes(), b"");
        let input = padded(unsigned.trim_end_matches('.'));
        let signature = assemble(b"", b"", &self.key.sign_input(input.as_bytes()));
        format!("{input}.{}", padded(signature.trim_start_matches('.')))
    }

    async fn ask(&self, token: &str) -> Answer {
        Answer::of(self.api.get("/").header("x-amzn-oidc-data", token)).await
    }
}

/// Each part filled up to a multiple of four characters.
fn padded(parts: &str) -> String {
    let fill = |part: &str| format!("{part}{}", "=".repeat((4 - part.len() % 4) % 4));
    parts.split('.').map(fill).collect::<Vec<_>>().join(".")
}

#[tokio::test]
async fn the_user_that_a_load_balancer_names_comes_in() {
    let scene = Scene::new().await;
    let answer = scene.ask(&scene.said(json!({}))).await;
    answer.assert_passed("the user");
    let expected =
        json!({ "sub": "alice", "clientId": "the-client", "scopes": [], "audience": ["the-client"] });
    assert_eq!(serde_json::from_str::<Value>(&answer.body).unwrap(), expected);
    assert_eq!(answer.headers["cache-control"], "private");
    assert_eq!(*scene.region.asked.lock().unwrap(), [KID]);
}

#[tokio::test]
async fn another_load_balancer_issuer_client_or_key_is_refused() {
    let scene = Scene::new().await;
    for (change, code) in [
        (json!({ "signer": ARN.replace("/web/", "/evil/") }), "signer_mismatch"),
        (json!({ "client": "another" }), "audience_mismatch"),
        (json!({ "iss": "https://evil.example" }), "issuer_unknown"),
        (json!({ "exp": 1 }), "token_expired"),
        (json!({ "kid": "../secret" }), "key_unknown"),
        (json!({ "kid": "00000000-0000-0000-0000-000000000000" }), "key_unknown"),
    ] {
        let answer = scene.ask(&scene.said(change)).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (401, Some(code)));
    }
    let bare = scene.said(json!({})).replace('=', "");
    assert_eq!(scene.ask(&bare).await.code(), Some("token_malformed"));
    let forged = scene.api.get("/").header("x-amzn-oidc-data", scene.said(json!({})));
    let forged = Answer::of(forged.header("sec-fetch-site", "cross-site")).await;
    assert_eq!((forged.status.as_u16(), forged.code()), (400, Some("cross_origin")));
    assert!(scene.region.asked.lock().unwrap().iter().all(|kid| kid.len() == 36));
}
