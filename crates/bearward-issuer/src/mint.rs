//! Access tokens, claim by claim.

use std::fmt;

use aws_lc_rs::{digest, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::clock;
use crate::signing_key::{KeyError, SigningKey, must};

/// Builds one JWT access token (RFC 9068): right by default, wrong in exactly the way a test asks for.
///
/// It starts with the header members `alg`, `kid` and `typ` (`at+jwt`) and with the claims `iss`, `sub` and
/// `client_id` (both `test-client`), `iat` (now), `exp` (in an hour) and a fresh `jti`. There is no audience
/// and no scope until they are named.
///
/// ```
/// use bearward_issuer::{Algorithm, SigningKey};
/// use serde_json::json;
///
/// let key = SigningKey::generate(Algorithm::Es256);
/// let expired = key
///     .mint("https://issuer.example")
///     .audience("https://api.example.com")
///     .expires_in(-60)
///     .sign();
/// let without_audience = key.mint("https://issuer.example").sign();
/// let odd = key
///     .mint("https://issuer.example")
///     .claim("aud", json!(["https://a.example", 7]))
///     .header("crit", json!(["unknown"]))
///     .remove_header("kid")
///     .remove("exp")
///     .sign();
/// # let _ = (expired, without_audience, odd);
/// ```
#[derive(Clone)]
#[must_use = "a token exists only once it is signed"]
pub struct TokenBuilder {
    key: SigningKey,
    header: Map<String, Value>,
    claims: Map<String, Value>,
    issued_at: i64,
}

/// How long a token lives by default: an hour.
const DEFAULT_LIFETIME_SECS: i64 = 3600;

/// With the names of the members alone.
impl fmt::Debug for TokenBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenBuilder")
            .field("key", &self.key)
            .field("header", &self.header.keys())
            .field("claims", &self.claims.keys())
            .finish_non_exhaustive()
    }
}

impl SigningKey {
    /// Starts a token of `issuer` signed with this key, without any server.
    pub fn mint(&self, issuer: impl Into<String>) -> TokenBuilder {
        TokenBuilder::new(self, issuer)
    }
}

impl TokenBuilder {
    /// Starts a token of `issuer` that `key` will sign.
    pub fn new(key: &SigningKey, issuer: impl Into<String>) -> Self {
        let token = Self { key: key.clone(), header: Map::new(), claims: Map::new(), issued_at: 0 };
        token
            .header("typ", "at+jwt")
            .signed_by(key)
            .issued_at(clock::unix_seconds())
            .claim("iss", issuer.into())
            .subject("test-client")
            .client_id("test-client")
            .claim("jti", random_id())
    }

    /// Starts a token of exactly these claims.
    pub(crate) fn of_claims(key: &SigningKey, claims: Map<String, Value>) -> Self {
        let token = Self { key: key.clone(), header: Map::new(), claims, issued_at: clock::unix_seconds() };
        token.header("typ", "at+jwt").signed_by(key)
    }

    /// Sets `aud` to one audience. For several, or none, use [`claim`](Self::claim).
    pub fn audience(self, audience: impl Into<String>) -> Self {
        self.claim("aud", audience.into())
    }

    /// Sets `sub`.
    pub fn subject(self, subject: impl Into<String>) -> Self {
        self.claim("sub", subject.into())
    }

    /// Sets `client_id`.
    pub fn client_id(self, client_id: impl Into<String>) -> Self {
        self.claim("client_id", client_id.into())
    }

    /// Sets `scope`, space-separated (RFC 8693 §4.2).
    pub fn scope(self, scope: impl Into<String>) -> Self {
        self.claim("scope", scope.into())
    }

    /// Sets `organization_id`.
    pub fn organization(self, id: impl Into<String>) -> Self {
        self.claim("organization_id", id.into())
    }

    /// Sets `jti`.
    pub fn jti(self, id: impl Into<String>) -> Self {
        self.claim("jti", id.into())
    }

    /// Sets `sid`, the session that the token belongs to (OpenID Connect Front-Channel Logout §3).
    pub fn session(self, id: impl Into<String>) -> Self {
        self.claim("sid", id.into())
    }

    /// Sets `acr`: how the subject was authenticated (RFC 9068 §2.2.1).
    pub fn acr(self, acr: impl Into<String>) -> Self {
        self.claim("acr", acr.into())
    }

    /// Sets `auth_time`, when the subject was authenticated, to this many seconds after `iat`; mostly negative.
    pub fn auth_time_in(self, seconds: i64) -> Self {
        let auth_time = self.issued_at.saturating_add(seconds);
        self.claim("auth_time", auth_time)
    }

