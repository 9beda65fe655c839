//! The failures of stage 5.

use std::fmt;

use crate::trust::key::KeyError;

/// Stage 5: why the signature does not verify.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignatureError {
    /// It was not made by the key over these bytes.
    Invalid,
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the access token's signature is invalid")
    }
}

impl std::error::Error for SignatureError {}

/// Stages 4 and 5: why the token was not verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VerificationError {
    Key(KeyError),
    Signature(SignatureError),
}

impl From<KeyError> for VerificationError {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

impl From<SignatureError> for VerificationError {
    fn from(error: SignatureError) -> Self {
        Self::Signature(error)
    }
}
