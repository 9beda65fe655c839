//! The client's side of DPoP (RFC 9449): its key, and the proofs that it signs.

mod proof;

use std::fmt;

use serde_json::Value;

pub use self::proof::ProofBuilder;
pub(crate) use self::proof::without_query;
use crate::algorithm::Algorithm;
use crate::signing_key::{KeyError, SigningKey};

/// The key that a client proves possession of, and that its tokens are bound to.
///
/// Cheap to clone. `Debug` shows the algorithm and the thumbprint, never key material.
///
/// ```
/// use bearward_issuer::{Algorithm, DpopKey, SigningKey};
///
/// let client = DpopKey::generate(Algorithm::Es256);
/// let token = SigningKey::generate(Algorithm::Es256)
///     .mint("https://issuer.example")
///     .bound_to_key(client.thumbprint())
///     .sign();
/// let proof = client.proof("GET", "https://api.example.com/messages").access_token(&token).sign();
/// # let _ = proof;
/// ```
#[derive(Clone)]
pub struct DpopKey {
    key: SigningKey,
}

impl DpopKey {
    /// Makes a fresh key.
    ///
    /// # Panics
    ///
    /// If the cryptographic library cannot make a key.
    pub fn generate(algorithm: Algorithm) -> Self {
        Self { key: SigningKey::generate(algorithm) }
    }

    /// Takes a key from the first PEM `PRIVATE KEY` (PKCS#8) in this text, as [`SigningKey::from_pem`] does.
    ///
    /// # Errors
    ///
    /// [`KeyError::Malformed`] if there is none, or none of a kind that this crate signs with.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        SigningKey::from_pem(text).map(Self::from)
    }

    /// Takes a private JWK, as [`SigningKey::from_private_jwk`] does.
    ///
    /// # Errors
    ///
    /// [`KeyError::Malformed`] if it is not one, or not of a kind that this crate signs with.
    pub fn from_private_jwk(jwk: &Value) -> Result<Self, KeyError> {
        SigningKey::from_private_jwk(jwk).map(Self::from)
    }

    /// The same key signing with another algorithm, as when an RSA key of a file shall sign PS256.
    ///
    /// # Errors
    ///
    /// [`KeyError::OtherFamily`] if this key cannot sign with `algorithm`.
    pub fn with_algorithm(self, algorithm: Algorithm) -> Result<Self, KeyError> {
        self.key.with_algorithm(algorithm).map(Self::from)
    }

    /// The algorithm it signs with.
    pub fn algorithm(&self) -> Algorithm {
        self.key.algorithm()
    }

    /// The RFC 7638 thumbprint with SHA-256, as base64url: the `jkt` of a token bound to this key.
    pub fn thumbprint(&self) -> String {
        self.key.thumbprint()
    }

    /// The public half as it stands in the header of a proof: without `alg`, `use` and `kid`, except for
    /// ML-DSA, whose `alg` is part of the key (RFC 9964 §3).
    pub fn public_jwk(&self) -> Value {
        self.key.bare_jwk()
    }

    /// The whole key as a JWK with `alg`, `use` and `kid`, to be kept in a file, or to be found in a proof.
    pub fn private_jwk(&self) -> Value {
        self.key.private_jwk()
    }

    /// The whole key as PEM `PRIVATE KEY` (PKCS#8), to be kept in a file; `None` for a shared secret.
    pub fn private_pem(&self) -> Option<String> {
        self.key.private_pem()
    }

    /// The key as one that signs anything else.
    pub fn signing_key(&self) -> &SigningKey {
        &self.key
    }

    /// Starts a proof for one request: its method and its URL, of which query and fragment are left out.
    pub fn proof(&self, method: &str, url: &str) -> ProofBuilder {
        ProofBuilder::new(self, method, url)
    }
}

impl From<SigningKey> for DpopKey {
    fn from(key: SigningKey) -> Self {
        Self { key }
    }
}

impl fmt::Debug for DpopKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DpopKey")
            .field("algorithm", &self.algorithm())
            .field("thumbprint", &self.thumbprint())
            .finish_non_exhaustive()
    }
}
