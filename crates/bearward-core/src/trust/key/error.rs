//! The failures of stage 4.

use std::fmt;

/// Stage 4: why no key was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// The issuer has no key now for the token's `kid` and `alg`.
    Unknown,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the access token's signing key is unknown")
    }
}

impl std::error::Error for KeyError {}