    /// Binds the token to a DPoP key by its thumbprint: `cnf.jkt` (RFC 9449 §6.1).
    ///
    /// ```
    /// use bearward_issuer::{Algorithm, DpopKey, SigningKey};
    ///
    /// let dpop = DpopKey::generate(Algorithm::Es256);
    /// let key = SigningKey::generate(Algorithm::Es256);
    /// let token = key.mint("https://issuer.example").bound_to_key(dpop.thumbprint());
    /// assert_eq!(token.claims_set()["cnf"]["jkt"], dpop.thumbprint());
    /// ```
    pub fn bound_to_key(self, thumbprint: impl Into<String>) -> Self {
        self.confirmation("jkt", thumbprint.into())
    }

    /// Binds the token to a client certificate, given as DER: `cnf.x5t#S256` (RFC 8705 §3.1).
    pub fn bound_to_certificate(self, der: impl AsRef<[u8]>) -> Self {
        self.confirmation("x5t#S256", sha256_base64url(der.as_ref()))
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

    /// Sets any member of the JOSE header. `alg` changes what the header says, not how the token is signed.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.header.insert(name.into(), value.into());
        self
    }

    /// Removes a member of the JOSE header.
    pub fn remove_header(mut self, name: &str) -> Self {
        self.header.remove(name);
        self
    }

    /// Moves the whole token in time: `iat` to `unix_seconds`, `exp` an hour later.
    pub fn issued_at(mut self, unix_seconds: i64) -> Self {
        self.issued_at = unix_seconds;
        self.claim("iat", unix_seconds).expires_in(DEFAULT_LIFETIME_SECS)
    }

    /// Sets `exp` to this many seconds after `iat`; negative for a token that has expired.
    pub fn expires_in(self, seconds: i64) -> Self {
        let expires_at = self.issued_at.saturating_add(seconds);
        self.claim("exp", expires_at)
    }

    /// Sets `nbf` to this many seconds after `iat`.
    pub fn not_before_in(self, seconds: i64) -> Self {
        let not_before = self.issued_at.saturating_add(seconds);
        self.claim("nbf", not_before)
    }

    /// Signs with another key, and names its algorithm and `kid` in the header.
    ///
    /// To claim one key's `kid` and sign with another, set the header afterwards.
    pub fn signed_by(mut self, key: &SigningKey) -> Self {
        self.key = key.clone();
        self.header.insert("alg".to_owned(), key.algorithm().name().into());
        match key.kid() {
            Some(kid) => self.header.insert("kid".to_owned(), kid.into()),
            None => self.header.remove("kid"),
        };
        self
    }

    /// The JOSE header as it stands.
    pub fn jose_header(&self) -> &Map<String, Value> {
        &self.header
    }

    /// The claims set as it is.
    pub fn claims_set(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// Signs it: a compact serialization (RFC 7515 §7.1).
    ///
    /// # Panics
    ///
    /// If the cryptographic library cannot sign.
    pub fn sign(&self) -> String {
        must(self.try_sign())
    }

    /// Signs other payload bytes under this header, be they JSON or not.
    ///
    /// # Panics
    ///
    /// If the cryptographic library cannot sign.
    pub fn sign_payload(&self, payload: &[u8]) -> String {
        self.key.sign_raw(&to_bytes(&self.header), payload)
    }

    /// The same claims set with `alg` `none` and no signature (RFC 7519 §6), which nobody may accept.
    pub fn unsigned(&self) -> String {
        let mut header = self.header.clone();
        header.insert("alg".to_owned(), "none".into());
        crate::assemble(&to_bytes(&header), &to_bytes(&self.claims), b"")
    }

    pub(crate) fn try_sign(&self) -> Result<String, KeyError> {
        self.key.try_sign_raw(&to_bytes(&self.header), &to_bytes(&self.claims))
    }

    /// Adds a confirmation method beside those there (RFC 7800 §3.1).
    fn confirmation(mut self, method: &str, value: String) -> Self {
        let cnf = self.claims.entry("cnf").or_insert_with(|| Map::new().into());
        if !cnf.is_object() {
            *cnf = Map::new().into();
        }
        cnf[method] = value.into();
        self
    }

    pub(crate) fn extend_claims(mut self, claims: impl IntoIterator<Item = (String, Value)>) -> Self {
        self.claims.extend(claims);
        self
    }
}

pub(crate) fn to_bytes(object: &Map<String, Value>) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing a `Value` to memory cannot fail: its keys are strings and nothing does IO.
    let _ = serde_json::to_writer(&mut bytes, object);
    bytes
}

/// A fresh `jti`: 128 random bits.
pub(crate) fn random_id() -> String {
    random_base64url::<16>()
}

/// This many random bytes, as text.
pub(crate) fn random_base64url<const BYTES: usize>() -> String {
    let mut bytes = [0; BYTES];
    must(rand::fill(&mut bytes).map_err(KeyError::from));
    URL_SAFE_NO_PAD.encode(bytes)
}

/// SHA-256 as it stands in `jkt`, `x5t#S256` and `ath`.
pub(crate) fn sha256_base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, bytes))
}
