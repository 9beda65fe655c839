//! A key that signs JWTs, and what is published of it.
//!
//! 1. Key material is fresh, or the caller's: nothing is read from disk, nothing is kept.
//! 2. The `kid` of an asymmetric key is its RFC 7638 thumbprint; a shared secret has none, for a thumbprint
//!    of a guessable secret would help to guess it (RFC 7638 §7).
//! 3. Does not check what it signs: header and payload may be any bytes, for tests that need them so.

mod der;
mod jwk;
mod material;
mod pem;
mod stored;
mod weak_rsa;

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::error::Unspecified;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use self::material::Material;
use crate::algorithm::{Algorithm, Family};

/// A key and the algorithm it signs with.
///
/// Cheap to clone. `Debug` shows the algorithm and the `kid`, never key material.
///
/// Signing and key generation fail only when the cryptographic library fails, which in a test is the end of
/// the test: the methods that say so under *Panics* then panic.
///
/// ```
/// use bearward_issuer::{Algorithm, SigningKey};
///
/// let key = SigningKey::generate(Algorithm::Es256);
/// let token = key
///     .mint("https://issuer.example")
///     .audience("https://api.example.com")
///     .sign();
/// let jwk_set = serde_json::json!({ "keys": [key.public_jwk()] });
/// assert_eq!(jwk_set["keys"][0]["kid"].as_str(), key.kid());
/// # assert!(!token.is_empty());
/// ```
#[derive(Clone)]
pub struct SigningKey {
    algorithm: Algorithm,
    kid: Option<String>,
    material: Arc<Material>,
}

impl SigningKey {
    /// Makes a fresh key: RSA of 2048 bits, or a random secret as long as the hash for HMAC.
    ///
    /// # Panics
    ///
    /// If the cryptographic library cannot make a key.
    pub fn generate(algorithm: Algorithm) -> Self {
        must(Self::try_generate(algorithm))
    }

    /// Makes a fresh RSA key of `bits` bits: 2048, 3072, 4096 or 8192.
    ///
    /// # Errors
    ///
    /// [`KeyError::RsaSize`] for another size (for a smaller key see [`weak_rsa`](Self::weak_rsa)),
    /// [`KeyError::OtherFamily`] if `algorithm` is not one of RSA.
    pub fn generate_rsa(algorithm: Algorithm, bits: usize) -> Result<Self, KeyError> {
        let Family::Rsa(..) = algorithm.family() else {
            return Err(KeyError::OtherFamily(algorithm));
        };
        Self::from_material(algorithm, Material::generate_rsa(bits)?)
    }

    /// An RS256 key of 1024 bits, too short for RFC 7518 §3.3, whose signatures are right all the same.
    ///
    /// It is always the same key, and its private half is public: it stands in this crate's source, because
    /// the cryptographic library makes none that short.
    pub fn weak_rsa() -> Self {
        must(Self::from_material(Algorithm::Rs256, Material::WeakRsa))
    }

    /// Takes a shared secret of any length, even an empty one.
    ///
    /// # Errors
    ///
    /// [`KeyError::OtherFamily`] if `algorithm` is not one of HMAC.
    pub fn from_secret(secret: impl Into<Vec<u8>>, algorithm: Algorithm) -> Result<Self, KeyError> {
        if !algorithm.is_symmetric() {
            return Err(KeyError::OtherFamily(algorithm));
        }
        Self::from_material(algorithm, Material::Secret(secret.into()))
    }

