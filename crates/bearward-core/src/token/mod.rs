//! What a token says, before anything of it is believed.
//!
//! Knows nothing of keys.

pub(crate) mod algorithm;
pub(crate) mod audience;
pub(crate) mod binding;
pub(crate) mod claims;
pub(crate) mod error;
pub(crate) mod member;
pub(crate) mod unverified;

pub use self::algorithm::{Algorithm, AlgorithmSet, UnknownAlgorithm};
pub use self::claims::{ClaimPath, ClaimsSet, OrganizationClaim};
pub use self::error::TokenError;
pub use self::unverified::UnverifiedToken;
