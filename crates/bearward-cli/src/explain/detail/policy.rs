//! Stage 8: what the route asks for.

use bearward_core::{Denial, Failure, Rejection};

use super::{Details, shown};
use crate::explain::printable::quoted;

impl Details<'_> {
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
