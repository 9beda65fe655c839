//! The algorithms that tokens are signed with here, and how each verifies without anything around it.

use anyhow::{Result, anyhow, bail};
use aws_lc_rs::signature::{self, ParsedPublicKey, VerificationAlgorithm};
use bearward_core::token::Algorithm;

/// Those that nearly all authorization servers sign with.
pub(crate) const USUAL: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];

pub(crate) const ALL: [Algorithm; 8] = [
    Algorithm::RS256,
    Algorithm::PS256,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::ES512,
    Algorithm::ES256K,
    Algorithm::EdDSA,
    Algorithm::MlDsa65,
];

fn verification(algorithm: Algorithm) -> Result<&'static dyn VerificationAlgorithm> {
    Ok(match algorithm {
        Algorithm::RS256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        Algorithm::PS256 => &signature::RSA_PSS_2048_8192_SHA256,
        Algorithm::ES256 => &signature::ECDSA_P256_SHA256_FIXED,
        Algorithm::ES384 => &signature::ECDSA_P384_SHA384_FIXED,
        Algorithm::ES512 => &signature::ECDSA_P521_SHA512_FIXED,
        Algorithm::ES256K => &signature::ECDSA_P256K1_SHA256_FIXED,
        Algorithm::EdDSA => &signature::ED25519,
        Algorithm::MlDsa65 => &signature::ML_DSA_65,
        other => bail!("{} is not measured", other.name()),
    })
}

/// A public key of this algorithm, as the raw verification takes it.
pub(crate) fn parse_public_key(algorithm: Algorithm, public_key: &[u8]) -> Result<ParsedPublicKey> {
    ParsedPublicKey::new(verification(algorithm)?, public_key)
        .map_err(|error| anyhow!("the public key was refused: {error}"))
}
