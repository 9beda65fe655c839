//! Both sides of a requirement: what the route asks for, and what the token has in the claims that it looks at.

use bearward_core::Requirement;
use bearward_core::token::ClaimPath;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};

use super::raw_json::RawJson;

/// What is required, beside what there is.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Sides {
    /// The requirement, as configuration writes it.
    pub(super) required: Option<Box<RawValue>>,
    /// Each claim that it looks at, as the token has it; `null` where the token has none.
    pub(super) found: Map<String, Value>,
}

impl Sides {
    /// Compares; `claims` are the token's, or what its issuer says of it.
    pub(super) fn of(requirement: &Requirement, claims: Option<&RawJson>) -> Self {
        let mut found = Map::new();
        let claims = claims.map_or(&Value::Null, RawJson::value);
        requirement.walk(&mut |part| note(part, claims, &mut found));
        Self { required: to_raw_value(requirement).ok(), found }
    }
}

/// Notes the claims that a part of the requirement looks at.
fn note(requirement: &Requirement, claims: &Value, found: &mut Map<String, Value>) {
    let mut note = |path: &ClaimPath| {
        let value = path.find(claims).cloned().unwrap_or_default();
        found.insert(path.to_string(), value);
    };
    match requirement {
        Requirement::Scope(_) | Requirement::AllScopes(_) | Requirement::AnyScope(_) => {
            let name =
                if claims.get("scope").is_none() && claims.get("scp").is_some() { "scp" } else { "scope" };
            note(&name.into());
        }
        Requirement::Claim(claim) => note(&claim.path),
        Requirement::Role(role) => note(&role.claim),
        Requirement::Organization(organization) => {
            note(&if organization.audience.is_some() { "aud" } else { "organization_id" }.into());
        }
        Requirement::Acr(_) => note(&"acr".into()),
        Requirement::MaxAge(_) => note(&"auth_time".into()),
        Requirement::AuthorizationDetails(_) => note(&"authorization_details".into()),
        _ => {}
    }
}
