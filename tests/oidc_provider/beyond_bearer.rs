//! Tokens that are bound to a key or to a certificate, and those that only the server can read.

use crate::authorization_server::AuthorizationServer;
use crate::process::{Demo, Directory, dpop_proof, explain};
use crate::served;
use bearward_axum::token::Algorithm;
use bearward_axum::trust::{ClientAuthentication, Introspection, IntrospectionAnswers, PrivateKey};
use bearward_axum::{IssuerConfig, ResourceServer};
use bearward_issuer::{Algorithm as ClientAlgorithm, ClientCertificate, DpopKey};
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

const API: &str = "https://api.example.com";
const ACCEPTED: (u16, &str) = (200, "");

fn demo(server: &AuthorizationServer) -> Demo {
    Demo::start(&["--port", "0", "--issuer", server.issuer(), "--audience", API])
}

fn header(name: &'static str, value: &str) -> HeaderMap {
    HeaderMap::from_iter([(name.parse().unwrap(), HeaderValue::from_str(value).unwrap())])
}

/// The status of a call, and why it was refused if it was.
async fn call(api: &str, path: &str, authorization: &str, more: HeaderMap) -> (u16, String) {
    let request = reqwest::Client::new().get(format!("{api}{path}"));
    let response = request.header("authorization", authorization).headers(more).send().await.unwrap();
    let status = response.status().as_u16();
    let body: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    (status, body["error_description"].as_str().unwrap_or_default().to_owned())
}

/// A call with a fresh proof of this key for this token.
async fn call_with_proof(api: &str, path: &str, token: &str, key: &DpopKey) -> (u16, String) {
    let proof = key.proof("GET", &format!("{api}{path}")).access_token(token).sign();
    call(api, path, &format!("DPoP {token}"), header("dpop", &proof)).await
}

fn told((status, description): &(u16, String)) -> (u16, &str) {
    (*status, description)
}

