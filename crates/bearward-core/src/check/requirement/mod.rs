//! Stage 8: what a route requires of an access token beyond being valid.
//!
//! A [`Requirement`] is data: it is written in code with the functions of this module, or read from
//! configuration, and means the same in Rust and in Node. Before it is used it is checked
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
//! 6. An operation ([`operations`]) is known by what the request says of itself, and one that is not listed is refused.
//! 7. A token whose authorization details are malformed (RFC 9396) is refused wherever a requirement looks at them.
//! 8. A token that was let in only through an organization's audience passes only where that very
//!    organization was required.
//!
//! Does not check: the token itself.

mod build;
mod check;
mod compare;
mod data;
mod details;
mod error;
mod evaluate;
pub mod mcp;
mod operation;
mod operation_builder;

use std::borrow::Cow;

pub use self::build::{
    ClaimBuilder, OrganizationBuilder, acr, all_scopes, any_scope, auth0_permission, authorization_details,
    claim, cognito_group, custom, entra_role, keycloak_client_role, keycloak_realm_role, max_age,
    organization, role, role_in, role_key_in, scope, zitadel_role,
};
pub use self::check::CheckedRequirement;
pub(crate) use self::check::{OFFLINE_ACCESS, UNMEETABLE};
pub use self::data::{
    ClaimRequirement, ClaimTest, CustomRequirement, ExpectedOrganization, Operation, OrganizationFunction,
    OrganizationRequirement, Requirement, RoleListing, RoleRequirement,
};
pub use self::details::AuthorizationDetails;
pub use self::error::{AuthorizationError, Denial, RequirementError};
pub use self::operation::OperationFacts;
pub use self::operation_builder::{OperationBuilder, operation, operations};
pub use crate::token::audience::{AudienceTemplate, AudienceTemplateError};

/// What a requirement may know of the request beside its token.
///
/// What an adapter does not know of its requests is `None`, and a requirement that asks for it refuses.
pub trait RequestFacts: Sync {
    /// The method, such as `GET`, in its case (RFC 9110 §9.1).
    fn method(&self) -> Option<&str> {
        None
    }
    /// The path as the client sent it: percent-encoded, without the query, and whole where a router took a part of it
    /// away. Where the framework has put another path in its place and keeps the first one nowhere, as actix-web does
    /// behind `NormalizePath`, it is the other one, by which the handler was found.
    fn path(&self) -> Option<&str> {
        None
    }
    /// A parameter of the route's path, percent-decoded: `org` of `/organizations/{org}`.
    fn path_parameter(&self, name: &str) -> Option<Cow<'_, str>>;
    /// Whether the path has parameters and they cannot be decoded. The client is then at fault, and not the route.
    fn path_is_malformed(&self) -> bool {
        false
    }
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

#[cfg(test)]
mod tests;
