//! Stage 8: what the route asks for.

use bearward_core::Failure;
use bearward_core::answer::Rejection;
use bearward_core::check::{Denial, NoFacts};

use super::{Details, shown};
use crate::explain::printable::{plain, quoted};
use crate::explain::requirement::Sides;

impl Details<'_> {
    pub(super) fn requirement(&self) -> String {
        match self.expectation.requirement() {
            None if self.expectation.is_of_api() => "this route needs nothing else".to_owned(),
            None => "none was named".to_owned(),
            Some(requirement) => match &*requirement.challenge_scopes(&NoFacts) {
                "" => self
                    .both_sides()
                    .map_or_else(|| "the requirement is met".to_owned(), |sides| format!("met: {sides}")),
                scopes => format!("granted, as required: {}", quoted(scopes)),
            },
        }
    }

    pub(super) fn unmet(&self, failure: &Failure) -> Option<String> {
        match failure {
            Failure::Rejected(Rejection::Denied(Denial::InsufficientScope { required })) => {
                let granted = self.claim("scope").or_else(|| self.claim("scp"));
                let granted = granted.map_or_else(|| "none".to_owned(), shown);
                Some(format!("granted: {granted}, required: {}", quoted(required)))
            }
            Failure::Rejected(Rejection::Denied(denial)) => {
                self.both_sides().map(|sides| format!("{denial}: {sides}"))
            }
            _ => None,
        }
    }

    /// What is required, and what the token has of it.
    fn both_sides(&self) -> Option<String> {
        let Sides { required, found } = Sides::of(self.expectation.required()?, self.claims.as_ref());
        let has = |(name, value): (&String, &serde_json::Value)| match value {
            serde_json::Value::Null => format!("no {}", plain(name)),
            value => format!("{}: {}", plain(name), shown(value)),
        };
        let found: Vec<_> = found.iter().map(has).collect();
        let found = if found.is_empty() { "nothing of it".to_owned() } else { found.join(", ") };
        Some(format!("required is {}, the token has {found}", plain(required?.get())))
    }
}
