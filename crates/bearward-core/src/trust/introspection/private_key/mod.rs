//! The private key that this resource server signs its client assertions with.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RsaEncoding, RsaKeyPair,
};
use aws_lc_rs::{digest, error};

use crate::token::algorithm::Algorithm;
use crate::trust::key::has_fingerprint;
use crate::wire::pem::{self, Pem};

/// The private key of a client that authenticates itself with signed assertions (`private_key_jwt`).
///
/// `Debug` shows nothing of the key but its name and algorithm.
///
/// ```
/// use bearward_core::token::Algorithm;
/// use bearward_core::trust::{PrivateKey, PrivateKeyError};
///
/// let public = "-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----";
/// let refused = PrivateKey::from_pkcs8_pem(public, Algorithm::ES256, None);
/// assert_eq!(refused.err(), Some(PrivateKeyError::NotPrivate));
/// ```
#[derive(Clone)]
pub struct PrivateKey(Arc<Key>);

struct Key {
    kid: Option<Box<str>>,
    algorithm: Algorithm,
    signer: Signer,
    /// Says whether two keys are the same, without the key.
    identity: [u8; 32],
}

enum Signer {
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// Why a text is not a private key to sign with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PrivateKeyError {
    /// The text has no `-----BEGIN PRIVATE KEY-----` and matching end with base64 between them.
    NotPem,
    /// The text is a PEM text of something else: a public key, a certificate.
    NotPrivate,
    /// The key is in an older form than PKCS#8.
    NotPkcs8,
    /// The key is encrypted with a passphrase.
    Encrypted,
    /// Client assertions are signed with RS256, PS256, ES256, ES384, EdDSA or Ed25519, and not with this.
    Algorithm(Algorithm),
    /// The key is broken, too weak, or of another type or curve than the algorithm's.
    Mismatch(Algorithm),
}

impl fmt::Display for PrivateKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPem => f.write_str("not a PEM text: expected -----BEGIN PRIVATE KEY-----"),
            Self::NotPrivate => f.write_str("not a private key"),
            Self::NotPkcs8 => {
                f.write_str("not in PKCS#8 form (openssl pkcs8 -topk8 -nocrypt writes the key in it)")
            }
            Self::Encrypted => f.write_str(
                "the key is encrypted (openssl pkcs8 -topk8 -nocrypt writes it without encryption)",
            ),
            Self::Algorithm(algorithm) => write!(
                f,
                "{algorithm} cannot sign client assertions here; use RS256, PS256, ES256, ES384, EdDSA or Ed25519"
            ),
            Self::Mismatch(algorithm) => write!(f, "the key is broken, or not one that {algorithm} can use"),
        }
    }
}

impl std::error::Error for PrivateKeyError {}

impl PrivateKey {
    /// Reads a key in PKCS#8 form (`-----BEGIN PRIVATE KEY-----`), to sign with RS256, PS256, ES256, ES384 or
    /// EdDSA (also called Ed25519). The authorization server finds its public half by `kid`, where one is given.
    ///
    /// # Errors
    /// [`PrivateKeyError`] if the text is not such a key.
    pub fn from_pkcs8_pem(
        pem: &str,
        algorithm: Algorithm,
        kid: Option<&str>,
    ) -> Result<Self, PrivateKeyError> {
        let der = pkcs8_der(pem)?;
        let broken = || PrivateKeyError::Mismatch(algorithm);
        let mismatch = |_| broken();
        let ecdsa = |curve: &'static EcdsaSigningAlgorithm| EcdsaKeyPair::from_pkcs8(curve, &der);
        let signer = match algorithm {
            Algorithm::RS256 => Signer::Rsa(rsa(&der).ok_or_else(broken)?, &signature::RSA_PKCS1_SHA256),
            Algorithm::PS256 => Signer::Rsa(rsa(&der).ok_or_else(broken)?, &signature::RSA_PSS_SHA256),
            Algorithm::ES256 => {
                Signer::Ecdsa(ecdsa(&signature::ECDSA_P256_SHA256_FIXED_SIGNING).map_err(mismatch)?)
            }
            Algorithm::ES384 => {
                Signer::Ecdsa(ecdsa(&signature::ECDSA_P384_SHA384_FIXED_SIGNING).map_err(mismatch)?)
            }
            Algorithm::EdDSA | Algorithm::Ed25519 => {
                Signer::Ed25519(Ed25519KeyPair::from_pkcs8(&der).map_err(mismatch)?)
            }
            other => return Err(PrivateKeyError::Algorithm(other)),
        };
        let mut identity = [0; 32];
        identity.copy_from_slice(digest::digest(&digest::SHA256, &der).as_ref());
        Ok(Self(Arc::new(Key { kid: kid.map(Into::into), algorithm, signer, identity })))
    }

    pub(crate) fn kid(&self) -> Option<&str> {
        self.0.kid.as_deref()
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        self.0.algorithm
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, error::Unspecified> {
        #[expect(clippy::disallowed_methods, reason = "signatures of RSA and ECDSA need randomness")]
        let random = SystemRandom::new();
        match &self.0.signer {
            Signer::Rsa(key, padding) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(*padding, &random, message, &mut signature)?;
                Ok(signature)
            }
            Signer::Ecdsa(key) => Ok(key.sign(&random, message)?.as_ref().to_vec()),
            Signer::Ed25519(key) => Ok(key.try_sign(message)?.as_ref().to_vec()),
        }
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        (&self.0.kid, self.0.algorithm, self.0.identity)
            == (&other.0.kid, other.0.algorithm, other.0.identity)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey")
            .field("kid", &self.0.kid)
            .field("algorithm", &self.0.algorithm)
            .finish_non_exhaustive()
    }
}

/// A key whose private half can be computed proves nothing (CVE-2017-15361).
fn rsa(der: &[u8]) -> Option<RsaKeyPair> {
    let key = RsaKeyPair::from_pkcs8(der).ok()?;
    let public = PublicKeyComponents::<Vec<u8>>::from(key.public_key());
    (!has_fingerprint(&public.n)).then_some(key)
}

/// RFC 7468 §10.
fn pkcs8_der(text: &str) -> Result<Vec<u8>, PrivateKeyError> {
    let text = pem::unescaped(text);
    let block = Pem::begin(text.trim()).ok_or(PrivateKeyError::NotPem)?;
    match block.label() {
        "PRIVATE KEY" => block.decode().ok_or(PrivateKeyError::NotPem),
        "ENCRYPTED PRIVATE KEY" => Err(PrivateKeyError::Encrypted),
        label if label.ends_with("PRIVATE KEY") => Err(PrivateKeyError::NotPkcs8),
        _ => Err(PrivateKeyError::NotPrivate),
    }
}

#[cfg(test)]
mod tests;
