//! What can go wrong, by whose fault it is.
//!
//! - [`Rejection`]: the client's; the request is answered 400, 401 or 403.
//! - [`Unavailable`]: the authorization server's; the request is answered 503, since this server cannot tell whether
//!   its token is good.
//!
//! [`Rejection`] has one enum per stage of the path. Each failure has a stable [`code`](Failure::code) that logs, the
//! `bearward` command and the Node package share.

mod introspection_remedy;
pub(crate) mod meaning;
pub(crate) mod table;

use std::fmt;
use std::time::Duration;

use self::table::Row;

use crate::check::confirmation::{ConfirmationError, DpopNonce, ProofError};
use crate::check::operator_function::Panicked;
use crate::check::requirement::{AuthorizationError, Denial};
use crate::check::signature::{SignatureError, VerificationError};
use crate::check::validation::{ClaimsError, ValidationError};
use crate::request::credential::CredentialError;
use crate::token::error::TokenError;
use crate::trust::introspection::IntrospectionError;
use crate::trust::issuer::IssuerError;
use crate::trust::key::KeyError;

/// Why a request does not reach its handler.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Failure {
    /// The request is at fault.
    Rejected(Rejection),
    /// The authorization server is.
    Unavailable(Unavailable),
    /// The protected API is: the route lacks what its requirement asks for, or a function of the operator's panicked.
    Misconfigured(Misconfiguration),
}

impl Failure {
    /// The nonce the client is to use in its next DPoP proof, where that is what it lacks: the value of the
    /// answer's `DPoP-Nonce`.
    #[must_use]
    pub fn dpop_nonce(&self) -> Option<&DpopNonce> {
        match self {
            Self::Rejected(Rejection::Confirmation(ConfirmationError::NonceRequired(nonce))) => Some(nonce),
            _ => None,
        }
    }

    /// The stable name of the failure, in `snake_case`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Rejected(rejection) => rejection.code(),
            Self::Unavailable(unavailable) => unavailable.code(),
            Self::Misconfigured(misconfiguration) => misconfiguration.code(),
        }
    }

    /// The stable name of the stage in which the failure is found, in `snake_case`: `credential`, `token`, `issuer`, `key`,
    /// `signature`, `claims`, `confirmation` or `requirement`.
    #[must_use]
    pub fn stage(&self) -> &'static str {
        Row::of(self).stage.name()
    }

    /// The sentence for the client, as in the `error_description` of the challenge: for answers in another form than
    /// HTTP's. Unlike `Display`, it says nothing of how the API is set up.
    #[must_use]
    pub fn description(&self) -> String {
        Row::of(self).description(self)
    }

    /// What happened, and what the operator can do about its cause: for a log or an administrator's page, not for the client.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        let of_cause = match self {
            Self::Unavailable(Unavailable::Introspection { why, .. }) => introspection_remedy::of(*why),
            _ => None,
        };
        of_cause.unwrap_or(Row::of(self).remedy)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected(rejection) => rejection.fmt(f),
            Self::Unavailable(unavailable) => unavailable.fmt(f),
            Self::Misconfigured(misconfiguration) => misconfiguration.fmt(f),
        }
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Rejected(rejection) => Some(rejection),
            Self::Unavailable(unavailable) => Some(unavailable),
            Self::Misconfigured(misconfiguration) => Some(misconfiguration),
        }
    }
}

impl From<Rejection> for Failure {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl From<Unavailable> for Failure {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable)
    }
}

impl From<Misconfiguration> for Failure {
    fn from(misconfiguration: Misconfiguration) -> Self {
        Self::Misconfigured(misconfiguration)
    }
}

