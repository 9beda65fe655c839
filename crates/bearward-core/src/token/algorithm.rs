//! The one table of signature algorithms: what each name means, which keys fit it, and how it verifies.
//!
//! Nothing else in the core enumerates algorithms. The npm package lists their names in `lib/options/issuer-checks.ts`.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{self, VerificationAlgorithm};
use serde::{Deserialize, Serialize};

/// A JWS algorithm that access tokens may be signed with (RFC 7518 §3, RFC 8037, RFC 8812, RFC 9864,
/// RFC 9964). `none` is not among them and cannot be expressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
#[allow(missing_docs)] // each is the registered name it stands for
pub enum Algorithm {
    RS256,
    RS384,
    RS512,
    PS256,
    PS384,
    PS512,
    ES256,
    ES384,
    ES512,
    ES256K,
    EdDSA,
    Ed25519,
    #[serde(rename = "ML-DSA-44")]
    MlDsa44,
    #[serde(rename = "ML-DSA-65")]
    MlDsa65,
    #[serde(rename = "ML-DSA-87")]
    MlDsa87,
    HS256,
    HS384,
    HS512,
}

/// What an algorithm needs of a key, and the primitive that checks the signature.
pub(crate) enum Scheme {
    /// `kty` `RSA`.
    Rsa(&'static signature::RsaParameters),
    /// `kty` `EC` or `OKP` with this `crv`.
    Curve {
        kty: &'static str,
        crv: &'static str,
        coordinate_bytes: usize,
        verification: &'static dyn VerificationAlgorithm,
    },
    /// `kty` `AKP`, where the key's mandatory `alg` says the rest.
    Akp(&'static dyn VerificationAlgorithm),
    /// A secret shared with the authorization server, at least as long as the hash (RFC 7518 §3.2).
    Hmac { primitive: hmac::Algorithm, min_bytes: usize },
}

struct Row {
    algorithm: Algorithm,
    name: &'static str,
    scheme: Scheme,
}

const fn rsa(algorithm: Algorithm, name: &'static str, parameters: &'static signature::RsaParameters) -> Row {
    let scheme = Scheme::Rsa(parameters);
    Row { algorithm, name, scheme }
}

const fn curve(
    algorithm: Algorithm,
    name: &'static str,
    (kty, crv): (&'static str, &'static str),
    coordinate_bytes: usize,
    verification: &'static dyn VerificationAlgorithm,
) -> Row {
    let scheme = Scheme::Curve { kty, crv, coordinate_bytes, verification };
    Row { algorithm, name, scheme }
}

const fn akp(
    algorithm: Algorithm,
    name: &'static str,
    verification: &'static dyn VerificationAlgorithm,
) -> Row {
    let scheme = Scheme::Akp(verification);
    Row { algorithm, name, scheme }
}

const fn hmac(algorithm: Algorithm, name: &'static str, primitive: hmac::Algorithm, min_bytes: usize) -> Row {
    let scheme = Scheme::Hmac { primitive, min_bytes };
    Row { algorithm, name, scheme }
}

const ED25519: (&str, &str) = ("OKP", "Ed25519");

#[rustfmt::skip] // one line an algorithm
static TABLE: [Row; 18] = [
    rsa(Algorithm::RS256, "RS256", &signature::RSA_PKCS1_2048_8192_SHA256),
    rsa(Algorithm::RS384, "RS384", &signature::RSA_PKCS1_2048_8192_SHA384),
    rsa(Algorithm::RS512, "RS512", &signature::RSA_PKCS1_2048_8192_SHA512),
    rsa(Algorithm::PS256, "PS256", &signature::RSA_PSS_2048_8192_SHA256),
    rsa(Algorithm::PS384, "PS384", &signature::RSA_PSS_2048_8192_SHA384),
    rsa(Algorithm::PS512, "PS512", &signature::RSA_PSS_2048_8192_SHA512),
    curve(Algorithm::ES256, "ES256", ("EC", "P-256"), 32, &signature::ECDSA_P256_SHA256_FIXED),
    curve(Algorithm::ES384, "ES384", ("EC", "P-384"), 48, &signature::ECDSA_P384_SHA384_FIXED),
    curve(Algorithm::ES512, "ES512", ("EC", "P-521"), 66, &signature::ECDSA_P521_SHA512_FIXED),
    curve(Algorithm::ES256K, "ES256K", ("EC", "secp256k1"), 32, &signature::ECDSA_P256K1_SHA256_FIXED),
    curve(Algorithm::EdDSA, "EdDSA", ED25519, 32, &signature::ED25519),
    curve(Algorithm::Ed25519, "Ed25519", ED25519, 32, &signature::ED25519),
    akp(Algorithm::MlDsa44, "ML-DSA-44", &signature::ML_DSA_44),
    akp(Algorithm::MlDsa65, "ML-DSA-65", &signature::ML_DSA_65),
    akp(Algorithm::MlDsa87, "ML-DSA-87", &signature::ML_DSA_87),
    hmac(Algorithm::HS256, "HS256", hmac::HMAC_SHA256, 32),
    hmac(Algorithm::HS384, "HS384", hmac::HMAC_SHA384, 48),
    hmac(Algorithm::HS512, "HS512", hmac::HMAC_SHA512, 64),
];

impl Algorithm {
    /// Every algorithm, in the order of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.algorithm)
    }

    /// The registered name, as in a JOSE header's `alg`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Whether the algorithm verifies with a public key, not with a shared secret.
    #[must_use]
    pub fn is_asymmetric(self) -> bool {
        !matches!(self.scheme(), Scheme::Hmac { .. })
    }

    /// The least length in bytes of a secret for this algorithm, if it takes one.
    pub(crate) fn min_secret_bytes(self) -> Option<usize> {
        match self.scheme() {
            Scheme::Hmac { min_bytes, .. } => Some(*min_bytes),
            _ => None,
        }
    }

    pub(crate) fn scheme(self) -> &'static Scheme {
        &self.row().scheme
    }

    fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }

    /// Whether a JWK that names `self` as its `alg` serves a token signed with `other`: the same name, or
    /// the two names of Ed25519 (RFC 9864 §2.2).
    pub(crate) fn same_scheme(self, other: Self) -> bool {
        let ed25519 = [Self::EdDSA, Self::Ed25519];
        self == other || (ed25519.contains(&self) && ed25519.contains(&other))
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text is not the name of an algorithm that Bearward verifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownAlgorithm;

impl fmt::Display for UnknownAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the name of a supported signature algorithm (names are case-sensitive)")
    }
}

impl std::error::Error for UnknownAlgorithm {}

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
        let row = TABLE.iter().find(|row| row.name == name);
        row.map(|row| row.algorithm).ok_or(UnknownAlgorithm)
    }
}

/// A set of algorithms: the allowlist of an issuer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AlgorithmSet(u32);

impl AlgorithmSet {
    /// Every algorithm that verifies with a public key: the default for published keys.
    #[must_use]
    pub fn asymmetric() -> Self {
        Algorithm::all().filter(|a| a.is_asymmetric()).collect()
    }

    /// Those of the set that published keys can verify, without those of a shared secret.
    pub(crate) fn published(self) -> Self {
        self.iter().filter(|algorithm| algorithm.is_asymmetric()).collect()
    }

    /// Whether the algorithm is in the set.
    #[must_use]
    pub const fn contains(self, algorithm: Algorithm) -> bool {
        self.0 & (1 << algorithm as u32) != 0
    }

    /// Whether the set allows nothing.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The members, in the order of the table.
    pub fn iter(self) -> impl Iterator<Item = Algorithm> {
        Algorithm::all().filter(move |algorithm| self.contains(*algorithm))
    }
}

impl FromIterator<Algorithm> for AlgorithmSet {
    fn from_iter<I: IntoIterator<Item = Algorithm>>(algorithms: I) -> Self {
        Self(algorithms.into_iter().fold(0, |set, algorithm| set | 1 << algorithm as u32))
    }
}

impl fmt::Debug for AlgorithmSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_algorithm_stands_at_its_own_place_in_the_table() {
        for (place, row) in TABLE.iter().enumerate() {
            assert_eq!(row.algorithm as usize, place);
            assert_eq!(row.name.parse(), Ok(row.algorithm));
            let json = serde_json::to_value(row.algorithm).unwrap();
            assert_eq!(json, row.name, "serde and the header use one name");
        }
    }

    #[test]
    fn names_are_exact() {
        for name in ["none", "nOnE", "", "rs256", "RS256 ", "HS1", "ES256k"] {
            assert_eq!(name.parse::<Algorithm>(), Err(UnknownAlgorithm), "{name}");
        }
    }

    #[test]
    fn the_default_allowlist_holds_no_shared_secret_algorithm() {
        let set = AlgorithmSet::asymmetric();
        assert_eq!(set.iter().count(), 15);
        assert!(!set.contains(Algorithm::HS256));
    }
}
