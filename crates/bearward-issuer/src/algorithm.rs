//! The signature algorithms, as one table.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{
    self, EcdsaSigningAlgorithm, PqdsaSigningAlgorithm, PqdsaVerificationAlgorithm, RsaEncoding,
    RsaParameters,
};
use serde::{Deserialize, Serialize};

/// A JWS signature algorithm (RFC 7518 §3, RFC 8037, RFC 8812, RFC 9864, RFC 9964).
///
/// In configuration files it is written by its registered name.
///
/// ```
/// use bearward_issuer::Algorithm;
///
/// assert_eq!("ES256K".parse(), Ok(Algorithm::Es256K));
/// assert_eq!(Algorithm::MlDsa65.name(), "ML-DSA-65");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
#[non_exhaustive]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PSS with SHA-384.
    Ps384,
    /// RSASSA-PSS with SHA-512.
    Ps512,
    /// ECDSA over P-256 with SHA-256.
    Es256,
    /// ECDSA over P-384 with SHA-384.
    Es384,
    /// ECDSA over P-521 with SHA-512.
    Es512,
    /// ECDSA over secp256k1 with SHA-256.
    Es256K,
    /// Ed25519 under its older, polymorphic name (RFC 8037).
    EdDsa,
    /// Ed25519 under its fully specified name (RFC 9864).
    Ed25519,
    /// ML-DSA-44 (RFC 9964).
    MlDsa44,
    /// ML-DSA-65 (RFC 9964).
    MlDsa65,
    /// ML-DSA-87 (RFC 9964).
    MlDsa87,
    /// HMAC with SHA-256. For [`SigningKey`](crate::SigningKey) only: an issuer never publishes its key.
    Hs256,
    /// HMAC with SHA-384. For [`SigningKey`](crate::SigningKey) only: an issuer never publishes its key.
    Hs384,
    /// HMAC with SHA-512. For [`SigningKey`](crate::SigningKey) only: an issuer never publishes its key.
    Hs512,
}

/// What an algorithm signs with, and verifies with where that is another thing.
pub(crate) enum Family {
    Rsa(&'static dyn RsaEncoding, &'static RsaParameters),
    Ec(&'static EcdsaSigningAlgorithm, &'static str),
    Ed25519,
    MlDsa(&'static PqdsaSigningAlgorithm, &'static PqdsaVerificationAlgorithm),
    Hmac(hmac::Algorithm),
}

impl Algorithm {
    /// Every algorithm whose public key can be published.
    pub const ASYMMETRIC: [Self; 15] = [
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::Es512,
        Self::Es256K,
        Self::EdDsa,
        Self::Ed25519,
        Self::MlDsa44,
        Self::MlDsa65,
        Self::MlDsa87,
    ];

    /// The algorithms that sign and verify with one shared secret.
    pub const SYMMETRIC: [Self; 3] = [Self::Hs256, Self::Hs384, Self::Hs512];

    /// The registered name, as in the `alg` member.
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// Whether signer and verifier share one secret.
    pub fn is_symmetric(self) -> bool {
        Self::SYMMETRIC.contains(&self)
    }

    pub(crate) fn family(self) -> Family {
        self.row().1
    }

    fn row(self) -> (&'static str, Family) {
        use Family::{Ec, Ed25519, Hmac, MlDsa, Rsa};
        match self {
            Self::Rs256 => {
                ("RS256", Rsa(&signature::RSA_PKCS1_SHA256, &signature::RSA_PKCS1_2048_8192_SHA256))
            }
            Self::Rs384 => {
                ("RS384", Rsa(&signature::RSA_PKCS1_SHA384, &signature::RSA_PKCS1_2048_8192_SHA384))
            }
            Self::Rs512 => {
                ("RS512", Rsa(&signature::RSA_PKCS1_SHA512, &signature::RSA_PKCS1_2048_8192_SHA512))
            }
            Self::Ps256 => ("PS256", Rsa(&signature::RSA_PSS_SHA256, &signature::RSA_PSS_2048_8192_SHA256)),
            Self::Ps384 => ("PS384", Rsa(&signature::RSA_PSS_SHA384, &signature::RSA_PSS_2048_8192_SHA384)),
            Self::Ps512 => ("PS512", Rsa(&signature::RSA_PSS_SHA512, &signature::RSA_PSS_2048_8192_SHA512)),
            Self::Es256 => ("ES256", Ec(&signature::ECDSA_P256_SHA256_FIXED_SIGNING, "P-256")),
            Self::Es384 => ("ES384", Ec(&signature::ECDSA_P384_SHA384_FIXED_SIGNING, "P-384")),
            Self::Es512 => ("ES512", Ec(&signature::ECDSA_P521_SHA512_FIXED_SIGNING, "P-521")),
            Self::Es256K => ("ES256K", Ec(&signature::ECDSA_P256K1_SHA256_FIXED_SIGNING, "secp256k1")),
            Self::EdDsa => ("EdDSA", Ed25519),
            Self::Ed25519 => ("Ed25519", Ed25519),
            Self::MlDsa44 => ("ML-DSA-44", MlDsa(&signature::ML_DSA_44_SIGNING, &signature::ML_DSA_44)),
            Self::MlDsa65 => ("ML-DSA-65", MlDsa(&signature::ML_DSA_65_SIGNING, &signature::ML_DSA_65)),
            Self::MlDsa87 => ("ML-DSA-87", MlDsa(&signature::ML_DSA_87_SIGNING, &signature::ML_DSA_87)),
            Self::Hs256 => ("HS256", Hmac(hmac::HMAC_SHA256)),
            Self::Hs384 => ("HS384", Hmac(hmac::HMAC_SHA384)),
            Self::Hs512 => ("HS512", Hmac(hmac::HMAC_SHA512)),
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
        Self::ASYMMETRIC
            .into_iter()
            .chain(Self::SYMMETRIC)
            .find(|algorithm| algorithm.name() == name)
            .ok_or_else(|| UnknownAlgorithm(name.to_owned()))
    }
}

impl TryFrom<String> for Algorithm {
    type Error = UnknownAlgorithm;

    fn try_from(name: String) -> Result<Self, UnknownAlgorithm> {
        name.parse()
    }
}

impl From<Algorithm> for &'static str {
    fn from(algorithm: Algorithm) -> Self {
        algorithm.name()
    }
}

/// A name that is not an algorithm of this crate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownAlgorithm(String);

impl fmt::Display for UnknownAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown signature algorithm {:?}", self.0)
    }
}

impl std::error::Error for UnknownAlgorithm {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_parses_back_to_its_algorithm() {
        for algorithm in Algorithm::ASYMMETRIC.into_iter().chain(Algorithm::SYMMETRIC) {
            assert_eq!(algorithm.name().parse(), Ok(algorithm));
        }
    }

    #[test]
    fn names_are_case_sensitive() {
        assert_eq!("rs256".parse::<Algorithm>(), Err(UnknownAlgorithm("rs256".to_owned())));
        assert_eq!("none".parse::<Algorithm>(), Err(UnknownAlgorithm("none".to_owned())));
    }
}
