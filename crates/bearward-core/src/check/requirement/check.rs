//! A requirement is checked once, before the first request.

use std::borrow::Cow;

use super::compare::comparable;
use super::data::{ClaimTest, ExpectedOrganization, Operation, OrganizationRequirement, Requirement};
use super::operation::{check_all, matching};
use crate::check::requirement::{RequestFacts, RequirementError};
use crate::token::audience::{AudienceTemplate, PLACEHOLDER};
use crate::wire::fields::is_scope_token;
use crate::wire::redacted::RedactedUrl;

/// A requirement that means something: no list in it is empty and every name in it can occur.
#[derive(Debug, Clone)]
pub struct CheckedRequirement {
    pub(super) requirement: Requirement,
    /// Every scope that each request requires, in order, each once: what a challenge asks for.
    scopes: String,
    pub(super) organization_audiences: Vec<AudienceTemplate>,
    /// The parameters that the route's path must have.
    pub(super) path_parameters: Vec<String>,
    /// Whether it looks at authorization details.
    pub(super) has_details: bool,
    /// Whether it depends on the request which scopes are required.
    has_operations: bool,
}

/// The scope by which a client asks for a refresh token (OpenID Connect Core §11). It is between the client and the
/// authorization server: no API requires it, offers it or asks for it.
pub(crate) const OFFLINE_ACCESS: &str = "offline_access";

/// What no token meets: at least one of no requirements. It asks a client for nothing.
pub(crate) static UNMEETABLE: CheckedRequirement = CheckedRequirement {
    requirement: Requirement::Or(Vec::new()),
    scopes: String::new(),
    organization_audiences: Vec::new(),
    path_parameters: Vec::new(),
    has_details: false,
    has_operations: false,
};

impl Requirement {
    /// Checks that the requirement can be met and does not let everyone pass.
    ///
    /// # Errors
    /// [`RequirementError`] names the part that is wrong.
    pub fn check(self) -> Result<CheckedRequirement, RequirementError> {
        let (mut scopes, mut organization_audiences) = (Vec::new(), Vec::new());
        check(&self, &mut scopes, &mut organization_audiences)?;
        let (mut path_parameters, mut has_details, mut has_operations) = (Vec::new(), false, false);
        self.walk(&mut |part| match part {
            Self::Organization(organization) => {
                if let ExpectedOrganization::FromPath(parameter) = &organization.expected {
                    path_parameters.push(parameter.clone());
                }
            }
            Self::AuthorizationDetails(_) => has_details = true,
            Self::Operations(_) => has_operations = true,
            _ => {}
        });
        Ok(CheckedRequirement {
            scopes: scopes.join(" "),
            requirement: self,
            organization_audiences,
            path_parameters,
            has_details,
            has_operations,
        })
    }

    /// Calls the function with this requirement and each one in it, those of its operations too.
    pub fn walk(&self, visit: &mut dyn FnMut(&Self)) {
        visit(self);
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.walk(visit)),
            Self::Not(part) => part.walk(visit),
            Self::Operations(operations) => {
                operations.iter().filter_map(Operation::requirement).for_each(|part| part.walk(visit));
            }
            _ => {}
        }
    }
}

impl CheckedRequirement {
    /// The requirement as it was written.
    #[must_use]
    pub fn as_requirement(&self) -> &Requirement {
        &self.requirement
    }

