//! Floor 4: the stages that decide. Each takes what the one before it made, and owns its error.
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
