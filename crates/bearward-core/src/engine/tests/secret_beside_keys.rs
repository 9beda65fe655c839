//! An issuer with a shared secret and published keys, while it moves from one to the other.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;
use crate::token::algorithm::Algorithm;
use crate::{ConfigError, IssuerConfig};

const SECRET: [u8; 32] = [9; 32];

/// An HS256 token of this secret and header.
fn hmac_token(secret: &[u8], header: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let input = format!("{}.{}", part(header), part(&claims(&json!({}))));
    let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), input.as_bytes());
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn hs256() -> Value {
    json!({ "alg": "HS256" })
}

fn by(issuer: IssuerConfig) -> EngineConfig {
    EngineConfig::new().issuer(issuer).audience(AUDIENCE)
}

fn moving() -> IssuerConfig {
    IssuerConfig::new(ISSUER).jwks_uri("https://issuer.example/keys").shared_secret_beside_keys(SECRET)
}

/// The engine with the keys of this document in hand.
fn loaded(document: String) -> Engine {
    let engine = by(moving()).build().unwrap();
    let fetch = check(&engine, &token(&json!({})), at(0)).fetch.unwrap();
    let headers = http::HeaderMap::new();
    let answer = FetchAnswer { status: http::StatusCode::OK, headers: &headers, body: document.as_bytes() };
    let progress = fetch.answered(answer, at(0)).unwrap();
    assert!(matches!(progress, FetchProgress::Finished(_)), "{progress:?}");
    engine
}

#[test]
fn each_key_verifies_tokens_of_its_own_algorithms() {
    let engine = loaded(mint::jwks([&key()]));
    for token in [
        token(&json!({})),
        hmac_token(&SECRET, &hs256()),
        hmac_token(&SECRET, &json!({ "alg": "HS256", "kid": "legacy" })),
        hmac_token(&SECRET, &json!({ "alg": "HS256", "kid": "k" })),
    ] {
        assert!(decide(&engine, &token, at(1)).is_ok(), "{token}");
        assert!(decide(&engine, &token, at(2)).is_ok(), "{token} again");
    }
}

#[test]
fn a_token_of_the_secret_needs_no_published_keys_and_fetches_none() {
    let engine = by(moving()).build().unwrap();
    assert!(decide(&engine, &hmac_token(&SECRET, &hs256()), at(0)).is_ok());
    for header in [hs256(), json!({ "alg": "HS256", "kid": "made up" })] {
        let forged = hmac_token(&[8; 32], &header);
        assert_eq!(refusal(&engine, &forged), Rejection::Signature(crate::check::SignatureError::Invalid));
    }
}

#[test]
fn a_published_key_is_never_a_secret_and_a_published_secret_is_never_used() {
    let own_secret = URL_SAFE_NO_PAD.encode([5; 32]);
    let oct = json!({ "kty": "oct", "kid": "o", "alg": "HS256", "use": "sig", "k": own_secret });
    let mut document: Value = serde_json::from_str(&mint::jwks([&key()])).unwrap();
    let published = document["keys"][0].clone();
    document["keys"].as_array_mut().unwrap().push(oct);
    let engine = loaded(document.to_string());
    let x = URL_SAFE_NO_PAD.decode(published["x"].as_str().unwrap()).unwrap();
    let jwk = published.to_string();
    for secret in [&[5; 32][..], &x, jwk.as_bytes(), published["x"].as_str().unwrap().as_bytes()] {
        for kid in ["k", "o"] {
            let forged = hmac_token(secret, &json!({ "alg": "HS256", "kid": kid }));
            assert_eq!(
                refusal(&engine, &forged),
                Rejection::Signature(crate::check::SignatureError::Invalid)
            );
        }
    }
    assert!(engine.issuers().next().unwrap().keys().unwrap().keys().iter().all(|key| key.kid() == Some("k")));
}

#[test]
fn hmac_algorithms_that_were_not_allowed_stay_refused() {
    let engine = loaded(mint::jwks([&key()]));
    let longer = hmac_token(&SECRET, &json!({ "alg": "HS512" }));
    assert_eq!(refusal(&engine, &longer), TokenError::AlgorithmNotAllowed(Algorithm::HS512).into());
    let plain = by(IssuerConfig::new(ISSUER).static_keys(mint::jwks([&key()]))).build().unwrap();
    let token = hmac_token(&SECRET, &hs256());
    assert_eq!(refusal(&plain, &token), TokenError::AlgorithmNotAllowed(Algorithm::HS256).into());
}

#[test]
fn a_secret_beside_keys_that_would_do_nothing_is_an_error_at_the_start() {
    let refused = |issuer| by(issuer).build().unwrap_err();
    let beside = |problem: IssuerProblem| ConfigError::new("issuers[0].shared_secret_beside_keys", problem);
    assert_eq!(refused(moving().shared_secret(SECRET)), beside(IssuerProblem::SecretBesideSecret));
    for only in [Algorithm::ES256, Algorithm::HS256] {
        let error = refused(moving().algorithms([only]));
        assert!(matches!(error.problem, Problem::Issuer(IssuerProblem::Algorithms(_))), "{error:?}");
    }
    assert!(by(moving().algorithms([Algorithm::ES256, Algorithm::HS256])).build().is_ok());
    let short = refused(moving().shared_secret_beside_keys([1; 31]));
    assert_eq!(short, beside(IssuerProblem::SecretTooShort { bytes: 31, min: 32 }));
    let public = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n";
    assert_eq!(refused(moving().shared_secret_beside_keys(public)), beside(IssuerProblem::SecretIsPublic));
}