    /// Every scope that this request requires, each once, joined by spaces: what its challenge asks for.
    #[must_use]
    pub fn challenge_scopes(&self, facts: &dyn RequestFacts) -> Cow<'_, str> {
        if !self.has_operations {
            return Cow::Borrowed(&self.scopes);
        }
        let mut scopes = Vec::new();
        add_scopes(&self.requirement, facts, &mut scopes);
        Cow::Owned(scopes.join(" "))
    }

    /// Whether evaluating the requirement may ask for a parameter of the route's path, so that adapters for
    /// which reading them costs something know when to.
    #[must_use]
    pub fn asks_for_path_parameters(&self) -> bool {
        let mut asks = false;
        self.requirement.walk(&mut |part| {
            asks |= match part {
                Requirement::Organization(organization) => matches!(
                    organization.expected,
                    ExpectedOrganization::FromPath(_) | ExpectedOrganization::FromRequest(_)
                ),
                Requirement::Custom(_) => true,
                _ => false,
            };
        });
        asks
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
            RequirementError::if_empty("scopes", list)?;
            list.iter().try_for_each(|scope| add_scope(scope, scopes))
        }
        Requirement::Claim(claim) => {
            if claim.path.is_empty() {
                return Err(RequirementError::ClaimPath(claim.path.to_string()));
            }
            match &claim.test {
                ClaimTest::Includes(values) | ClaimTest::OneOf(values) => {
                    RequirementError::if_empty("claim values", values)?;
                    values.iter().try_for_each(comparable)
                }
                ClaimTest::Equals(value) => comparable(value),
                ClaimTest::Exists(_) => Ok(()),
            }
        }
        Requirement::Role(role) if role.claim.is_empty() => {
            Err(RequirementError::ClaimPath(role.claim.to_string()))
        }
        Requirement::Role(role) => RequirementError::if_nameless("role", &role.name),
        Requirement::Organization(organization) => check_organization(organization, audiences),
        Requirement::Acr(values) => {
            RequirementError::if_empty("acr values", values)?;
            match values.iter().find(|value| !is_scope_token(value)) {
                Some(value) => Err(RequirementError::Acr(value.clone())),
                None => Ok(()),
            }
        }
        Requirement::MaxAge(_) | Requirement::Custom(_) => Ok(()),
        Requirement::AuthorizationDetails(details) => details.check(),
        Requirement::Operations(operations) => {
            check_all(operations)?;
            // What a challenge asks for depends on the request.
            let mut parts = operations.iter().filter_map(Operation::requirement);
            parts.try_for_each(|part| check(part, &mut Vec::new(), audiences))
        }
        Requirement::And(parts) | Requirement::Or(parts) => {
            RequirementError::if_empty("requirements", parts)?;
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
        ExpectedOrganization::FromPath(parameter) => {
            RequirementError::if_nameless("path parameter", parameter)
        }
        ExpectedOrganization::FromHeader(header) => {
            let header_name = http::HeaderName::from_bytes(header.as_bytes());
            header_name.map(drop).map_err(|_| RequirementError::HeaderName(header.clone()))
        }
        ExpectedOrganization::FromHost(template) => match template.split_once(PLACEHOLDER) {
            Some((_, after)) if after.starts_with('.') && !after.contains(PLACEHOLDER) => Ok(()),
            _ => Err(RequirementError::HostTemplate(RedactedUrl::of(template))),
        },
        ExpectedOrganization::Is(id) => RequirementError::if_nameless("organization", id),
        ExpectedOrganization::Any(true) | ExpectedOrganization::FromRequest(_) => Ok(()),
        ExpectedOrganization::Any(false) => Err(RequirementError::AnyFalse),
    }
}

/// The scopes of a requirement that was checked, without those of other operations and those that must not be granted.
fn add_scopes<'r>(requirement: &'r Requirement, facts: &dyn RequestFacts, scopes: &mut Vec<&'r str>) {
    let named = match requirement {
        Requirement::Scope(scope) => std::slice::from_ref(scope),
        Requirement::AllScopes(list) | Requirement::AnyScope(list) => list,
        Requirement::And(parts) | Requirement::Or(parts) => {
            return parts.iter().for_each(|part| add_scopes(part, facts, scopes));
        }
        Requirement::Operations(operations) => {
            let found = matching(operations, facts).unwrap_or_default();
            let parts = found.into_iter().filter_map(Operation::requirement);
            return parts.for_each(|part| add_scopes(part, facts, scopes));
        }
        _ => return,
    };
    for scope in named {
        if !scopes.contains(&scope.as_str()) {
            scopes.push(scope);
        }
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
