//! What is wrong with a requirement when it is built.

use std::fmt;

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
    /// An `acr` value is empty, or has a character that cannot stand in a list of them.
    Acr(String),
    /// A value holds a number beyond ±(2^53 − 1). Readers of JSON round such a number in different ways, so it cannot
    /// be compared (RFC 8259 §6).
    Number,
    /// A value is `null`, or holds one. Nothing is equal to it, so the negation would let everyone pass.
    Null,
    /// `any` of an organization requirement is `false`, which means nothing.
    AnyFalse,
}

impl fmt::Display for RequirementError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty(what) => write!(f, "the list of {what} is empty"),
            Self::Scope(scope) => write!(f, "{scope:?} is not a scope (RFC 6749 §3.3)"),
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
