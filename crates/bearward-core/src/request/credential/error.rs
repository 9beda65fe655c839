//! The failures of stage 1.

use std::fmt;

/// Stage 1: how a credential was presented wrongly (RFC 6750 §2 and §3.1, `invalid_request`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CredentialError {
    /// `Authorization` does not read `Bearer <token68>`.
    Malformed,
    /// There is more than one `Authorization` header.
    RepeatedHeader,
    /// The token came in more than one way.
    SeveralMethods,
    /// The value in the place of the token is not one token68 (RFC 9110 §11.2).
    NotAToken,
    /// The place of the token has more than one.
    Repeated,
    /// A browser sends the request for a page of another origin, or nothing says that it does not.
    CrossOrigin,
    /// The token is longer than [`Limits::max_token_bytes`](crate::trust::Limits::max_token_bytes).
    TooLarge,
}

impl CredentialError {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Malformed => "authorization_malformed",
            Self::RepeatedHeader => "authorization_repeated",
            Self::SeveralMethods => "several_credentials",
            Self::NotAToken => "credential_malformed",
            Self::Repeated => "credential_repeated",
            Self::CrossOrigin => "cross_origin",
            Self::TooLarge => "token_too_large",
        }
    }
}

impl fmt::Display for CredentialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the Authorization header is malformed",
            Self::RepeatedHeader => "there is more than one Authorization header",
            Self::SeveralMethods => "more than one method was used to send the access token",
            Self::NotAToken => "the value sent as the access token is not a token",
            Self::Repeated => "the access token was sent more than once",
            Self::CrossOrigin => "the request does not come from an origin that may send it",
            Self::TooLarge => "the access token is too large",
        })
    }
}

impl std::error::Error for CredentialError {}
