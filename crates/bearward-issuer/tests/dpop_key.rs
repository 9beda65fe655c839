//! The client's DPoP key, and what its proofs say.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bearward_issuer::{Algorithm, DpopKey, KeyError, SigningKey};
use serde_json::{Value, json};

const URL: &str = "https://api.example.com/messages";

fn parts(token: &str) -> (Value, Value) {
    let mut parts = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
    let mut json = || serde_json::from_slice(&parts.next().unwrap()).unwrap();
    (json(), json())
}

fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

/// The public key of RFC 9449 §4.1.
fn rfc_9449_public_members() -> Value {
    json!({
        "kty": "EC", "crv": "P-256",
        "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
        "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
    })
}

#[test]
fn a_proof_has_the_shape_of_rfc_9449() {
    let key = DpopKey::generate(Algorithm::Es256);
    let proof = key.proof("GET", "https://api.example.com/messages?page=2#top");
    let (header, claims) = parts(&proof.access_token("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU").sign());
    assert_eq!(header, json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": key.public_jwk() }));
    assert_eq!((&claims["htm"], &claims["htu"]), (&json!("GET"), &json!(URL)));
    // The hash of RFC 9449 §7.1.
    assert_eq!(claims["ath"], "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo");
    assert_eq!(claims["jti"].as_str().unwrap().len(), 22);
    assert!(now().abs_diff(claims["iat"].as_i64().unwrap()) <= 2);
    assert_eq!(claims.as_object().unwrap().len(), 5);
}

#[test]
fn every_claim_and_header_member_can_be_set_and_removed() {
    let key = DpopKey::generate(Algorithm::Ed25519);
    let proof = key
        .proof("POST", URL)
        .nonce("n-1")
        .jti("same")
        .issued_in(-600)
        .claim("htm", 7)
        .remove("htu")
        .header("typ", "JWT")
        .header("jwk", key.private_jwk())
        .sign();
    let (header, claims) = parts(&proof);
    assert_eq!(header, json!({ "typ": "JWT", "alg": "Ed25519", "jwk": key.private_jwk() }));
    assert!(header["jwk"]["d"].is_string());
    let iat = claims["iat"].as_i64().unwrap();
    assert!(now().abs_diff(iat + 600) <= 2);
    assert_eq!(claims, json!({ "htm": 7, "nonce": "n-1", "jti": "same", "iat": iat }));
    let bare = key.proof("GET", URL).remove_header("jwk").remove_header("typ");
    assert_eq!(bare.jose_header().len(), 1);
}

#[test]
fn another_key_signs_under_the_same_jwk() {
    let key = DpopKey::generate(Algorithm::Es256);
    let other = SigningKey::from_secret("secret", Algorithm::Hs256).unwrap();
    let (header, _) = parts(&key.proof("GET", URL).signed_by(&other).sign());
    assert_eq!(header, json!({ "typ": "dpop+jwt", "alg": "HS256", "jwk": key.public_jwk() }));

    let unsigned = key.proof("GET", URL).unsigned();
    assert!(unsigned.ends_with('.'));
    assert_eq!(parts(&unsigned).0["alg"], "none");

    let twice = key.proof("GET", URL).sign_payload(br#"{"htm":"GET","htm":"POST"}"#);
    let payload = URL_SAFE_NO_PAD.decode(twice.split('.').nth(1).unwrap()).unwrap();
    assert_eq!(payload, br#"{"htm":"GET","htm":"POST"}"#);
}

#[test]
fn the_signature_holds_under_the_jwk_of_the_header() {
    for (algorithm, peer) in [
        (Algorithm::Es256, jsonwebtoken::Algorithm::ES256),
        (Algorithm::EdDsa, jsonwebtoken::Algorithm::EdDSA),
        (Algorithm::Rs256, jsonwebtoken::Algorithm::RS256),
        (Algorithm::Ps256, jsonwebtoken::Algorithm::PS256),
    ] {
        let proof = DpopKey::generate(algorithm).proof("GET", URL).sign();
        let jwk = serde_json::from_value(parts(&proof).0["jwk"].clone()).unwrap();
        let key = jsonwebtoken::DecodingKey::from_jwk(&jwk).unwrap();
        let mut validation = jsonwebtoken::Validation::new(peer);
        validation.required_spec_claims.clear();
        assert!(jsonwebtoken::decode::<Value>(&proof, &key, &validation).is_ok(), "{algorithm}");
    }
}

#[test]
fn the_thumbprint_does_not_depend_on_kid_or_algorithm() {
    let key = SigningKey::generate(Algorithm::Rs256);
    let thumbprint = key.kid().unwrap().to_owned();
    let renamed = DpopKey::from(key.with_kid("other")).with_algorithm(Algorithm::Ps512).unwrap();
    assert_eq!((renamed.thumbprint(), renamed.algorithm()), (thumbprint, Algorithm::Ps512));
    let jwk = renamed.public_jwk();
    let members: Vec<_> = jwk.as_object().unwrap().keys().collect();
    assert_eq!(members, ["e", "kty", "n"]);
}

#[test]
fn every_key_is_read_back_from_pem_and_from_its_jwk() {
    for algorithm in Algorithm::ASYMMETRIC {
        let key = DpopKey::generate(algorithm);
        let read = DpopKey::from_private_jwk(&key.private_jwk()).unwrap();
        assert_eq!((read.private_jwk(), read.algorithm()), (key.private_jwk(), algorithm));
        let pem = key.private_pem().unwrap();
        assert!(pem.starts_with("-----BEGIN PRIVATE KEY-----\n"));
        let read = DpopKey::from_pem(&pem).unwrap().with_algorithm(algorithm).unwrap();
        assert_eq!(read.private_jwk(), key.private_jwk(), "{algorithm}");
    }
}

#[test]
fn a_jwk_without_alg_signs_what_its_kind_mostly_signs() {
    for (made, read) in [
        (Algorithm::Ps384, Algorithm::Rs256),
        (Algorithm::Es512, Algorithm::Es512),
        (Algorithm::Ed25519, Algorithm::EdDsa),
    ] {
        let key = DpopKey::generate(made);
        let mut jwk = key.private_jwk();
        jwk.as_object_mut().unwrap().remove("alg");
        let of_jwk = DpopKey::from_private_jwk(&jwk).unwrap();
        let of_pem = DpopKey::from_pem(&key.private_pem().unwrap()).unwrap();
        assert_eq!((of_jwk.algorithm(), of_pem.algorithm()), (read, read));
        assert_eq!(of_jwk.thumbprint(), key.thumbprint());
    }
}

#[test]
fn what_is_no_private_key_is_refused() {
    let key = SigningKey::generate(Algorithm::Es256);
    let texts =
        ["", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", &key.public_pem().unwrap()];
    for text in texts {
        assert_eq!(SigningKey::from_pem(text).unwrap_err(), KeyError::Malformed);
    }
    let mut inconsistent = key.private_jwk();
    inconsistent["d"] = SigningKey::generate(Algorithm::Es256).private_jwk()["d"].clone();
    let mut of_another_family = key.private_jwk();
    of_another_family["alg"] = json!("RS256");
    for jwk in [json!(7), rfc_9449_public_members(), inconsistent, of_another_family] {
        assert_eq!(SigningKey::from_private_jwk(&jwk).unwrap_err(), KeyError::Malformed);
    }
}

#[test]
fn a_kid_in_a_jwk_is_kept() {
    let key = SigningKey::generate(Algorithm::Es256).with_kid("mine");
    assert_eq!(SigningKey::from_private_jwk(&key.private_jwk()).unwrap().kid(), Some("mine"));
    let unnamed = key.clone().without_kid().private_jwk();
    let thumbprint = DpopKey::from(key).thumbprint();
    assert_eq!(SigningKey::from_private_jwk(&unnamed).unwrap().kid(), Some(&*thumbprint));
}

#[test]
fn debug_shows_no_key_material() {
    let key = DpopKey::generate(Algorithm::Es256);
    let expected = format!("DpopKey {{ algorithm: Es256, thumbprint: {:?}, .. }}", key.thumbprint());
    assert_eq!(format!("{key:?}"), expected);
}
