//! The failures of stage 5.

use std::fmt;

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
