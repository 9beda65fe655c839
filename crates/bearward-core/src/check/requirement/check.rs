//! A requirement is checked once, before the first request.

use std::borrow::Cow;

use serde_json::Value;

use super::compare::{holds_null, is_exact};
use super::data::{ClaimTest, ExpectedOrganization, OrganizationRequirement, Requirement};
use crate::check::requirement::{RequestFacts, RequirementError};
use crate::token::audience::{AudienceTemplate, PLACEHOLDER};
use crate::token::scope::{OFFLINE_ACCESS, is_scope_token};
use crate::wire::redacted::RedactedUrl;

/// A requirement that means something: no list in it is empty and every name in it can occur.
#[derive(Debug, Clone)]
pub struct CheckedRequirement {
    pub(super) requirement: Requirement,
    /// Every scope the requirement names, in order, each once: what a 403 asks for.
    pub(super) scopes: String,
    pub(super) organization_audiences: Vec<AudienceTemplate>,
    /// The parameters that the route's path must have.
    pub(super) path_parameters: Vec<String>,
}

impl Requirement {
    /// Checks that the requirement can be met and does not let everyone pass.
    ///
    /// # Errors
    /// [`RequirementError`] names the part that is wrong.
    pub fn check(self) -> Result<CheckedRequirement, RequirementError> {
        let (mut scopes, mut organization_audiences) = (Vec::new(), Vec::new());
        check(&self, &mut scopes, &mut organization_audiences)?;
        let mut path_parameters = Vec::new();
        add_path_parameters(&self, &mut path_parameters);
        Ok(CheckedRequirement {
            scopes: scopes.join(" "),
            requirement: self,
            organization_audiences,
            path_parameters,
        })
    }
}

impl CheckedRequirement {
    /// The requirement as it was written.
    #[must_use]
    pub fn as_requirement(&self) -> &Requirement {
        &self.requirement
    }

    /// Every scope that this request requires, joined by spaces: what its challenge asks for.
    #[must_use]
    pub fn challenge_scopes(&self, _facts: &dyn RequestFacts) -> Cow<'_, str> {
        Cow::Borrowed(&self.scopes)
    }

    /// Whether evaluating the requirement may ask for a parameter of the route's path, so that adapters for
    /// which reading them costs something know when to.
    #[must_use]
    pub fn asks_for_path_parameters(&self) -> bool {
        asks_for_path_parameters(&self.requirement)
    }

    pub(crate) fn organization_audiences(&self) -> &[AudienceTemplate] {
        &self.organization_audiences
    }
}

fn check(
    requirement: &Requirement,
    scopes: &mut Vec<String>,
    audiences: &mut Vec<AudienceTemplate>,
) -> Result<(), RequirementError> {
    match requirement {
        Requirement::Scope(scope) => add_scope(scope, scopes),
        Requirement::AllScopes(list) | Requirement::AnyScope(list) => {
            not_empty("scopes", list)?;
            list.iter().try_for_each(|scope| add_scope(scope, scopes))
        }
        Requirement::Claim(claim) => {
            if claim.path.is_empty() {
                return Err(RequirementError::ClaimPath(claim.path.to_string()));
            }
            match &claim.test {
                ClaimTest::Includes(values) | ClaimTest::OneOf(values) => {
                    not_empty("claim values", values)?;
                    values.iter().try_for_each(comparable)
                }
                ClaimTest::Equals(value) => comparable(value),
                ClaimTest::Exists(_) => Ok(()),
            }
        }
        Requirement::Role(role) if role.claim.is_empty() => {
            Err(RequirementError::ClaimPath(role.claim.to_string()))
        }
        Requirement::Role(role) => not_nameless("role", &role.name),
        Requirement::Organization(organization) => check_organization(organization, audiences),
        Requirement::Acr(values) => {
            not_empty("acr values", values)?;
            match values.iter().find(|value| !is_scope_token(value)) {
                Some(value) => Err(RequirementError::Acr(value.clone())),
                None => Ok(()),
            }
        }
        Requirement::MaxAge(_) | Requirement::Custom(_) => Ok(()),
        Requirement::And(parts) | Requirement::Or(parts) => {
            not_empty("requirements", parts)?;
            parts.iter().try_for_each(|part| check(part, scopes, audiences))
        }
        // What must not hold is nothing to ask a client for.
        Requirement::Not(part) => check(part, &mut Vec::new(), &mut Vec::new()),
    }
}

fn check_organization(
    organization: &OrganizationRequirement,
    audiences: &mut Vec<AudienceTemplate>,
) -> Result<(), RequirementError> {
    audiences.extend(organization.audience.clone());
    match &organization.expected {
        ExpectedOrganization::FromPath(parameter) => not_nameless("path parameter", parameter),
        ExpectedOrganization::FromHeader(header) => {
            let header_name = http::HeaderName::from_bytes(header.as_bytes());
            header_name.map(drop).map_err(|_| RequirementError::HeaderName(header.clone()))
        }
        ExpectedOrganization::FromHost(template) => match template.split_once(PLACEHOLDER) {
            Some((_, after)) if after.starts_with('.') && !after.contains(PLACEHOLDER) => Ok(()),
            _ => Err(RequirementError::HostTemplate(RedactedUrl::of(template))),
        },
        ExpectedOrganization::Is(id) => not_nameless("organization", id),
        ExpectedOrganization::Any(true) | ExpectedOrganization::FromRequest(_) => Ok(()),
        ExpectedOrganization::Any(false) => Err(RequirementError::AnyFalse),
    }
}

fn asks_for_path_parameters(requirement: &Requirement) -> bool {
    match requirement {
        Requirement::Organization(organization) => matches!(
            organization.expected,
            ExpectedOrganization::FromPath(_) | ExpectedOrganization::FromRequest(_)
        ),
        Requirement::Custom(_) => true,
        Requirement::And(parts) | Requirement::Or(parts) => parts.iter().any(asks_for_path_parameters),
        Requirement::Not(part) => asks_for_path_parameters(part),
        _ => false,
    }
}

fn add_path_parameters(requirement: &Requirement, parameters: &mut Vec<String>) {
    match requirement {
        Requirement::Organization(organization) => {
            if let ExpectedOrganization::FromPath(parameter) = &organization.expected {
                parameters.push(parameter.clone());
            }
        }
        Requirement::And(parts) | Requirement::Or(parts) => {
            parts.iter().for_each(|part| add_path_parameters(part, parameters));
        }
        Requirement::Not(part) => add_path_parameters(part, parameters),
        _ => {}
    }
}

fn add_scope(scope: &str, scopes: &mut Vec<String>) -> Result<(), RequirementError> {
    if !is_scope_token(scope) {
        return Err(RequirementError::Scope(scope.to_owned()));
    }
    if scope == OFFLINE_ACCESS {
        return Err(RequirementError::OfflineAccess);
    }
    if !scopes.iter().any(|known| known == scope) {
        scopes.push(scope.to_owned());
    }
    Ok(())
}

fn comparable(value: &Value) -> Result<(), RequirementError> {
    if holds_null(value) {
        return Err(RequirementError::Null);
    }
    if is_exact(value) { Ok(()) } else { Err(RequirementError::Number) }
}

fn not_empty<T>(what: &'static str, list: &[T]) -> Result<(), RequirementError> {
    if list.is_empty() { Err(RequirementError::Empty(what)) } else { Ok(()) }
}

fn not_nameless(what: &'static str, name: &str) -> Result<(), RequirementError> {
    if name.is_empty() { Err(RequirementError::EmptyName(what)) } else { Ok(()) }
}
