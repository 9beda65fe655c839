//! Each algorithm verified by code that is not the issuer's: `jsonwebtoken` from the published JWK where it
//! knows the algorithm, aws-lc from the members of the JWK elsewhere.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use aws_lc_rs::{digest, hmac, rsa};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bearward_issuer::{Algorithm, KeyError, SigningKey};
use serde_json::{Value, json};

const ISSUER: &str = "https://issuer.example";

fn bytes(jwk: &Value, member: &str) -> Vec<u8> {
    let text = jwk[member].as_str().unwrap_or_else(|| panic!("{member} in {jwk}"));
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

/// Splits a token into what was signed and the signature.
fn split(token: &str) -> (&str, Vec<u8>) {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    (signed, URL_SAFE_NO_PAD.decode(signature).unwrap())
}

fn verifies_with_jsonwebtoken(token: &str, jwk: &Value, algorithm: Algorithm) -> bool {
    let jwk: jsonwebtoken::jwk::Jwk = serde_json::from_value(jwk.clone()).unwrap();
    let key = jsonwebtoken::DecodingKey::from_jwk(&jwk).unwrap();
    let mut validation = jsonwebtoken::Validation::new(algorithm.name().parse().unwrap());
    validation.set_audience(&["https://api.example.com"]);
    validation.set_issuer(&[ISSUER]);
    jsonwebtoken::decode::<Value>(token, &key, &validation).is_ok()
}

/// The verification algorithm and the public key as aws-lc takes it, built from nothing but the JWK.
fn raw_key(jwk: &Value) -> (&'static dyn VerificationAlgorithm, Vec<u8>) {
    let point = || [&[4][..], &bytes(jwk, "x"), &bytes(jwk, "y")].concat();
    match jwk["alg"].as_str().unwrap() {
        "ES512" => (&signature::ECDSA_P521_SHA512_FIXED, point()),
        "ES256K" => (&signature::ECDSA_P256K1_SHA256_FIXED, point()),
        "EdDSA" | "Ed25519" => (&signature::ED25519, bytes(jwk, "x")),
        "ML-DSA-44" => (&signature::ML_DSA_44, bytes(jwk, "pub")),
        "ML-DSA-65" => (&signature::ML_DSA_65, bytes(jwk, "pub")),
        "ML-DSA-87" => (&signature::ML_DSA_87, bytes(jwk, "pub")),
        other => panic!("no raw key for {other}"),
    }
}

fn verifies_raw(token: &str, jwk: &Value) -> bool {
    let (signed, signature) = split(token);
    let (algorithm, key) = raw_key(jwk);
    UnparsedPublicKey::new(algorithm, key).verify(signed.as_bytes(), &signature).is_ok()
}

fn tampered(token: &str) -> String {
    let (signed, mut signature) = split(token);
    signature[7] ^= 1;
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[test]
fn every_asymmetric_algorithm_verifies_from_its_published_jwk() {
    for algorithm in Algorithm::ASYMMETRIC {
        let key = SigningKey::generate(algorithm);
        let token = key.mint(ISSUER).audience("https://api.example.com").sign();
        let jwk = key.public_jwk();
        let verifies = |token: &str| match algorithm {
            Algorithm::Es512
            | Algorithm::Es256K
            | Algorithm::Ed25519
            | Algorithm::MlDsa44
            | Algorithm::MlDsa65
            | Algorithm::MlDsa87 => verifies_raw(token, &jwk),
            _ => verifies_with_jsonwebtoken(token, &jwk, algorithm),
        };
        assert!(verifies(&token), "{algorithm}");
        assert!(!verifies(&tampered(&token)), "{algorithm}");
    }
}

#[test]
fn eddsa_and_ed25519_are_one_kind_of_key() {
    let older = SigningKey::generate(Algorithm::EdDsa);
    let newer = older.clone().with_algorithm(Algorithm::Ed25519).unwrap();
    assert_eq!(older.kid(), newer.kid());
    assert_eq!(older.public_jwk()["alg"], "EdDSA");
    assert_eq!(newer.public_jwk()["alg"], "Ed25519");
    assert!(verifies_raw(&newer.mint(ISSUER).sign(), &older.public_jwk()));
}

#[test]
fn an_rsa_key_signs_with_every_algorithm_of_its_family() {
    let key = SigningKey::generate(Algorithm::Rs256).with_algorithm(Algorithm::Ps512).unwrap();
    let token = key.mint(ISSUER).audience("https://api.example.com").sign();
    assert!(verifies_with_jsonwebtoken(&token, &key.public_jwk(), Algorithm::Ps512));
    let refused = key.with_algorithm(Algorithm::Es256).unwrap_err();
    assert_eq!(refused, KeyError::OtherFamily(Algorithm::Es256));
    let curve = SigningKey::generate(Algorithm::Es256).with_algorithm(Algorithm::Es384);
    assert_eq!(curve.unwrap_err(), KeyError::OtherFamily(Algorithm::Es384));
}

#[test]
fn hmac_signs_with_the_secret_it_was_given() {
    for (algorithm, hash) in [
        (Algorithm::Hs256, hmac::HMAC_SHA256),
        (Algorithm::Hs384, hmac::HMAC_SHA384),
        (Algorithm::Hs512, hmac::HMAC_SHA512),
    ] {
        for secret in [&b""[..], b"short", &[7; 200]] {
            let key = SigningKey::from_secret(secret, algorithm).unwrap();
            let token = key.mint(ISSUER).sign();
            let (signed, tag) = split(&token);
            let verifying = hmac::Key::new(hash, secret);
            assert!(hmac::verify(&verifying, signed.as_bytes(), &tag).is_ok(), "{algorithm}");
        }
    }
    assert!(SigningKey::from_secret(b"x", Algorithm::Rs256).is_err());
}

#[test]
fn a_secret_is_in_no_public_form_of_its_key() {
    let key = SigningKey::from_secret(b"correct horse battery staple 123", Algorithm::Hs256).unwrap();
    assert_eq!(key.public_jwk(), json!({ "kty": "oct", "alg": "HS256", "use": "sig" }));
    assert_eq!(key.kid(), None);
    assert_eq!(key.public_pem(), None);
    assert!(!format!("{key:?}").contains("correct"));
    assert_eq!(bytes(&key.private_jwk(), "k"), b"correct horse battery staple 123");
}

#[test]
fn public_jwks_hold_no_private_member() {
    let private = ["d", "p", "q", "dp", "dq", "qi", "k", "priv"];
    for algorithm in Algorithm::ASYMMETRIC {
        let key = SigningKey::generate(algorithm);
        let public = key.public_jwk();
        assert!(private.iter().all(|member| public.get(member).is_none()), "{algorithm}");
        let whole = key.private_jwk();
        assert!(private.iter().any(|member| whole.get(member).is_some()), "{algorithm}");
    }
}

#[test]
fn private_jwks_are_the_same_key() {
    let rsa = SigningKey::generate(Algorithm::Rs256).private_jwk();
    let components = rsa::KeyPairComponents {
        public_key: rsa::PublicKeyComponents { n: bytes(&rsa, "n"), e: bytes(&rsa, "e") },
        d: bytes(&rsa, "d"),
        p: bytes(&rsa, "p"),
        q: bytes(&rsa, "q"),
        dP: bytes(&rsa, "dp"),
        dQ: bytes(&rsa, "dq"),
        qInv: bytes(&rsa, "qi"),
    };
    assert!(rsa::KeyPair::from_components(&components).is_ok());

    let ec = SigningKey::generate(Algorithm::Es512).private_jwk();
    let point = [&[4][..], &bytes(&ec, "x"), &bytes(&ec, "y")].concat();
    let pair = signature::EcdsaKeyPair::from_private_key_and_public_key(
        &signature::ECDSA_P521_SHA512_FIXED_SIGNING,
        &bytes(&ec, "d"),
        &point,
    );
    assert!(pair.is_ok());
}

#[test]
fn coordinates_have_the_full_length_of_their_field() {
    for (algorithm, length) in
        [(Algorithm::Es256, 32), (Algorithm::Es256K, 32), (Algorithm::Es384, 48), (Algorithm::Es512, 66)]
    {
        let jwk = SigningKey::generate(algorithm).public_jwk();
        assert_eq!((bytes(&jwk, "x").len(), bytes(&jwk, "y").len()), (length, length));
    }
}

#[test]
fn the_pem_is_the_public_key() {
    for algorithm in Algorithm::ASYMMETRIC {
        let key = SigningKey::generate(algorithm);
        let pem = key.public_pem().unwrap();
        let body = pem
            .strip_prefix("-----BEGIN PUBLIC KEY-----\n")
            .and_then(|rest| rest.strip_suffix("\n-----END PUBLIC KEY-----\n"))
            .unwrap();
        assert!(body.lines().all(|line| line.len() <= 64));
        let der = STANDARD.decode(body.replace('\n', "")).unwrap();
        assert_eq!(Some(&der), key.public_der().as_ref());
        if let Algorithm::Rs256 = algorithm {
            let token = key.mint(ISSUER).sign();
            let (signed, signature) = split(&token);
            let verifying = UnparsedPublicKey::new(&signature::RSA_PKCS1_2048_8192_SHA256, der);
            assert!(verifying.verify(signed.as_bytes(), &signature).is_ok());
        }
    }
}

#[test]
fn rsa_keys_come_in_the_sizes_the_library_makes() {
    let key = SigningKey::generate_rsa(Algorithm::Rs256, 3072).unwrap();
    assert_eq!(bytes(&key.public_jwk(), "n").len(), 384);
    let refused = SigningKey::generate_rsa(Algorithm::Rs256, 1000).unwrap_err();
    assert_eq!(refused, KeyError::RsaSize(1000));
    let refused = SigningKey::generate_rsa(Algorithm::Es256, 2048).unwrap_err();
    assert_eq!(refused, KeyError::OtherFamily(Algorithm::Es256));
}

#[test]
fn raw_signing_takes_any_bytes() {
    let key = SigningKey::generate(Algorithm::Ed25519);
    let token = key.sign_raw(b"\xff not JSON", b"");
    assert!(verifies_raw(&token, &key.public_jwk()));
    let signature = key.sign_input(b"any input");
    let verifying = UnparsedPublicKey::new(&signature::ED25519, bytes(&key.public_jwk(), "x"));
    assert!(verifying.verify(b"any input", &signature).is_ok());
}

#[test]
fn the_weak_key_signs_rightly_and_is_refused_only_for_its_size() {
    let key = SigningKey::weak_rsa();
    let jwk = key.public_jwk();
    assert_eq!(bytes(&jwk, "n").len(), 128);
    let legacy = &signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY;
    for _ in 0..3 {
        let token = key.mint(ISSUER).sign();
        let (signed, signature) = split(&token);
        let components = || rsa::PublicKeyComponents { n: bytes(&jwk, "n"), e: bytes(&jwk, "e") };
        assert!(components().verify(legacy, signed.as_bytes(), &signature).is_ok());
        assert!(components().verify(legacy, b"another message", &signature).is_err());
        let today = &signature::RSA_PKCS1_2048_8192_SHA256;
        assert!(components().verify(today, signed.as_bytes(), &signature).is_err());
        let der = key.public_der().unwrap();
        assert!(UnparsedPublicKey::new(legacy, der).verify(signed.as_bytes(), &signature).is_ok());
    }
    assert!(key.with_algorithm(Algorithm::Ps256).is_err());
}

#[test]
fn the_kid_is_the_rfc_7638_thumbprint() {
    for algorithm in Algorithm::ASYMMETRIC {
        let key = SigningKey::generate(algorithm);
        let jwk = key.public_jwk();
        let member = |name: &str| jwk[name].as_str().unwrap();
        let canonical = match member("kty") {
            "RSA" => format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, member("e"), member("n")),
            "EC" => format!(
                r#"{{"crv":"{}","kty":"EC","x":"{}","y":"{}"}}"#,
                member("crv"),
                member("x"),
                member("y"),
            ),
            "OKP" => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, member("x")),
            "AKP" => format!(r#"{{"alg":"{algorithm}","kty":"AKP","pub":"{}"}}"#, member("pub")),
            other => panic!("{other}"),
        };
        let hash = digest::digest(&digest::SHA256, canonical.as_bytes());
        assert_eq!(member("kid"), URL_SAFE_NO_PAD.encode(hash), "{algorithm}");
        assert_eq!(key.kid(), Some(member("kid")));
    }
}
