//! Stages 7 and 8: who sends the token, and what the route asks for.

use bearward_core::{Denial, Failure, Rejection};
use serde_json::Value;

use super::{Details, shown};
use crate::explain::printable::quoted;

impl Details<'_> {
    pub(super) fn bound(&self) -> Option<String> {
        let method = match self.claim("cnf") {
            Some(Value::Object(members)) if members.contains_key("jkt") => "a DPoP proof (cnf.jkt, RFC 9449)",
            Some(Value::Object(members)) if members.contains_key("x5t#S256") => {
                "a client certificate (cnf.x5t#S256, RFC 8705)"
            }
            _ => "a proof (cnf, RFC 7800)",
        };
        Some(format!(
            "bound to a key: it needs {method} beside it, and as a bearer token it is worth nothing"
        ))
    }

    pub(super) fn requirement(&self) -> String {
        match self.expectation.requirement() {
            None => "none was named".to_owned(),
            Some(requirement) if requirement.scopes().is_empty() => "the requirement is met".to_owned(),
            Some(requirement) => format!("granted, as required: {}", quoted(requirement.scopes())),
        }
    }

    pub(super) fn unmet(&self, failure: &Failure) -> Option<String> {
        match failure {
            Failure::Rejected(Rejection::Denied(Denial::InsufficientScope { required })) => {
                let granted = self.claim("scope").or_else(|| self.claim("scp"));
                let granted = granted.map_or_else(|| "none".to_owned(), shown);
                Some(format!("granted: {granted}, required: {}", quoted(required)))
            }
            _ => None,
        }
    }
}
