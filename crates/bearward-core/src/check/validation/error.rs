//! The failures of stage 6.

use std::fmt;

use crate::check::operator_function::Panicked;
use crate::token::claims::MILLISECONDS;
use crate::token::error::TokenError;
use crate::trust::issuer::IssuerError;
use crate::trust::validation_policy::ValidatorError;

/// Stage 6: which claim does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClaimsError {
    /// A mandatory claim is absent.
    Missing(&'static str),
    /// A claim has a type or value that its RFC does not allow.
    Malformed(&'static str),
    /// `exp` is past.
    Expired,
    /// `nbf` is still to come.
    NotYetValid,
    /// `iat` is still to come.
    IssuedInFuture,
    /// `iat` lies further back than the configured maximum age.
    TooOld,
    /// `aud` does not name a configured audience.
    AudienceMismatch,
    /// There is no `aud`, and what is to take its place
    /// ([`AudienceSubstitute`](crate::trust::AudienceSubstitute)) is absent or another.
    SubstituteMismatch,
    /// A custom validator refused.
    Custom(ValidatorError),
}

impl ClaimsError {
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Missing(_) => "claim_missing",
            Self::Malformed(_) => "claim_malformed",
            Self::Expired => "token_expired",
            Self::NotYetValid => "token_not_yet_valid",
            Self::IssuedInFuture => "token_issued_in_future",
            Self::TooOld => "token_too_old",
            Self::AudienceMismatch => "audience_mismatch",
            Self::SubstituteMismatch => "audience_substitute_mismatch",
            Self::Custom(_) => "claim_rejected",
        }
    }
}

impl fmt::Display for ClaimsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(claim) => write!(f, "the access token has no claim {claim}"),
            Self::Malformed("exp") => write!(
                f,
                "the access token's claim exp is malformed: it must be a number of seconds since 1970, below {MILLISECONDS}",
            ),
            Self::Malformed(claim) => write!(f, "the access token's claim {claim} is malformed"),
            Self::Expired => f.write_str("the access token expired"),
            Self::NotYetValid => f.write_str("the access token is not valid yet"),
            Self::IssuedInFuture => f.write_str("the access token was issued in the future"),
            Self::TooOld => f.write_str("the access token was issued too long ago"),
            Self::AudienceMismatch => f.write_str("the access token is for another audience"),
            Self::SubstituteMismatch => f.write_str(
                "the access token has no audience, and was not issued to a client of this resource",
            ),
            Self::Custom(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ClaimsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Custom(error) => Some(error),
            _ => None,
        }
    }
}

/// Stage 6: why a verified token is not valid. What is wrong may be known to an earlier stage's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ValidationError {
    Token(TokenError),
    Issuer(IssuerError),
    Claims(ClaimsError),
    Panicked(Panicked),
}

impl From<TokenError> for ValidationError {
    fn from(error: TokenError) -> Self {
        Self::Token(error)
    }
}

impl From<IssuerError> for ValidationError {
    fn from(error: IssuerError) -> Self {
        Self::Issuer(error)
    }
}

impl From<ClaimsError> for ValidationError {
    fn from(error: ClaimsError) -> Self {
        Self::Claims(error)
    }
}

impl From<Panicked> for ValidationError {
    fn from(panicked: Panicked) -> Self {
        Self::Panicked(panicked)
    }
}
