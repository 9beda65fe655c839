//! The failures of stage 3.

use std::fmt;

/// Stage 3: why the token's issuer is not trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum IssuerError {
    /// `iss` is absent.
    Missing,
    /// `iss` is not a string.
    Malformed,
    /// `iss` is not exactly one of the configured issuers.
    Unknown,
}

impl IssuerError {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Missing => "issuer_missing",
            Self::Malformed => "issuer_malformed",
            Self::Unknown => "issuer_unknown",
        }
    }
}

impl fmt::Display for IssuerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "the access token has no issuer",
            Self::Malformed => "the access token's issuer is malformed",
            Self::Unknown => "the access token's issuer is not trusted",
        })
    }
}

impl std::error::Error for IssuerError {}
