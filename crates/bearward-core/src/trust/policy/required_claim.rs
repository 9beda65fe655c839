//! A claim that every token of an issuer must have, and the values that it may have.
//!
//! 1. The claim is there, and equal to one of the values: of the same type, texts in the same case.
//! 2. A claim that is absent, `null`, or cannot be reached refuses the token.
//!
//! Does not check: elements of lists. A claim that is a list is equal to no text.

use std::sync::Arc;

use serde_json::Value;

use super::Validator;
use crate::check::requirement::RequirementError;
use crate::engine::config_error::ConfigError;
use crate::token::claims::{ClaimPath, ClaimsSet, Found};
use crate::trust::policy::ValidatorError;

/// A claim, and what it must be one of.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RequiredClaim {
    claim: ClaimPath,
    values: Vec<Value>,
}

impl RequiredClaim {
    pub(crate) fn new(claim: ClaimPath, values: impl Iterator<Item = Value>) -> Self {
        Self { claim, values: values.collect() }
    }

    /// The same check as a function.
    ///
    /// # Errors
    /// [`ConfigError::Requirement`] where it would let every token pass, or no token.
    pub(crate) fn into_validator(self) -> Result<Validator, ConfigError> {
        if self.claim.is_empty() {
            return Err(RequirementError::ClaimPath(self.claim.to_string()).into());
        }
        if self.values.is_empty() || self.values.iter().any(|value| value.as_str() == Some("")) {
            return Err(RequirementError::Empty("values of a required claim").into());
        }
        if self.values.iter().any(Value::is_null) {
            return Err(RequirementError::Null.into());
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
