//! DPoP proofs, claim by claim.

use std::fmt;

use serde_json::{Map, Value};

use super::DpopKey;
use crate::clock;
use crate::mint::{random_id, sha256_base64url, to_bytes};
use crate::signing_key::SigningKey;

/// Builds one DPoP proof (RFC 9449 §4.2): right by default, wrong in exactly the way a test asks for.
///
/// It starts with the header members `typ` (`dpop+jwt`), `alg` and `jwk` (the public half of the key) and with
/// the claims `htm`, `htu` (without query and fragment), `iat` (now) and a fresh `jti`.
///
/// ```
/// use bearward_issuer::{Algorithm, DpopKey};
/// use serde_json::json;
///
/// let key = DpopKey::generate(Algorithm::Es256);
/// let other = DpopKey::generate(Algorithm::Es256);
/// let proof = || key.proof("GET", "https://api.example.com/messages").access_token("the token");
/// let late = proof().issued_in(-3600).sign();
/// let without_hash = proof().remove("ath").sign();
/// let leaked = proof().header("jwk", key.private_jwk()).sign();
/// let stolen = proof().signed_by(other.signing_key()).sign();
/// let twice = proof().sign_payload(br#"{"htm":"GET","htm":"POST"}"#);
/// # let _ = (late, without_hash, leaked, stolen, twice, json!(0));
/// ```
#[derive(Clone)]
#[must_use = "a proof exists only once it is signed"]
pub struct ProofBuilder {
    key: SigningKey,
    header: Map<String, Value>,
    claims: Map<String, Value>,
}

/// With the names of the members alone.
impl fmt::Debug for ProofBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProofBuilder")
            .field("key", &self.key)
            .field("header", &self.header.keys())
            .field("claims", &self.claims.keys())
            .finish_non_exhaustive()
    }
}

impl ProofBuilder {
    pub(super) fn new(key: &DpopKey, method: &str, url: &str) -> Self {
        let proof = Self { key: key.key.clone(), header: Map::new(), claims: Map::new() };
        proof
            .header("typ", "dpop+jwt")
            .header("alg", key.algorithm().name())
            .header("jwk", key.public_jwk())
            .jti(random_id())
            .claim("htm", method)
            .claim("htu", without_query(url))
            .issued_in(0)
    }

    /// Sets `ath` to the hash of the access token that the proof comes with (RFC 9449 §4.2).
    pub fn access_token(self, token: &str) -> Self {
        self.claim("ath", sha256_base64url(token.as_bytes()))
    }

    /// Sets `nonce` to one that the server gave (RFC 9449 §8, §9).
    pub fn nonce(self, nonce: impl Into<String>) -> Self {
        self.claim("nonce", nonce.into())
    }

    /// Sets `jti`; the same for two proofs makes a replay of the second.
    pub fn jti(self, id: impl Into<String>) -> Self {
        self.claim("jti", id.into())
    }

    /// Sets `iat` to this many seconds after now; negative for an old proof.
    pub fn issued_in(self, seconds: i64) -> Self {
        self.claim("iat", clock::unix_seconds().saturating_add(seconds))
    }

    /// Sets any claim, also one that has its own method.
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.claims.insert(name.into(), value.into());
        self
    }

    /// Removes a claim.
    pub fn remove(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    /// Sets any member of the JOSE header. `alg` changes what the header says, not how the proof is signed.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.header.insert(name.into(), value.into());
        self
    }

    /// Removes a member of the JOSE header.
    pub fn remove_header(mut self, name: &str) -> Self {
        self.header.remove(name);
        self
    }

    /// Signs with another key, and names its algorithm in the header. The `jwk` there stays the one it was.
    pub fn signed_by(mut self, key: &SigningKey) -> Self {
        self.key = key.clone();
        self.header("alg", key.algorithm().name())
    }

    /// The JOSE header as it stands.
    pub fn jose_header(&self) -> &Map<String, Value> {
        &self.header
    }

    /// The claims set as it is.
    pub fn claims_set(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// Signs it: a compact serialization, the value of the `DPoP` header.
    ///
    /// # Panics
    ///
    /// If the cryptographic library cannot sign.
    pub fn sign(&self) -> String {
        self.sign_payload(&to_bytes(&self.claims))
    }

    /// Signs other payload bytes under this header, be they JSON or not.
    ///
    /// # Panics
    ///
    /// If the cryptographic library cannot sign.
    pub fn sign_payload(&self, payload: &[u8]) -> String {
        self.key.sign_raw(&to_bytes(&self.header), payload)
    }

    /// The same claims set with `alg` `none` and no signature, which nobody may accept.
    pub fn unsigned(&self) -> String {
        let header = self.clone().header("alg", "none").header;
        crate::assemble(&to_bytes(&header), &to_bytes(&self.claims), b"")
    }
}

/// RFC 9449 §4.2: `htu` is the target URI without query and fragment parts.
pub(crate) fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}
