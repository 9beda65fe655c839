//! Tokens bound to a DPoP key or a client certificate, over real sockets: each with its refusals.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bearward_issuer::{
    Algorithm, ClientCertificate, Config, DpopKey, DpopNonce, Issuer, ProofBuilder, RunningIssuer, SigningKey,
};
use reqwest::{Client, Response};
use serde_json::{Value, json};

async fn demo() -> RunningIssuer {
    Issuer::builder().config(Config::demo()).algorithms([Algorithm::Es256]).start().await.unwrap()
}

/// A token request of the client `demo` with these headers.
async fn ask(issuer: &RunningIssuer, headers: &[(&str, &str)]) -> Response {
    let mut request = Client::new().post(issuer.token_endpoint()).form(&[
        ("grant_type", "client_credentials"),
        ("client_id", "demo"),
        ("client_secret", "demo-secret"),
    ]);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

async fn json(response: Response) -> Value {
    serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
}

fn payload(answer: &Value) -> Value {
    let token = answer["access_token"].as_str().unwrap_or_else(|| panic!("no token in {answer}"));
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

#[tokio::test]
async fn a_proof_binds_the_token_to_its_key_whatever_the_algorithm() {
    let issuer = demo().await;
    for algorithm in Algorithm::ASYMMETRIC {
        let key = DpopKey::generate(algorithm);
        let proof = key.proof("POST", &issuer.token_endpoint()).sign();
        let response = ask(&issuer, &[("DPoP", &proof)]).await;
        assert!(!response.headers().contains_key("dpop-nonce"));
        let answer = json(response).await;
        assert_eq!(answer["token_type"], "DPoP", "{algorithm} {answer}");
        assert_eq!(payload(&answer)["cnf"], json!({ "jkt": key.thumbprint() }));
    }
    let answer = json(ask(&issuer, &[]).await).await;
    assert_eq!(answer["token_type"], "Bearer");
    assert!(payload(&answer).get("cnf").is_none());
}

#[tokio::test]
async fn every_wrong_proof_is_refused() {
    type Wrong = fn(ProofBuilder, &DpopKey) -> String;

    let issuer = demo().await;
    let url = issuer.token_endpoint();
    let key = DpopKey::generate(Algorithm::Es256);
    let cases: [(Wrong, &str); 23] = [
        (|_, _| "no proof".to_owned(), "malformed DPoP proof"),
        (|proof, _| proof.unsigned(), "malformed DPoP proof"),
        (|proof, _| proof.sign_payload(b"[]"), "malformed DPoP proof"),
        (|proof, _| proof.header("crit", json!(["b64"])).sign(), "malformed DPoP proof"),
        (|proof, _| proof.remove_header("jwk").sign(), "malformed DPoP proof"),
        (|proof, _| proof.header("jwk", "text").sign(), "malformed DPoP proof"),
        (|proof, _| proof.remove("iat").sign(), "malformed DPoP proof"),
        (|proof, _| proof.remove("jti").sign(), "malformed DPoP proof"),
        (
            |proof, _| proof.signed_by(&SigningKey::from_secret("s", Algorithm::Hs256).unwrap()).sign(),
            "malformed DPoP proof",
        ),
        (|proof, _| proof.header("typ", "JWT").sign(), "the typ is not dpop+jwt"),
        (|proof, _| proof.remove_header("typ").sign(), "the typ is not dpop+jwt"),
        (|proof, key| proof.header("jwk", key.private_jwk()).sign(), "the jwk holds a private key"),
        (
            |proof, _| proof.header("jwk", json!({ "kty": "oct", "k": "AA" })).sign(),
            "the jwk holds a private key",
        ),
        (
            |proof, _| proof.signed_by(&SigningKey::generate(Algorithm::Es256)).sign(),
            "the signature of the DPoP proof is invalid",
        ),
        (|proof, _| proof.header("alg", "ES384").sign(), "the signature of the DPoP proof is invalid"),
        (|proof, _| proof.claim("htm", "GET").sign(), "the DPoP proof is for another method"),
        (|proof, _| proof.claim("htm", "post").sign(), "the DPoP proof is for another method"),
        (|proof, _| proof.remove("htm").sign(), "the DPoP proof is for another method"),
        (|proof, _| proof.claim("htu", "http://127.0.0.1/token").sign(), "the DPoP proof is for another URL"),
        (|proof, _| proof.remove("htu").sign(), "the DPoP proof is for another URL"),
        (|proof, _| proof.issued_in(-301).sign(), "the DPoP proof is not fresh"),
        (|proof, _| proof.issued_in(60).sign(), "the DPoP proof is not fresh"),
        (|proof, _| proof.claim("iat", i64::MIN).sign(), "the DPoP proof is not fresh"),
    ];
    for (wrong, description) in cases {
        let proof = wrong(key.proof("POST", &url), &key);
        let response = ask(&issuer, &[("DPoP", &proof)]).await;
        assert_eq!(response.status(), 400, "{description}");
        assert_eq!(response.headers()["cache-control"], "no-store");
        let expected = json!({ "error": "invalid_dpop_proof", "error_description": description });
        assert_eq!(json(response).await, expected);
    }
}

#[tokio::test]
async fn a_proof_is_used_once_and_comes_alone() {
    let issuer = demo().await;
    let key = DpopKey::generate(Algorithm::Ed25519);
    let proof = |key: &DpopKey| key.proof("POST", &issuer.token_endpoint()).jti("same").sign();
    assert_eq!(ask(&issuer, &[("DPoP", &proof(&key))]).await.status(), 200);
    let again = json(ask(&issuer, &[("DPoP", &proof(&key))]).await).await;
    assert_eq!(again["error_description"], "the DPoP proof was used before");
    // Another client may choose the same `jti`.
    let other = DpopKey::generate(Algorithm::Ed25519);
    assert_eq!(ask(&issuer, &[("DPoP", &proof(&other))]).await.status(), 200);

    let fresh = || key.proof("POST", &issuer.token_endpoint()).sign();
    let two = json(ask(&issuer, &[("DPoP", &fresh()), ("DPoP", &fresh())]).await).await;
    assert_eq!(two["error_description"], "more than one DPoP proof");
}

#[tokio::test]
async fn query_and_fragment_of_htu_do_not_count() {
    let issuer = demo().await;
    let key = DpopKey::generate(Algorithm::Es256);
    let url = format!("{}?a=b#c", issuer.token_endpoint());
    let proof = key.proof("POST", &url).claim("htu", url.as_str()).sign();
    assert_eq!(ask(&issuer, &[("DPoP", &proof)]).await.status(), 200);
}

#[tokio::test]
async fn a_required_nonce_is_given_and_renewed() {
    let builder = Issuer::builder().config(Config::demo()).dpop_nonce(DpopNonce::Required);
    let issuer = builder.algorithms([Algorithm::Es256]).start().await.unwrap();
    let key = DpopKey::generate(Algorithm::Es256);
    let proof = || key.proof("POST", &issuer.token_endpoint());
    let refused = json!({
        "error": "use_dpop_nonce",
        "error_description": "the DPoP proof needs the nonce of this answer",
    });

    let first = ask(&issuer, &[("DPoP", &proof().sign())]).await;
    assert_eq!(first.status(), 400);
    let nonce = first.headers()["dpop-nonce"].to_str().unwrap().to_owned();
    assert_eq!(Some(&nonce), issuer.dpop_nonce().as_ref());
    assert_eq!(json(first).await, refused);
    let second = ask(&issuer, &[("DPoP", &proof().nonce(&nonce).sign())]).await;
    assert_eq!((second.status().as_u16(), second.headers()["dpop-nonce"].to_str().unwrap()), (200, &*nonce));

    issuer.renew_dpop_nonce();
    assert_ne!(Some(&nonce), issuer.dpop_nonce().as_ref());
    assert_eq!(json(ask(&issuer, &[("DPoP", &proof().nonce(&nonce).sign())]).await).await, refused);
    // Who sends no proof needs no nonce.
    assert_eq!(ask(&issuer, &[]).await.status(), 200);

    let without = demo().await;
    without.renew_dpop_nonce();
    assert_eq!(without.dpop_nonce(), None);
}

#[tokio::test]
async fn a_certificate_binds_the_token_beside_or_without_a_key() {
    let issuer = demo().await;
    let certificate = ClientCertificate::generate();
    let header = certificate.client_cert_header();
    let answer = json(ask(&issuer, &[("Client-Cert", &header)]).await).await;
    assert_eq!(answer["token_type"], "Bearer");
    assert_eq!(payload(&answer)["cnf"], json!({ "x5t#S256": certificate.thumbprint() }));

    let key = DpopKey::generate(Algorithm::Es256);
    let proof = key.proof("POST", &issuer.token_endpoint()).sign();
    let answer = json(ask(&issuer, &[("Client-Cert", &header), ("DPoP", &proof)]).await).await;
    assert_eq!(answer["token_type"], "DPoP");
    let expected = json!({ "jkt": key.thumbprint(), "x5t#S256": certificate.thumbprint() });
    assert_eq!(payload(&answer)["cnf"], expected);

    let response = ask(&issuer, &[("Client-Cert", "not a certificate")]).await;
    assert_eq!(response.status(), 400);
    let expected = json!({ "error": "invalid_request", "error_description": "malformed Client-Cert header" });
    assert_eq!(json(response).await, expected);
}
