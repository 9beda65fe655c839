//! Key pairs: one signs, its public half is published as a JWK.

use anyhow::{Result, anyhow};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, ParsedPublicKey, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The three algorithms that nearly all authorization servers sign with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
pub(crate) enum Algorithm {
    #[value(name = "RS256")]
    #[serde(rename = "RS256")]
    Rs256,
    #[value(name = "ES256")]
    #[serde(rename = "ES256")]
    Es256,
    #[value(name = "EdDSA")]
    #[serde(rename = "EdDSA")]
    EdDsa,
}

impl Algorithm {
    pub(crate) const ALL: [Self; 3] = [Self::Rs256, Self::Es256, Self::EdDsa];

    /// Its `alg` value (RFC 7518 §3.1, RFC 8037 §3.1).
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }
}

/// A private key with its `kid`.
pub(crate) struct SigningKey {
    kid: String,
    pair: Pair,
}

enum Pair {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl SigningKey {
    /// A fresh key; RSA keys have 2048 bits, as most authorization servers' do.
    pub(crate) fn generate(algorithm: Algorithm, kid: impl Into<String>) -> Result<Self> {
        let pair = match algorithm {
            Algorithm::Rs256 => RsaKeyPair::generate(KeySize::Rsa2048).map(Pair::Rsa),
            Algorithm::Es256 => {
                EcdsaKeyPair::generate(&signature::ECDSA_P256_SHA256_FIXED_SIGNING).map(Pair::P256)
            }
            Algorithm::EdDsa => Ed25519KeyPair::generate().map(Pair::Ed25519),
        };
        let pair = pair.map_err(|_| anyhow!("no {} key could be made", algorithm.name()))?;
        Ok(Self { kid: kid.into(), pair })
    }

    pub(crate) fn kid(&self) -> &str {
        &self.kid
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        match &self.pair {
            Pair::Rsa(_) => Algorithm::Rs256,
            Pair::P256(_) => Algorithm::Es256,
            Pair::Ed25519(_) => Algorithm::EdDsa,
        }
    }

    /// The public key as RFC 7517 publishes it.
    pub(crate) fn jwk(&self) -> Value {
        let encoded = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let mut jwk = match &self.pair {
            Pair::Rsa(pair) => json!({
                "kty": "RSA",
                "n": encoded(pair.public_key().modulus().big_endian_without_leading_zero()),
                "e": encoded(pair.public_key().exponent().big_endian_without_leading_zero()),
            }),
            Pair::P256(pair) => {
                // An uncompressed point: 4, then both coordinates (SEC 1 §2.3.3).
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({ "kty": "EC", "crv": "P-256", "x": encoded(x), "y": encoded(y) })
            }
            Pair::Ed25519(pair) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": encoded(pair.public_key().as_ref()) })
            }
        };
        jwk["kid"] = self.kid.as_str().into();
        jwk["alg"] = self.algorithm().name().into();
        jwk["use"] = "sig".into();
        jwk
    }

    /// The thumbprint of its public key (RFC 7638), for keys on P-256.
    pub(crate) fn thumbprint(&self) -> String {
        let jwk = self.jwk();
        let (x, y) = (&jwk["x"], &jwk["y"]);
        let text = format!(r#"{{"crv":"P-256","kty":"EC","x":{x},"y":{y}}}"#);
        URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes()))
    }

    /// The public key as the raw verification takes it.
    pub(crate) fn parsed_public_key(&self) -> Result<ParsedPublicKey> {
        let parsed = match &self.pair {
            Pair::Rsa(pair) => {
                ParsedPublicKey::new(&signature::RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref())
            }
            Pair::P256(pair) => ParsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, pair.public_key()),
            Pair::Ed25519(pair) => ParsedPublicKey::new(&signature::ED25519, pair.public_key()),
        };
        parsed.map_err(|error| anyhow!("the public key was refused: {error}"))
    }

    /// The JWS signature of `message` (RFC 7515 §5.1 step 5).
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signed = vec![0; pair.public_modulus_len()];
                pair.sign(&signature::RSA_PKCS1_SHA256, &random, message, &mut signed).map(|()| signed)
            }
            Pair::P256(pair) => pair.sign(&random, message).map(|signed| signed.as_ref().to_vec()),
            Pair::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
        }
        .map_err(|_| anyhow!("{} could not sign", self.kid))
    }
}