/// The authorization server cannot be asked at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unavailable {
    /// No usable key of the token's issuer is in hand.
    Keys {
        /// When trying again makes sense.
        retry_after: Duration,
    },
    /// The authorization server gave no answer about an opaque token that can be used.
    Introspection {
        /// When trying again makes sense.
        retry_after: Duration,
        /// What went wrong: for the log, and no business of the client's.
        why: IntrospectionError,
    },
    /// Too many requests wait for the same fetch ([`Limits::max_waiting_requests`](crate::trust::Limits)), or too many
    /// tokens are being introspected ([`Limits::max_introspection_calls`](crate::trust::Limits)).
    TooManyWaiting {
        /// When trying again makes sense.
        retry_after: Duration,
    },
    /// The issuer resolver failed.
    Resolver {
        /// When trying again makes sense.
        retry_after: Duration,
    },
    /// The store that remembers DPoP proofs is full or cannot be asked whether this one is new.
    ReplayStore {
        /// When trying again makes sense.
        retry_after: Duration,
    },
    /// The store of revoked tokens cannot be asked.
    RevocationStore {
        /// When trying again makes sense.
        retry_after: Duration,
    },
}

impl Unavailable {
    /// When trying again makes sense.
    #[must_use]
    pub const fn retry_after(&self) -> Duration {
        match self {
            Self::Keys { retry_after }
            | Self::Introspection { retry_after, .. }
            | Self::TooManyWaiting { retry_after }
            | Self::Resolver { retry_after }
            | Self::ReplayStore { retry_after }
            | Self::RevocationStore { retry_after } => *retry_after,
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::Keys { .. } => "keys_unavailable",
            Self::Introspection { .. } => "introspection_unavailable",
            Self::TooManyWaiting { .. } => "too_many_waiting",
            Self::Resolver { .. } => "resolver_unavailable",
            Self::ReplayStore { .. } => "replay_store_unavailable",
            Self::RevocationStore { .. } => "revocation_store_unavailable",
        }
    }
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Keys { .. } => "the keys of the authorization server are not available",
            Self::Introspection { .. } => {
                "the authorization server could not be asked about the access token"
            }
            Self::TooManyWaiting { .. } => "too many requests wait for the authorization server",
            Self::Resolver { .. } => "the issuer of the access token could not be looked up",
            Self::ReplayStore { .. } => {
                "this resource cannot check at the moment whether the DPoP proof is new"
            }
            Self::RevocationStore { .. } => {
                "this resource cannot check at the moment whether the access token was revoked"
            }
        })
    }
}

impl std::error::Error for Unavailable {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Introspection { why, .. } => Some(why),
            _ => None,
        }
    }
}

/// The protected API is at fault: the route lacks what its requirement asks for, or code of the operator's panicked.
/// Nothing passes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misconfiguration {
    /// The requirement takes the expected organization from a path parameter that the route lacks.
    NoSuchPathParameter(String),
    /// The requirement is on a route that no layer authenticates.
    NotProtected,
    /// A function of the operator's panicked: a validator, or a part of a requirement.
    Panicked(Panicked),
}

impl Misconfiguration {
    fn code(&self) -> &'static str {
        match self {
            Self::NoSuchPathParameter(_) => "path_parameter_missing",
            Self::NotProtected => "route_not_protected",
            Self::Panicked(_) => "function_panicked",
        }
    }
}

impl fmt::Display for Misconfiguration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchPathParameter(name) => {
                write!(f, "the requirement needs the path parameter {name:?}, which this route does not have")
            }
            Self::NotProtected => f.write_str(
                "no layer authenticates this route; put the resource server's layer around the requirement",
            ),
            Self::Panicked(panicked) => panicked.fmt(f),
        }
    }
}

impl std::error::Error for Misconfiguration {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Panicked(panicked) => Some(panicked),
            Self::NoSuchPathParameter(_) | Self::NotProtected => None,
        }
    }
}

/// The request may not pass, and why: one variant per stage of its path.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Rejection {
    /// Nothing was presented, or a credential of another scheme.
    MissingCredential,
    /// Stage 1: the credential was presented in a wrong way.
    Credential(CredentialError),
    /// Stage 2: the credential is not a token of the right kind.
    Token(TokenError),
    /// Stage 3: the token's issuer is not trusted.
    Issuer(IssuerError),
    /// Stage 4: no key verifies the token.
    Key(KeyError),
    /// Stage 5: the signature is not the key's.
    Signature(SignatureError),
    /// Stage 6: a claim does not hold.
    Claims(ClaimsError),
    /// Stage 6: the token is on the list of revoked ones.
    Revoked,
    /// Stage 7: the sender is not who the token is bound to.
    Confirmation(ConfirmationError),
    /// Stage 8: the token is good and the route asks for more.
    Denied(Denial),
    /// Stage 8: the path names the organization that the route asks for, and cannot be decoded.
    MalformedPath,
    /// The request does not name its operation as MCP prescribes, or names another one than its body.
    MalformedOperation,
}