/// A token that the server binds to this key.
async fn bound_token(server: &AuthorizationServer, client: &str, resource: &str, key: &DpopKey) -> String {
    let clients = server.clients();
    let proof = key.proof("POST", clients.endpoint()).sign();
    let (_, answer) = clients.request(client, resource, "read:messages", header("dpop", &proof)).await;
    assert_eq!(answer["token_type"], "DPoP", "{answer}");
    answer["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_bound_to_keys_of_any_kind_pass_with_a_proof_and_once() {
    let server = AuthorizationServer::start();
    let demo = demo(&server);
    for (resource, algorithm) in [
        (API.to_owned(), ClientAlgorithm::Es256),
        (format!("{API}/es256"), ClientAlgorithm::Ps256),
        (format!("{API}/eddsa"), ClientAlgorithm::Ed25519),
    ] {
        let key = DpopKey::generate(algorithm);
        let token = bound_token(&server, "dpop", &resource, &key).await;
        for path in ["/api/private", "/api/private-scoped", "/secured/token"] {
            let answer = call_with_proof(demo.api(), path, &token, &key).await;
            assert_eq!(told(&answer), ACCEPTED, "{algorithm} {path}");
        }
        let proof = key.proof("GET", &format!("{}/api/private", demo.api())).access_token(&token);
        let send = async || {
            call(demo.api(), "/api/private", &format!("DPoP {token}"), header("dpop", &proof.sign())).await
        };
        assert_eq!(told(&send().await), ACCEPTED);
        assert_eq!(told(&send().await), (401, "the DPoP proof was used before"), "{algorithm}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_stolen_without_its_key_is_worth_nothing() {
    let server = AuthorizationServer::start();
    let demo = demo(&server);
    let (key, thief) = (DpopKey::generate(ClientAlgorithm::Es256), DpopKey::generate(ClientAlgorithm::Es256));
    // A client that need not bind its tokens may.
    for client in ["dpop", "full"] {
        let token = bound_token(&server, client, API, &key).await;
        let as_bearer = call(demo.api(), "/api/private", &format!("Bearer {token}"), HeaderMap::new()).await;
        assert_eq!(told(&as_bearer), (401, "the access token needs a DPoP proof and the scheme DPoP"));
        let with_own_key = call_with_proof(demo.api(), "/api/private", &token, &thief).await;
        assert_eq!(told(&with_own_key), (401, "the DPoP proof is of another key than the access token"));

        let url = format!("{}/api/private", demo.api());
        for (prover, code) in [(&key, "accepted"), (&thief, "proof_key_mismatch")] {
            let proof = prover.proof("GET", &url).access_token(&token).sign();
            let issuer = ["--json", "--issuer", server.issuer(), "--audience", API];
            let sender = ["--dpop-proof", &proof, "--url", &url];
            let run = explain(&[&issuer[..], &sender].concat(), &token);
            assert_eq!(run.json()["verdict"]["code"], code, "{}", run.stdout);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_s_proofs_satisfy_a_server_that_asks_for_nonces() {
    let server = AuthorizationServer::start_with(&["--dpop-nonces"]);
    let (demo, directory, clients) = (demo(&server), Directory::new(), server.clients());
    let key = directory.file("key.pem");
    let at_token_endpoint = ["--key", &key, "--new-key", "--method", "POST", "--url", clients.endpoint()];
    let request = async |proof: &str| clients.request("dpop", API, "", header("dpop", proof.trim())).await;

    let (headers, answer) = request(&dpop_proof(&at_token_endpoint, "").stdout).await;
    assert_eq!(answer["error"], "use_dpop_nonce", "{answer}");
    let nonce = headers["dpop-nonce"].to_str().unwrap();
    let with_nonce = [&at_token_endpoint[..], &["--nonce", nonce]].concat();
    let (_, answer) = request(&dpop_proof(&with_nonce, "").stdout).await;
    let token = answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}"));

    let url = format!("{}/api/private", demo.api());
    let proof = dpop_proof(&["--key", &key, "--url", &url, "--token", "-"], token).stdout;
    let sent = call(demo.api(), "/api/private", &format!("DPoP {token}"), header("dpop", proof.trim())).await;
    assert_eq!(told(&sent), ACCEPTED);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_bound_to_a_certificate_pass_with_it_alone() {
    let server = AuthorizationServer::start();
    let demo = demo(&server);
    let (own, other) = (ClientCertificate::generate(), ClientCertificate::generate());
    let shown = |certificate: &ClientCertificate| header("client-cert", &certificate.client_cert_header());
    let (_, answer) = server.clients().request("mtls-bound", API, "read:messages", shown(&own)).await;
    let bearer = format!("Bearer {}", answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")));
    for (certificate, expected) in [
        (shown(&own), ACCEPTED),
        (HeaderMap::new(), (401, "the access token is bound to a certificate and came without it")),
        (shown(&other), (401, "the access token is bound to another certificate")),
    ] {
        let answer = call(demo.api(), "/api/private-scoped", &bearer, certificate).await;
        assert_eq!(told(&answer), expected);
    }
}

/// The demo's API in this process, which asks that server about opaque tokens.
async fn introspecting_api(server: &AuthorizationServer, introspection: Introspection) -> String {
    let issuer = IssuerConfig::new(server.issuer()).introspection(introspection);
    let builder = ResourceServer::builder().issuer(issuer).audience(API);
    let api = bearward_cli::demo::behind_proxy(builder).build().unwrap();
    served::serve(bearward_cli::demo::api(&api).unwrap()).await
}

/// Every way in which a resource server may ask: how it authenticates itself, and what it is answered with.
fn ways_of_asking(server: &AuthorizationServer) -> Vec<(&'static str, Introspection)> {
    let jwk = server.assertion_key("api-with-key");
    let pem = DpopKey::from_private_jwk(jwk).unwrap().private_pem().unwrap();
    let key = PrivateKey::from_pkcs8_pem(&pem, Algorithm::ES256, jwk["kid"].as_str()).unwrap();
    let basic = |id: &str| ClientAuthentication::secret_basic(id, format!("{id}-secret"));
    let with_key = ClientAuthentication::private_key_jwt("api-with-key", key);
    let signed = |client| Introspection::new(client).answers(IntrospectionAnswers::SignedJwt);
    vec![
        ("JSON, asked with a secret", Introspection::new(basic("api"))),
        ("a JWT (RS256), asked with a secret", signed(basic("api"))),
        ("a JWT (ES256), asked with a secret", signed(basic("api-signed"))),
        ("JSON, asked with a key", Introspection::new(with_key.clone())),
        ("a JWT, asked with a key", signed(with_key)),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn opaque_tokens_are_introspected_whatever_the_way_of_asking() {
    let server = AuthorizationServer::start();
    let clients = server.clients();
    for (way, introspection) in ways_of_asking(&server) {
        let api = introspecting_api(&server, introspection).await;
        let bearer = async |path: &str, token: &str| {
            call(&api, path, &format!("Bearer {token}"), HeaderMap::new()).await
        };
        let token = clients.token("opaque", API, "read:messages").await;
        for _ in 0..2 {
            assert_eq!(told(&bearer("/api/private-scoped", &token).await), ACCEPTED, "{way}");
        }
        let lacks_scope = bearer("/api/protected", &token).await;
        assert_eq!(told(&lacks_scope), (403, "the access token lacks a required scope"), "{way}");
        let foreign = clients.token("opaque", "https://other.example.com", "").await;
        let foreign = bearer("/api/private", &foreign).await;
        assert_eq!(told(&foreign), (401, "the access token is for another audience"), "{way}");

        let revoked = clients.token("opaque", API, "read:messages").await;
        clients.revoke("opaque", &revoked).await;
        for inactive in [revoked.as_str(), "nobody-s-token"] {
            let answer = bearer("/api/private", inactive).await;
            assert_eq!(told(&answer), (401, "the access token is not active"), "{way}");
        }
        // JWTs are verified here still.
        let jwt = clients.token("full", API, "read:messages").await;
        assert_eq!(told(&bearer("/api/private-scoped", &jwt).await), ACCEPTED, "{way}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn opaque_tokens_may_be_bound_too() {
    let server = AuthorizationServer::start();
    for (way, introspection) in ways_of_asking(&server) {
        let api = introspecting_api(&server, introspection).await;
        let (key, thief) =
            (DpopKey::generate(ClientAlgorithm::Es256), DpopKey::generate(ClientAlgorithm::Es256));
        let token = bound_token(&server, "opaque", API, &key).await;
        assert_eq!(told(&call_with_proof(&api, "/api/private", &token, &key).await), ACCEPTED, "{way}");
        let stolen = call_with_proof(&api, "/api/private", &token, &thief).await;
        assert_eq!(told(&stolen), (401, "the DPoP proof is of another key than the access token"), "{way}");
        let as_bearer = call(&api, "/api/private", &format!("Bearer {token}"), HeaderMap::new()).await;
        assert_eq!(
            told(&as_bearer),
            (401, "the access token needs a DPoP proof and the scheme DPoP"),
            "{way}"
        );
    }
}

/// What the demo's payments require, and what is less than that, each with the answer.
fn details() -> [(Value, (u16, &'static str)); 5] {
    let lacking = (403, "the access token lacks required authorization details");
    let payment = json!({
        "type": "payment_initiation",
        "actions": ["initiate", "status"],
        "locations": ["https://api.example.com/payments"],
        "currency": "EUR",
        "amount": { "value": "12.50" },
    });
    let with = |name: &str, value: Value| {
        let mut changed = payment.clone();
        changed[name] = value;
        changed
    };
    let account = json!({ "type": "account_information", "actions": ["initiate"] });
    [
        (json!([account, payment]), ACCEPTED),
        (json!([account]), lacking),
        (json!([with("actions", json!(["status"]))]), lacking),
        (json!([with("currency", json!("USD"))]), lacking),
        (json!([with("locations", json!(["https://other.example.com/payments"]))]), lacking),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn authorization_details_are_required_of_jwts_and_of_introspection_answers() {
    let server = AuthorizationServer::start();
    let clients = server.clients();
    for (way, introspection) in ways_of_asking(&server) {
        let api = introspecting_api(&server, introspection).await;
        for client in ["full", "opaque"] {
            let bearer = async |token: &str| {
                call(&api, "/api/payments", &format!("Bearer {token}"), HeaderMap::new()).await
            };
            for (details, expected) in details() {
                let token = clients.token_with_details(client, API, &details).await;
                assert_eq!(told(&bearer(&token).await), expected, "{way} {client} {details}");
            }
            let scoped = clients.token(client, API, "api:read").await;
            let (status, _) = bearer(&scoped).await;
            assert_eq!(status, 403, "{way} {client}: a scope grants no details");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_authorization_details_are_challenged_for() {
    let server = AuthorizationServer::start();
    let demo = demo(&server);
    let token = server.clients().token("full", API, "api:read").await;
    let request = reqwest::Client::new().get(format!("{}/api/payments", demo.api())).bearer_auth(token);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 403);
    assert_eq!(
        response.headers()["www-authenticate"],
        "Bearer realm=\"api\", error=\"insufficient_scope\", \
         error_description=\"the access token lacks required authorization details\""
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_server_that_nobody_knows_is_told_nothing_and_its_clients_are_not_blamed() {
    let server = AuthorizationServer::start();
    let stranger = ClientAuthentication::secret_basic("nobody", "nobody-secret");
    let api = introspecting_api(&server, Introspection::new(stranger)).await;
    let token = server.clients().token("opaque", API, "read:messages").await;
    let answer = call(&api, "/api/private", &format!("Bearer {token}"), HeaderMap::new()).await;
    assert_eq!(told(&answer), (503, "the authorization server could not be asked about the access token"));
}
