//! The other side, for tests: keys, JWKs and signed tokens, made with aws-lc-rs alone. It shares no code with
//! the crate, so that no test checks a thing against itself.

#![allow(dead_code)] // each test target uses a part of it
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::LazyLock;

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair, PqdsaKeyPair, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// An authorization server's key: one algorithm, and a name or none.
pub(crate) struct SigningKey {
    kid: Option<&'static str>,
    algorithm: &'static str,
    pair: Pair,
}

enum Pair {
    Ed25519(Ed25519KeyPair),
    Ecdsa(EcdsaKeyPair),
    Rsa(&'static RsaKeyPair),
    MlDsa(PqdsaKeyPair),
    Secret(Vec<u8>),
}

static RSA: LazyLock<[RsaKeyPair; 2]> =
    LazyLock::new(|| [1, 2].map(|_| RsaKeyPair::generate(KeySize::Rsa2048).unwrap()));

/// The names of all asymmetric algorithms.
pub(crate) const ASYMMETRIC: [&str; 15] = [
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "ES256K",
    "EdDSA",
    "Ed25519",
    "ML-DSA-44",
    "ML-DSA-65",
    "ML-DSA-87",
];

impl SigningKey {
    /// The same Ed25519 key each time, one for each seed: the quick one.
    pub(crate) fn ed25519(kid: &'static str, seed: u8) -> Self {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
        Self { kid: Some(kid), algorithm: "EdDSA", pair: Pair::Ed25519(pair) }
    }

    /// A key of its own for this algorithm. There are two RSA keys, told apart by `which`.
    pub(crate) fn generate(algorithm: &'static str, kid: &'static str, which: usize) -> Self {
        let pair = match algorithm {
            "ES256" => Pair::Ecdsa(ecdsa(&signature::ECDSA_P256_SHA256_FIXED_SIGNING)),
            "ES384" => Pair::Ecdsa(ecdsa(&signature::ECDSA_P384_SHA384_FIXED_SIGNING)),
            "ES512" => Pair::Ecdsa(ecdsa(&signature::ECDSA_P521_SHA512_FIXED_SIGNING)),
            "ES256K" => Pair::Ecdsa(ecdsa(&signature::ECDSA_P256K1_SHA256_FIXED_SIGNING)),
            "EdDSA" | "Ed25519" => Pair::Ed25519(Ed25519KeyPair::generate().unwrap()),
            "ML-DSA-44" => Pair::MlDsa(PqdsaKeyPair::generate(&signature::ML_DSA_44_SIGNING).unwrap()),
            "ML-DSA-65" => Pair::MlDsa(PqdsaKeyPair::generate(&signature::ML_DSA_65_SIGNING).unwrap()),
            "ML-DSA-87" => Pair::MlDsa(PqdsaKeyPair::generate(&signature::ML_DSA_87_SIGNING).unwrap()),
            _ => Pair::Rsa(&RSA[which]),
        };
        Self { kid: Some(kid), algorithm, pair }
    }

    pub(crate) fn secret(algorithm: &'static str, secret: &[u8]) -> Self {
        Self { kid: None, algorithm, pair: Pair::Secret(secret.to_vec()) }
    }

    pub(crate) fn unnamed(self) -> Self {
        Self { kid: None, ..self }
    }

    /// The public key as a JWK, with `kid` and `alg`.
    pub(crate) fn jwk(&self) -> Value {
        let mut jwk = match &self.pair {
            Pair::Ed25519(pair) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": base64url(pair.public_key()) })
            }
            Pair::Ecdsa(pair) => {
                let point = &pair.public_key().as_ref()[1..];
                let (x, y) = point.split_at(point.len() / 2);
                let crv = match self.algorithm {
                    "ES256" => "P-256",
                    "ES384" => "P-384",
                    "ES512" => "P-521",
                    _ => "secp256k1",
                };
                json!({ "kty": "EC", "crv": crv, "x": base64url(x), "y": base64url(y) })
            }
            Pair::Rsa(pair) => {
                let key = pair.public_key();
                let n = key.modulus().big_endian_without_leading_zero().to_vec();
                let e = key.exponent().big_endian_without_leading_zero().to_vec();
                json!({ "kty": "RSA", "n": base64url(n), "e": base64url(e) })
            }
            Pair::MlDsa(pair) => json!({ "kty": "AKP", "pub": base64url(pair.public_key()) }),
            Pair::Secret(secret) => json!({ "kty": "oct", "k": base64url(secret) }),
        };
        jwk["alg"] = self.algorithm.into();
        if let Some(kid) = self.kid {
            jwk["kid"] = kid.into();
        }
        jwk
    }

    /// A token with this key's `alg` and `kid`, and `typ` of an access token.
    pub(crate) fn token(&self, claims: &Value) -> String {
        let mut header = json!({ "alg": self.algorithm, "typ": "at+jwt" });
        if let Some(kid) = self.kid {
            header["kid"] = kid.into();
        }
        self.token_with_header(&header, claims)
    }

    pub(crate) fn token_with_header(&self, header: &Value, claims: &Value) -> String {
        self.token_of(&header.to_string(), &claims.to_string())
    }

    /// A token of these very texts.
    pub(crate) fn token_of(&self, header: &str, claims: &str) -> String {
        let input = format!("{}.{}", base64url(header), base64url(claims));
        let signature = self.sign(input.as_bytes());
        format!("{input}.{}", base64url(signature))
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        #[allow(clippy::disallowed_methods, reason = "a test is no part of the core")]
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            Pair::Ecdsa(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Pair::Rsa(pair) => {
                let padding: &dyn signature::RsaEncoding = match self.algorithm {
                    "RS256" => &signature::RSA_PKCS1_SHA256,
                    "RS384" => &signature::RSA_PKCS1_SHA384,
                    "RS512" => &signature::RSA_PKCS1_SHA512,
                    "PS256" => &signature::RSA_PSS_SHA256,
                    "PS384" => &signature::RSA_PSS_SHA384,
                    "PS512" => &signature::RSA_PSS_SHA512,
                    other => panic!("{other} is not an RSA algorithm"),
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &random, message, &mut signature).unwrap();
                signature
            }
            Pair::MlDsa(pair) => {
                let mut signature = vec![0; pair.algorithm().signature_len()];
                let length = pair.sign(message, &mut signature).unwrap();
                signature.truncate(length);
                signature
            }
            Pair::Secret(secret) => {
                let hash = match self.algorithm {
                    "HS256" => hmac::HMAC_SHA256,
                    "HS384" => hmac::HMAC_SHA384,
                    _ => hmac::HMAC_SHA512,
                };
                hmac::sign(&hmac::Key::new(hash, secret), message).as_ref().to_vec()
            }
        }
    }
}

/// A JWK Set of these keys.
pub(crate) fn jwks<'k>(keys: impl IntoIterator<Item = &'k SigningKey>) -> String {
    let keys: Vec<_> = keys.into_iter().map(SigningKey::jwk).collect();
    json!({ "keys": keys }).to_string()
}

pub(crate) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn from_base64url(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

fn ecdsa(algorithm: &'static signature::EcdsaSigningAlgorithm) -> EcdsaKeyPair {
    EcdsaKeyPair::generate(algorithm).unwrap()
}
