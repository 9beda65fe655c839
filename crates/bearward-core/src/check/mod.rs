//! The stages that decide. Each takes what the one before it made, and owns its error.
//!
//! Knows nothing of the engine that calls them.

pub(crate) mod access_token;
pub(crate) mod confirmation;
pub(crate) mod operator_function;
pub mod requirement;
pub(crate) mod revocation;
pub(crate) mod rule;
pub(crate) mod signature;
pub(crate) mod validation;

pub use self::access_token::{AccessToken, AuthInfo, Scopes};
pub use self::confirmation::{
    CertificatePolicy, ConfirmationError, DpopNonce, DpopNonces, DpopPolicy, DpopProblem, NonceError,
    ProofError, ReplayClaim, ReplayKey, ReplayOutcome,
};
pub use self::operator_function::Panicked;
pub use self::requirement::{
    AuthorizationError, CheckedRequirement, Denial, NoFacts, RequestFacts, Requirement, RequirementError,
};
pub use self::revocation::{Revocation, RevocationEntry, RevocationKey, RevocationQuery};
pub use self::rule::Rule;
pub use self::signature::SignatureError;
pub use self::validation::ClaimsError;
