//! The failures of stage 2.

use std::fmt;

use crate::token::algorithm::Algorithm;
use crate::wire::json::JsonError;
use crate::wire::jws::JwsError;

/// Stage 2: what keeps a credential from being a signed access token (RFC 7515 §5.2), or an active opaque one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenError {
    /// Not three parts of canonical base64url.
    NotCompact,
    /// Five parts: a JWE, which Bearward does not open.
    Encrypted,
    /// The JOSE header is not a strict JSON object, or a member has a wrong type.
    Header(Option<JsonError>),
    /// The JOSE header is longer than 8 KiB, more than any header that is read here.
    HeaderTooLarge,
    /// `alg` is absent, `none`, or an algorithm that Bearward does not verify.
    UnsupportedAlgorithm,
    /// `alg` is not in the issuer's allowlist.
    AlgorithmNotAllowed(Algorithm),
    /// `crit` is present: it names an extension that would have to be understood (RFC 7515 §4.1.11), and
    /// none is.
    CriticalHeader,
    /// `typ`, or a claim, says that this is another kind of JWT.
    WrongType,
    /// The JOSE header names another `signer` than the configured load balancer.
    ForeignSigner,
    /// The claims set is not a strict JSON object.
    Payload(JsonError),
    /// The authorization server says that the token is not active: unknown, expired or revoked (RFC 7662 §2.2).
    Inactive,
}

impl TokenError {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::NotCompact => "token_malformed",
            Self::Encrypted => "token_encrypted",
            Self::Header(_) => "header_malformed",
            Self::HeaderTooLarge => "header_too_large",
            Self::UnsupportedAlgorithm => "algorithm_unsupported",
            Self::AlgorithmNotAllowed(_) => "algorithm_not_allowed",
            Self::CriticalHeader => "critical_header",
            Self::WrongType => "token_type_mismatch",
            Self::ForeignSigner => "signer_mismatch",
            Self::Payload(_) => "claims_malformed",
            Self::Inactive => "token_inactive",
        }
    }
}

impl From<JwsError> for TokenError {
    fn from(error: JwsError) -> Self {
        match error {
            JwsError::NotCompact => Self::NotCompact,
            JwsError::Encrypted => Self::Encrypted,
            JwsError::HeaderTooLarge => Self::HeaderTooLarge,
            JwsError::Header(why) => Self::Header(Some(why)),
            JwsError::MemberType => Self::Header(None),
            JwsError::CriticalHeader => Self::CriticalHeader,
            JwsError::WrongType => Self::WrongType,
            JwsError::Payload => Self::Payload(JsonError::Syntax),
        }
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotCompact => "the access token is not a signed JWT in compact serialization",
            Self::Encrypted => "the access token is encrypted",
            Self::Header(_) => "the access token's header is malformed",
            Self::HeaderTooLarge => "the access token's header is too large",
            Self::UnsupportedAlgorithm => "the access token's algorithm is not supported",
            Self::AlgorithmNotAllowed(_) => "the access token's algorithm is not allowed",
            Self::CriticalHeader => "the access token needs an extension that is not supported",
            Self::WrongType => "the token is not an access token",
            Self::ForeignSigner => "the token was signed for another load balancer",
            Self::Payload(_) => "the access token's claims are malformed",
            Self::Inactive => "the access token is not active",
        })
    }
}

impl std::error::Error for TokenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Header(Some(why)) | Self::Payload(why) => Some(why),
            _ => None,
        }
    }
}
