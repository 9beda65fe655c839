//! What a failure means to the client: the status of the answer and its OAuth error.

use http::StatusCode;

/// What a failure means to the client, in the terms of OAuth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The request presents nothing. It is answered without an error code (RFC 6750 §3.1).
    NoCredential,
    /// RFC 6750 §3.1.
    InvalidRequest,
    /// RFC 6750 §3.1.
    InvalidToken,
    /// RFC 9449 §7.1.
    InvalidDpopProof,
    /// RFC 9449 §9.
    UseDpopNonce,
    /// RFC 6750 §3.1.
    InsufficientScope,
    /// RFC 9470 §3.
    InsufficientUserAuthentication,
    /// The resource server cannot decide at the moment. The name is that of RFC 6749 §4.1.2.1.
    TemporarilyUnavailable,
    /// The resource server is set up in a wrong way. The name is that of RFC 6749 §4.1.2.1.
    ServerError,
}

impl Meaning {
    pub(crate) const fn status(self) -> StatusCode {
        match self {
            Self::InvalidRequest => StatusCode::BAD_REQUEST,
            Self::NoCredential
            | Self::InvalidToken
            | Self::InvalidDpopProof
            | Self::UseDpopNonce
            | Self::InsufficientUserAuthentication => StatusCode::UNAUTHORIZED,
            Self::InsufficientScope => StatusCode::FORBIDDEN,
            Self::TemporarilyUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The `error` of the challenge and of the body.
    pub(crate) const fn error(self) -> Option<&'static str> {
        Some(match self {
            Self::NoCredential => return None,
            Self::InvalidRequest => "invalid_request",
            Self::InvalidToken => "invalid_token",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::UseDpopNonce => "use_dpop_nonce",
            Self::InsufficientScope => "insufficient_scope",
            Self::InsufficientUserAuthentication => "insufficient_user_authentication",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::ServerError => "server_error",
        })
    }
}
