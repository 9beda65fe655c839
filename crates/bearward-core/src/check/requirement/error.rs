//! What is wrong with a requirement when it is built, and why a token does not fulfil one.

use std::fmt;
use std::time::Duration;

use crate::check::operator_function::Panicked;
use crate::check::validation::ClaimsError;
use crate::token::audience::AudienceTemplateError;
use crate::wire::redacted::RedactedUrl;

/// Why a requirement is refused when it is built.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequirementError {
    /// A list of scopes, values or requirements is empty: it would let everyone pass, or no one.
    Empty(&'static str),
    /// A scope has a character that no scope may have (RFC 6749 §3.3).
    Scope(String),
    /// `offline_access` is required. It asks an authorization server for a refresh token, and no challenge of an API may
    /// ask for it.
    OfflineAccess,
    /// A claim path is empty or has an empty segment.
    ClaimPath(String),
    /// An organization audience lacks its placeholder `{organization}`, or text before it.
    AudienceTemplate(AudienceTemplateError),
    /// A host template lacks its placeholder `{organization}`, or a dot after it.
    HostTemplate(RedactedUrl),
    /// The name of a role, a path parameter or an organization is empty.
    EmptyName(&'static str),
    /// This is not the name of a header.
    HeaderName(String),
    /// An `acr` value is empty, or has a character that a list of them cannot have.
    Acr(String),
    /// A value holds a number beyond ±(2^53 − 1). Readers of JSON round such a number in different ways, so it cannot
    /// be compared (RFC 8259 §6).
    Number,
    /// A value is `null`, or holds one. Nothing is equal to it, so the negation would let everyone pass.
    Null,
    /// Authorization details set a member of this name by a separate function, or the name is empty.
    DetailMember(String),
    /// An operation cannot be known or permitted so. Says what it has or lacks.
    Operation(&'static str),
    /// `any` of an organization requirement is `false`, which means nothing.
    AnyFalse,
}

impl RequirementError {
    pub(super) fn if_empty<T>(what: &'static str, list: &[T]) -> Result<(), Self> {
        if list.is_empty() { Err(Self::Empty(what)) } else { Ok(()) }
    }

    pub(super) fn if_nameless(what: &'static str, name: &str) -> Result<(), Self> {
        if name.is_empty() { Err(Self::EmptyName(what)) } else { Ok(()) }
    }
}

impl fmt::Display for RequirementError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty(what) => write!(f, "the list of {what} is empty"),
            Self::Scope(scope) => write!(f, "{scope:?} is not a scope (RFC 6749 §3.3)"),
            Self::OfflineAccess => f.write_str(
                "offline_access asks the authorization server for a refresh token and permits nothing here; require \
                 another scope",
            ),
            Self::ClaimPath(path) => write!(f, "{path:?} is not the path of a claim"),
            Self::AudienceTemplate(error) => error.fmt(f),
            Self::HostTemplate(template) => write!(
                f,
                "the host {template:?} needs the placeholder {{organization}} exactly once, with a dot after it"
            ),
            Self::EmptyName(what) => write!(f, "the name of the {what} is empty"),
            Self::HeaderName(name) => write!(f, "{name:?} is not the name of a header"),
            Self::Acr(value) => {
                write!(f, "{value:?} is not an acr value: it must be visible ASCII without spaces")
            }
            Self::Number => f.write_str(
                "a claim value holds a number beyond ±9007199254740991, which JSON's readers round differently \
                 (RFC 8259 §6); have the claim be a string",
            ),
            Self::Null => f.write_str(
                "a claim value is null or holds null, which equals nothing; for a claim that is absent or null \
                 write exists: false",
            ),
            Self::DetailMember(name) => {
                write!(f, "authorization details: {name:?} cannot be one of the members; it has its own place")
            }
            Self::Operation(why) => write!(f, "an operation {why}"),
            Self::AnyFalse => f.write_str("any: only true has a meaning; leave the requirement out instead"),
        }
    }
}

impl std::error::Error for RequirementError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::AudienceTemplate(error) => Some(error),
            _ => None,
        }
    }
}

impl From<AudienceTemplateError> for RequirementError {
    fn from(error: AudienceTemplateError) -> Self {
        Self::AudienceTemplate(error)
    }
}

