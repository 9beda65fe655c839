//! A claim that every token of an issuer must have, and the values that it may have.
//!
//! 1. The claim is there, and equal to one of the values: of the same type, texts in the same case.
//! 2. A claim that is absent, `null`, or cannot be reached refuses the token.
//!
//! Does not check: elements of lists. A claim that is a list is equal to no text.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::Validator;
use crate::token::claims::{ClaimPath, ClaimsSet, Found};
use crate::trust::validation_policy::ValidatorError;

/// A claim, and what it must be one of.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RequiredClaim {
    claim: ClaimPath,
    values: Vec<Value>,
}

/// A claim cannot be required so.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequiredClaimError {
    /// The path is empty or has an empty segment.
    ClaimPath(String),
    /// The list of values is empty, or a value is.
    Values,
    /// A value is `null`, which is equal to nothing.
    Null,
}

impl fmt::Display for RequiredClaimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClaimPath(path) => write!(f, "{path:?} is not the path of a claim"),
            Self::Values => f.write_str("the list of values of a required claim is empty"),
            Self::Null => f.write_str("a claim value is null, which equals nothing"),
        }
    }
}

impl std::error::Error for RequiredClaimError {}

impl RequiredClaim {
    pub(crate) fn new(claim: ClaimPath, values: impl Iterator<Item = Value>) -> Self {
        Self { claim, values: values.collect() }
    }

    /// The same check as a function.
    ///
    /// # Errors
    /// [`RequiredClaimError`] where it would let every token pass, or no token.
    pub(crate) fn into_validator(self) -> Result<Validator, RequiredClaimError> {
        if self.claim.is_empty() {
            return Err(RequiredClaimError::ClaimPath(self.claim.to_string()));
        }
        if self.values.is_empty() || self.values.iter().any(|value| value.as_str() == Some("")) {
            return Err(RequiredClaimError::Values);
        }
        if self.values.iter().any(Value::is_null) {
            return Err(RequiredClaimError::Null);
        }
        Ok(Arc::new(move |claims| self.check(claims)))
    }

    fn check(&self, claims: &ClaimsSet) -> Result<(), ValidatorError> {
        match claims.look_up(&self.claim) {
            Found::Value(own) if self.values.contains(own) => Ok(()),
            _ => Err(ValidatorError::new(format!(
                "the claim {} of this issuer's tokens must be one of the configured values",
                self.claim
            ))),
        }
    }
}
