//! A PEM public key becomes a [`VerifyingKey`]: `PUBLIC KEY` (RFC 7468 §13) or `RSA PUBLIC KEY` (RFC 8017
//! appendix A.1.1), given by the operator.

use std::fmt;

use aws_lc_rs::rsa::{PublicKey as RsaPublicKey, PublicKeyComponents};
use aws_lc_rs::signature::ParsedPublicKey;

use super::ed25519::has_small_order;
use super::jwk::check_rsa;
use super::{JwkError, Verifier, VerifyingKey};
use crate::token::algorithm::{AlgorithmSet, Scheme};
use crate::wire::pem::{self, Pem};

/// Why a PEM text is not a key to verify with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PemError {
    /// The text has no `-----BEGIN …-----` and matching `-----END …-----` with base64 between them.
    NotPem,
    /// The text is a private key, which a resource server must not hold.
    PrivateKey,
    /// The text is a certificate; its public key is wanted alone.
    Certificate,
    /// The key is of a type or curve that Bearward does not know, or that the allowed algorithms do not use.
    Unsupported,
    /// An RSA key under 2048 or over 8192 bits, or with a bad exponent.
    WeakRsa,
    /// An RSA key of the series whose private half can be computed from the public one (ROCA, CVE-2017-15361).
    Factorable,
}

impl fmt::Display for PemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotPem => "not a PEM text: expected -----BEGIN PUBLIC KEY-----",
            Self::PrivateKey => "a private key: give the public key instead (openssl pkey -pubout writes it)",
            Self::Certificate => {
                "a certificate: give its public key instead (openssl x509 -pubkey -noout writes it)"
            }
            Self::Unsupported => "not a public key that the allowed algorithms can use",
            Self::WeakRsa => "an RSA key whose modulus or exponent is out of bounds (2048 to 8192 bits)",
            Self::Factorable => {
                "an RSA key of a series that can be factored (ROCA, CVE-2017-15361): have it replaced"
            }
        })
    }
}

impl std::error::Error for PemError {}

impl VerifyingKey {
    pub(crate) fn from_pem(pem: &str, allowed: AlgorithmSet) -> Result<Self, PemError> {
        let der = public_key_der(pem)?;
        let mut verifiers = Vec::new();
        if let Ok(rsa) = RsaPublicKey::from_der(&der) {
            let components = PublicKeyComponents::from(&rsa);
            check_rsa(&components.n, &components.e).map_err(|why| match why {
                JwkError::Factorable => PemError::Factorable,
                _ => PemError::WeakRsa,
            })?;
            for algorithm in allowed.iter() {
                if let Scheme::Rsa(parameters) = algorithm.scheme() {
                    let key = components.to_parsed_public_key(parameters);
                    let key = key.map_err(|_| PemError::Unsupported)?;
                    verifiers.push((algorithm, Verifier::Public(Box::new(key))));
                }
            }
        } else {
            for algorithm in allowed.iter() {
                let verification = match algorithm.scheme() {
                    Scheme::Curve { kty: "OKP", .. } if has_small_order(&der) => continue,
                    Scheme::Curve { verification, .. } | Scheme::Akp(verification) => verification,
                    _ => continue,
                };
                if let Ok(key) = ParsedPublicKey::new(*verification, &der) {
                    verifiers.push((algorithm, Verifier::Public(Box::new(key))));
                }
            }
        }
        if verifiers.is_empty() {
            return Err(PemError::Unsupported);
        }
        Ok(Self::new(None, verifiers, &[b"pem", &der]))
    }
}

fn public_key_der(text: &str) -> Result<Vec<u8>, PemError> {
    let text = pem::unescaped(text);
    let block = Pem::begin(text.trim()).ok_or(PemError::NotPem)?;
    match block.label() {
        "PUBLIC KEY" | "RSA PUBLIC KEY" => block.decode().ok_or(PemError::NotPem),
        "CERTIFICATE" => Err(PemError::Certificate),
        label if label.ends_with("PRIVATE KEY") => Err(PemError::PrivateKey),
        _ => Err(PemError::Unsupported),
    }
}

#[cfg(test)]
mod tests;