    /// Takes a key from the first PEM `PRIVATE KEY` (PKCS#8, RFC 7468 §10) in this text.
    ///
    /// An RSA key signs RS256 and an Ed25519 key signs `EdDSA`: see [`with_algorithm`](Self::with_algorithm).
    ///
    /// # Errors
    ///
    /// [`KeyError::Malformed`] if there is none, or none of a kind that this crate signs with.
    ///
    /// ```
    /// use bearward_issuer::{Algorithm, SigningKey};
    ///
    /// let key = SigningKey::generate(Algorithm::Es256);
    /// let read = SigningKey::from_pem(&key.private_pem().unwrap_or_default())?;
    /// assert_eq!(read.public_jwk(), key.public_jwk());
    /// # Ok::<(), bearward_issuer::KeyError>(())
    /// ```
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let pkcs8 = pem::read(pem::PRIVATE_KEY, text).ok_or(KeyError::Malformed)?;
        let (material, algorithm) = Material::from_pkcs8(&pkcs8)?;
        Self::from_material(algorithm, material)
    }

    /// Takes a private JWK (RFC 7517), whose `alg` says what it signs; without one RS256, `EdDSA`, or the
    /// algorithm of its curve. Its `kid` is kept, and its RFC 7638 thumbprint where it has none.
    ///
    /// # Errors
    ///
    /// [`KeyError::Malformed`] if it is not one, or not of a kind that this crate signs with.
    pub fn from_private_jwk(jwk: &Value) -> Result<Self, KeyError> {
        let (material, algorithm) = Material::from_private_jwk(jwk)?;
        let key = Self::from_material(algorithm, material)?;
        Ok(match jwk.get("kid").and_then(Value::as_str) {
            Some(kid) => key.with_kid(kid),
            None => key,
        })
    }

    pub(crate) fn try_generate(algorithm: Algorithm) -> Result<Self, KeyError> {
        Self::from_material(algorithm, Material::generate(algorithm)?)
    }

    fn from_material(algorithm: Algorithm, material: Material) -> Result<Self, KeyError> {
        let mut key = Self { algorithm, kid: None, material: Arc::new(material) };
        key.kid = match *key.material {
            Material::Secret(_) => None,
            _ => Some(jwk::thumbprint(&key.required_members()?)),
        };
        Ok(key)
    }

    /// The same key under another `kid`.
    #[must_use]
    pub fn with_kid(mut self, kid: impl Into<String>) -> Self {
        self.kid = Some(kid.into());
        self
    }

    /// The same key without a `kid`, neither in its tokens nor in its JWK.
    #[must_use]
    pub fn without_kid(mut self) -> Self {
        self.kid = None;
        self
    }

    /// The same key material signing with another algorithm, as when an RS256 key signs PS256.
    ///
    /// # Errors
    ///
    /// [`KeyError::OtherFamily`] if this key cannot sign with `algorithm`.
    pub fn with_algorithm(mut self, algorithm: Algorithm) -> Result<Self, KeyError> {
        if !self.material.fits(algorithm) {
            return Err(KeyError::OtherFamily(algorithm));
        }
        self.algorithm = algorithm;
        Ok(self)
    }

    /// The algorithm it signs with.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The key id; a shared secret has none unless it was given one.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The public half as a JWK (RFC 7517) with `alg`, `use` and `kid`.
    ///
    /// A shared secret has no public half: its JWK then lacks the `k` that would give it away.
    pub fn public_jwk(&self) -> Value {
        let members = must(self.required_members());
        jwk::complete(members, self.algorithm, self.kid())
    }

    /// The whole key as a JWK, private members included: what must never be found in a JWK Set.
    pub fn private_jwk(&self) -> Value {
        let mut members = must(self.required_members());
        members.extend(must(self.material.private_members()));
        jwk::complete(members, self.algorithm, self.kid())
    }

    /// The public half as DER `SubjectPublicKeyInfo` (RFC 5280 §4.1); `None` for a shared secret.
    pub fn public_der(&self) -> Option<Vec<u8>> {
        must(self.material.subject_public_key_info())
    }

    /// The public half as PEM `PUBLIC KEY` (RFC 7468 §13); `None` for a shared secret.
    pub fn public_pem(&self) -> Option<String> {
        Some(pem::write(pem::PUBLIC_KEY, &self.public_der()?))
    }

    /// The whole key as PEM `PRIVATE KEY` (PKCS#8, RFC 7468 §10); `None` for a shared secret and for
    /// [`weak_rsa`](Self::weak_rsa).
    pub fn private_pem(&self) -> Option<String> {
        Some(pem::write(pem::PRIVATE_KEY, &must(self.material.pkcs8())?))
    }

    /// Signs any bytes and gives the signature as it stands in a JWS, before base64url (RFC 7515 §5.1).
    ///
    /// # Panics
    ///
    /// If the cryptographic library cannot sign.
    pub fn sign_input(&self, input: &[u8]) -> Vec<u8> {
        must(self.try_sign_input(input))
    }

    /// Signs these header and payload bytes, whatever they are, into a compact serialization (RFC 7515 §7.1).
    ///
    /// The header is not completed: it holds `alg` only if the caller wrote it there.
    ///
    /// # Panics
    ///
    /// If the cryptographic library cannot sign.
    ///
    /// ```
    /// use bearward_issuer::{Algorithm, SigningKey};
    ///
    /// let key = SigningKey::generate(Algorithm::Ed25519);
    /// let token = key.sign_raw(br#"{"alg":"Ed25519"}"#, b"[1,2,3]");
    /// assert!(token.starts_with("eyJhbGciOiJFZDI1NTE5In0.WzEsMiwzXQ."));
    /// ```
    pub fn sign_raw(&self, header: &[u8], payload: &[u8]) -> String {
        must(self.try_sign_raw(header, payload))
    }

    pub(crate) fn try_sign_raw(&self, header: &[u8], payload: &[u8]) -> Result<String, KeyError> {
        let signed = signing_input(header, payload);
        let signature = self.try_sign_input(signed.as_bytes())?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    fn try_sign_input(&self, input: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.material.sign(self.algorithm, input)
    }

    /// The public half as a JWK of the members that a thumbprint covers, and no other (RFC 7638 §3.2).
    pub(crate) fn bare_jwk(&self) -> Value {
        let members = must(self.required_members());
        members.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect()
    }

    /// The RFC 7638 thumbprint of the key, whatever its `kid`.
    pub(crate) fn thumbprint(&self) -> String {
        jwk::thumbprint(&must(self.required_members()))
    }

    fn required_members(&self) -> Result<jwk::Members, KeyError> {
        self.material.required_members(self.algorithm)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("algorithm", &self.algorithm)
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

/// Why a key cannot be made or used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// The cryptographic library failed.
    Library,
    /// The cryptographic library makes no RSA key of this many bits.
    RsaSize(usize),
    /// The key and this algorithm are of different families.
    OtherFamily(Algorithm),
    /// The text or JWK holds no private key of a known kind.
    Malformed,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Library => f.write_str("the cryptographic library failed"),
            Self::RsaSize(bits) => write!(f, "no RSA key of {bits} bits can be made"),
            Self::OtherFamily(algorithm) => write!(f, "the key cannot sign with {algorithm}"),
            Self::Malformed => f.write_str("no private key of a known kind"),
        }
    }
}

impl std::error::Error for KeyError {}

impl From<Unspecified> for KeyError {
    fn from(_: Unspecified) -> Self {
        Self::Library
    }
}

/// Puts three parts together as a compact serialization (RFC 7515 §7.1), each encoded as base64url.
///
/// For tokens that nobody signed, or signed for something else.
///
/// ```
/// let unsigned = bearward_issuer::assemble(br#"{"alg":"none"}"#, b"{}", b"");
/// assert_eq!(unsigned, "eyJhbGciOiJub25lIn0.e30.");
/// ```
pub fn assemble(header: &[u8], payload: &[u8], signature: &[u8]) -> String {
    let mut token = signing_input(header, payload);
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    token
}

fn signing_input(header: &[u8], payload: &[u8]) -> String {
    let mut input = URL_SAFE_NO_PAD.encode(header);
    input.push('.');
    URL_SAFE_NO_PAD.encode_string(payload, &mut input);
    input
}

/// The one place where the test kit gives up, so that a test need not say so at every token.
#[expect(clippy::panic, reason = "documented under Panics: a test cannot go on without its key")]
#[track_caller]
pub(crate) fn must<T>(result: Result<T, KeyError>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}
