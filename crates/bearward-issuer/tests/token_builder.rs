//! What a minted token says.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bearward_issuer::{Algorithm, SigningKey};
use serde_json::{Value, json};

fn parts(token: &str) -> (Value, Value) {
    let mut parts = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
    let mut json = || serde_json::from_slice(&parts.next().unwrap()).unwrap();
    (json(), json())
}

fn key() -> SigningKey {
    SigningKey::generate(Algorithm::Es256)
}

#[test]
fn by_default_it_is_an_rfc_9068_access_token_without_audience() {
    let key = key();
    let (header, claims) = parts(&key.mint("https://issuer.example").sign());
    assert_eq!(header, json!({ "alg": "ES256", "kid": key.kid(), "typ": "at+jwt" }));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    assert!(now.abs_diff(claims["iat"].as_u64().unwrap()) <= 2);
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 3600);
    assert_eq!(claims["iss"], "https://issuer.example");
    assert_eq!((&claims["sub"], &claims["client_id"]), (&json!("test-client"), &json!("test-client")));
    assert_eq!(claims["jti"].as_str().unwrap().len(), 22);
    assert_eq!(claims.as_object().unwrap().len(), 6);
}

#[test]
fn every_claim_and_header_member_can_be_set_and_removed() {
    let token = key()
        .mint("https://issuer.example")
        .issued_at(1_000)
        .expires_in(-5)
        .not_before_in(7)
        .audience("https://api.example.com")
        .subject("alice")
        .client_id("app")
        .scope("read write")
        .organization("org_1")
        .claim("roles", vec!["admin"])
        .remove("jti")
        .header("typ", "JWT")
        .header("crit", json!(["b64"]))
        .remove_header("kid")
        .sign();
    let (header, claims) = parts(&token);
    assert_eq!(header, json!({ "alg": "ES256", "typ": "JWT", "crit": ["b64"] }));
    let expected = json!({
        "iss": "https://issuer.example", "aud": "https://api.example.com", "sub": "alice",
        "client_id": "app", "scope": "read write", "organization_id": "org_1", "roles": ["admin"],
        "iat": 1_000, "exp": 995, "nbf": 1_007,
    });
    assert_eq!(claims, expected);
}

#[test]
fn a_token_is_bound_to_a_key_a_certificate_or_both() {
    let thumbprint = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";
    let token = key().mint("i").bound_to_key(thumbprint);
    assert_eq!(token.claims_set()["cnf"], json!({ "jkt": thumbprint }));
    // SHA-256 of nothing.
    let hash = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
    let token = token.bound_to_certificate(b"");
    assert_eq!(token.claims_set()["cnf"], json!({ "jkt": thumbprint, "x5t#S256": hash }));
    let token = token.claim("cnf", 7).bound_to_certificate(b"");
    assert_eq!(token.claims_set()["cnf"], json!({ "x5t#S256": hash }));
}

#[test]
fn authentication_and_session_have_their_methods() {
    let token = key().mint("i").issued_at(1_000).acr("mfa").auth_time_in(-60).jti("one").session("s");
    let claims = token.claims_set();
    assert_eq!((&claims["acr"], &claims["auth_time"]), (&json!("mfa"), &json!(940)));
    assert_eq!((&claims["jti"], &claims["sid"]), (&json!("one"), &json!("s")));
}

#[test]
fn ids_are_fresh() {
    let key = key();
    let id = || parts(&key.mint("i").sign()).1["jti"].clone();
    assert_ne!(id(), id());
}

#[test]
fn an_unsigned_token_has_no_signature_and_alg_none() {
    let token = key().mint("i").unsigned();
    assert!(token.ends_with('.'));
    assert_eq!(parts(&token).0["alg"], "none");
}

#[test]
fn another_key_brings_its_algorithm_and_kid() {
    let other = SigningKey::generate(Algorithm::Ed25519).with_kid("other");
    let (header, _) = parts(&key().mint("i").signed_by(&other).sign());
    assert_eq!((&header["alg"], &header["kid"]), (&json!("Ed25519"), &json!("other")));
    let (header, _) = parts(&key().mint("i").signed_by(&other.without_kid()).sign());
    assert!(header.get("kid").is_none());
}

#[test]
fn any_payload_goes_under_the_header() {
    let token = key().mint("i").sign_payload(br#"{"iss":"a","iss":"b"}"#);
    let payload = token.split('.').nth(1).unwrap();
    assert_eq!(URL_SAFE_NO_PAD.decode(payload).unwrap(), br#"{"iss":"a","iss":"b"}"#);
}
