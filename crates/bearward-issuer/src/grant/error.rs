//! Error answers of the token endpoint (RFC 6749 §5.2), and of the two that answer about tokens.

/// Why a request is refused. The description never repeats what the client sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TokenError {
    pub(crate) code: ErrorCode,
    pub(crate) description: &'static str,
}

/// The registered codes, and `access_denied`, also for organizations as Logto answers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorCode {
    InvalidRequest,
    InvalidClient,
    /// RFC 6749 §4.1.2.1.
    UnsupportedResponseType,
    UnsupportedGrantType,
    /// A code that is not good, or not for this client.
    InvalidGrant,
    InvalidScope,
    /// RFC 8707 §2.
    InvalidTarget,
    AccessDenied,
    /// RFC 9449 §5.
    InvalidDpopProof,
    /// RFC 9449 §8.
    UseDpopNonce,
    /// OpenID Connect Core Unmet Authentication Requirements §4, which RFC 9470 §5 points to.
    UnmetAuthenticationRequirements,
    ServerError,
}

impl ErrorCode {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::AccessDenied => "access_denied",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::UseDpopNonce => "use_dpop_nonce",
            Self::UnmetAuthenticationRequirements => "unmet_authentication_requirements",
            Self::ServerError => "server_error",
        }
    }

    pub(crate) fn because(self, description: &'static str) -> TokenError {
        TokenError { code: self, description }
    }
}