/// Stage 8: why a token does not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthorizationError {
    /// The token is not enough for this route.
    Denied(Denial),
    /// A claim cannot be read, or the token's audience lets it in elsewhere only.
    Claims(ClaimsError),
    /// The requirement takes the expected organization from a path parameter that the route lacks.
    NoSuchPathParameter(String),
    /// The requirement takes the expected organization from a path parameter, and the path cannot be decoded.
    MalformedPath,
    /// The request does not name its operation as MCP prescribes, or names another one than its body.
    MalformedOperation,
    /// A function that is part of the requirement panicked.
    Panicked(Panicked),
}

impl fmt::Display for AuthorizationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(denial) => denial.fmt(f),
            Self::Claims(error) => error.fmt(f),
            Self::NoSuchPathParameter(name) => {
                write!(f, "the requirement needs the path parameter {name:?}, which this route does not have")
            }
            Self::MalformedPath => f.write_str("the path of the request is malformed"),
            Self::MalformedOperation => {
                f.write_str("the headers that name the operation are missing or malformed")
            }
            Self::Panicked(panicked) => panicked.fmt(f),
        }
    }
}

impl std::error::Error for AuthorizationError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Denied(denial) => Some(denial),
            Self::Claims(error) => Some(error),
            Self::NoSuchPathParameter(_) | Self::MalformedPath | Self::MalformedOperation => None,
            Self::Panicked(panicked) => Some(panicked),
        }
    }
}

impl From<Denial> for AuthorizationError {
    fn from(denial: Denial) -> Self {
        Self::Denied(denial)
    }
}

impl From<ClaimsError> for AuthorizationError {
    fn from(error: ClaimsError) -> Self {
        Self::Claims(error)
    }
}

impl From<Panicked> for AuthorizationError {
    fn from(panicked: Panicked) -> Self {
        Self::Panicked(panicked)
    }
}

/// Why a valid token is not enough for this route.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Denial {
    /// 403: a scope was not granted.
    InsufficientScope {
        /// The scopes the route requires, joined by spaces.
        required: String,
    },
    /// 403: a claim does not hold what is required.
    ClaimUnmet,
    /// 403: the role was not assigned.
    RoleMissing,
    /// 403: no element of the token's authorization details has all that is required (RFC 9396).
    AuthorizationDetailsMissing,
    /// 403: the request is not an operation that the requirement knows.
    OperationUnknown,
    /// 401: the token is for no organization, and one is required.
    OrganizationMissing,
    /// 403: the token is for another organization than the request names.
    OrganizationMismatch,
    /// 401 (RFC 9470): the authentication lies too far back, or the token does not say when it was.
    AuthenticationTooOld {
        /// The longest time since authentication that the route accepts.
        max_age: Duration,
    },
    /// 401 (RFC 9470): the authentication was too weak, or the token does not say how it was.
    AuthenticationTooWeak {
        /// The accepted `acr` values, joined by spaces.
        acr_values: String,
    },
    /// 403: a custom requirement, or a negated one, is not met, or it cannot be told whether it is.
    Unmet,
}

impl Denial {
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::InsufficientScope { .. } => "insufficient_scope",
            Self::ClaimUnmet => "claim_unmet",
            Self::RoleMissing => "role_missing",
            Self::AuthorizationDetailsMissing => "authorization_details_missing",
            Self::OperationUnknown => "operation_unknown",
            Self::OrganizationMissing => "organization_missing",
            Self::OrganizationMismatch => "organization_mismatch",
            Self::AuthenticationTooOld { .. } => "authentication_too_old",
            Self::AuthenticationTooWeak { .. } => "authentication_too_weak",
            Self::Unmet => "requirement_unmet",
        }
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InsufficientScope { .. } => "the access token lacks a required scope",
            Self::ClaimUnmet => "the access token lacks a required claim value",
            Self::RoleMissing => "the access token lacks a required role",
            Self::AuthorizationDetailsMissing => "the access token lacks required authorization details",
            Self::OperationUnknown => "this operation is not permitted to any access token",
            Self::OrganizationMissing => "the access token is for no organization",
            Self::OrganizationMismatch => "the access token is for another organization",
            Self::AuthenticationTooOld { .. } => "a more recent authentication is required",
            Self::AuthenticationTooWeak { .. } => "a stronger authentication is required",
            Self::Unmet => "the access token does not meet the requirement of this resource",
        })
    }
}

impl std::error::Error for Denial {}