impl Rejection {
    /// The stable name of the failure, in `snake_case`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::MissingCredential => "credential_missing",
            Self::Credential(error) => error.code(),
            Self::Token(error) => error.code(),
            Self::Issuer(error) => error.code(),
            Self::Key(KeyError::Unknown) => "key_unknown",
            Self::Signature(SignatureError::Invalid) => "signature_invalid",
            Self::Claims(error) => error.code(),
            Self::Confirmation(error) => error.code(),
            Self::Revoked => "token_revoked",
            Self::MalformedPath => "path_malformed",
            Self::MalformedOperation => "operation_malformed",
            Self::Denied(denial) => denial.code(),
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingCredential => f.write_str("no access token was presented"),
            Self::Credential(error) => error.fmt(f),
            Self::Token(error) => error.fmt(f),
            Self::Issuer(error) => error.fmt(f),
            Self::Key(error) => error.fmt(f),
            Self::Signature(error) => error.fmt(f),
            Self::Claims(error) => error.fmt(f),
            Self::Revoked => f.write_str("the access token was revoked"),
            Self::MalformedPath => f.write_str("the path of the request is malformed"),
            Self::MalformedOperation => {
                f.write_str("the headers that name the operation are missing or malformed")
            }
            Self::Confirmation(error) => error.fmt(f),
            Self::Denied(denial) => denial.fmt(f),
        }
    }
}

impl std::error::Error for Rejection {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::MissingCredential | Self::Revoked | Self::MalformedPath | Self::MalformedOperation => None,
            Self::Credential(error) => Some(error),
            Self::Token(error) => Some(error),
            Self::Issuer(error) => Some(error),
            Self::Key(error) => Some(error),
            Self::Signature(error) => Some(error),
            Self::Claims(error) => Some(error),
            Self::Confirmation(error) => Some(error),
            Self::Denied(denial) => Some(denial),
        }
    }
}

macro_rules! stage_error {
    ($name:ident => $variant:ident) => {
        impl From<$name> for Rejection {
            fn from(error: $name) -> Self {
                Self::$variant(error)
            }
        }

        impl From<$name> for Failure {
            fn from(error: $name) -> Self {
                Self::Rejected(error.into())
            }
        }
    };
}

stage_error!(CredentialError => Credential);
stage_error!(TokenError => Token);
stage_error!(IssuerError => Issuer);
stage_error!(KeyError => Key);
stage_error!(SignatureError => Signature);
stage_error!(ClaimsError => Claims);
stage_error!(ConfirmationError => Confirmation);
stage_error!(Denial => Denied);

impl From<ProofError> for Failure {
    fn from(error: ProofError) -> Self {
        ConfirmationError::from(error).into()
    }
}

impl From<VerificationError> for Failure {
    fn from(error: VerificationError) -> Self {
        match error {
            VerificationError::Key(error) => error.into(),
            VerificationError::Signature(error) => error.into(),
        }
    }
}

impl From<ValidationError> for Failure {
    fn from(error: ValidationError) -> Self {
        match error {
            ValidationError::Token(error) => error.into(),
            ValidationError::Issuer(error) => error.into(),
            ValidationError::Claims(error) => error.into(),
            ValidationError::Panicked(panicked) => Misconfiguration::Panicked(panicked).into(),
        }
    }
}

impl From<AuthorizationError> for Failure {
    fn from(error: AuthorizationError) -> Self {
        match error {
            AuthorizationError::Denied(denial) => denial.into(),
            AuthorizationError::Claims(error) => error.into(),
            AuthorizationError::NoSuchPathParameter(name) => {
                Misconfiguration::NoSuchPathParameter(name).into()
            }
            AuthorizationError::MalformedPath => Rejection::MalformedPath.into(),
            AuthorizationError::MalformedOperation => Rejection::MalformedOperation.into(),
            AuthorizationError::Panicked(panicked) => Misconfiguration::Panicked(panicked).into(),
        }
    }
}

#[cfg(test)]
mod tests;
