//! Stage 8: what a route requires of an access token beyond being valid.
//!
//! A [`Requirement`] is data: it is written in code with the functions of this module, or read from
//! configuration, and means the same in Rust, in Node and in the gateway. Before it is used it is checked
//! once ([`Requirement::check`]); what would let everyone pass is refused there.
//!
//! 1. Scopes are compared whole and in their case (RFC 6749 §3.3).
//! 2. A claim that is absent, or `null`, fulfils nothing, and its absence is certain: `not` of it holds. Servers
//!    leave out what a subject does not have, so `not` over a claim such as `suspended` could not be written
//!    otherwise.
//! 3. A part permits, denies, or cannot be told: a claim of another type than the requirement expects, an
//!    organization that the request does not name readably. `and` with a denial denies, `or` with a permit permits;
//!    else one part that cannot be told leaves the whole open, and `not` of it is open, too (Kleene's strong
//!    three-valued logic). What is open at the end is refused. The order of the parts changes nothing about who
//!    passes. Of several parts that refuse, the first one written is reported.
//! 4. Values are compared within one JSON type, numbers by value up to ±(2^53 − 1).
//! 5. An organization is matched against what the *request* names, and never assumed.
//! 6. A token that was let in only through an organization's audience passes only where that very
//!    organization was required.
//!
//! Does not check: the token itself.

mod build;
mod check;
mod compare;
mod data;
mod error;
mod evaluate;
mod written;

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

pub use self::build::{
    ClaimBuilder, OrganizationBuilder, acr, all_scopes, any_scope, auth0_permission, claim, cognito_group,
    custom, entra_role, keycloak_client_role, keycloak_realm_role, max_age, organization, role, role_in,
    role_key_in, scope, zitadel_role,
};
pub use self::check::CheckedRequirement;
pub use self::data::{
    ClaimRequirement, ClaimTest, CustomRequirement, ExpectedOrganization, OrganizationFunction,
    OrganizationRequirement, Requirement, RoleListing, RoleRequirement,
};
pub use self::error::RequirementError;
pub(crate) use self::evaluate::authorize_any;
pub use crate::token::audience::{AudienceTemplate, AudienceTemplateError};

/// What a requirement may know of the request beside its token.
pub trait RequestFacts: Sync {
    /// A parameter of the route's path, percent-decoded: `org` of `/organizations/{org}`.
    fn path_parameter(&self, name: &str) -> Option<Cow<'_, str>>;
    /// A header's value, where it is there once and in visible ASCII.
    fn header(&self, name: &str) -> Option<Cow<'_, str>>;
    /// The host the request is for, without its port.
    fn host(&self) -> Option<Cow<'_, str>>;
}

/// Facts of no request: for requirements that only look at the token.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFacts;

impl RequestFacts for NoFacts {
    fn path_parameter(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }

    fn header(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }

    fn host(&self) -> Option<Cow<'_, str>> {
        None
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
            Self::OrganizationMissing => "the access token is for no organization",
            Self::OrganizationMismatch => "the access token is for another organization",
            Self::AuthenticationTooOld { .. } => "a more recent authentication is required",
            Self::AuthenticationTooWeak { .. } => "a stronger authentication is required",
            Self::Unmet => "the access token does not meet the requirement of this resource",
        })
    }
}

#[cfg(test)]
mod tests;
