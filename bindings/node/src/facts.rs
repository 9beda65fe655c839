//! What a requirement asks of the request: JavaScript is told once, and sends it along with each check.

use std::borrow::Cow;

use bearward_core::check::RequestFacts;
use bearward_core::requirement::{CheckedRequirement, ExpectedOrganization, Requirement};

/// A requirement, with the names of the facts it needs in the order JavaScript sends them.
pub(crate) struct Registered {
    pub(crate) requirement: CheckedRequirement,
    needs: Vec<Need>,
}

#[derive(PartialEq)]
enum Need {
    PathParameter(String),
    Header(String),
    Host,
}

impl Registered {
    pub(crate) fn new(requirement: CheckedRequirement) -> Self {
        let mut needs = Vec::new();
        collect(requirement.as_requirement(), &mut needs);
        Self { requirement, needs }
    }

    /// `path:org`, `header:x-org`, `host`: what to send, in this order.
    pub(crate) fn needs(&self) -> Vec<String> {
        let name = |need: &Need| match need {
            Need::PathParameter(name) => format!("path:{name}"),
            Need::Header(name) => format!("header:{}", name.to_ascii_lowercase()),
            Need::Host => "host".to_owned(),
        };
        self.needs.iter().map(name).collect()
    }
}

fn collect(requirement: &Requirement, needs: &mut Vec<Need>) {
    let need = match requirement {
        Requirement::Organization(organization) => match &organization.expected {
            ExpectedOrganization::FromPath(name) => Need::PathParameter(name.clone()),
            ExpectedOrganization::FromHeader(name) => Need::Header(name.clone()),
            ExpectedOrganization::FromHost(_) => Need::Host,
            _ => return,
        },
        Requirement::And(parts) | Requirement::Or(parts) => {
            return parts.iter().for_each(|part| collect(part, needs));
        }
        Requirement::Not(part) => return collect(part, needs),
        _ => return,
    };
    if !needs.contains(&need) {
        needs.push(need);
    }
}

/// The facts of one request, as JavaScript sent them.
pub(crate) struct SentFacts<'f> {
    pub(crate) registered: &'f Registered,
    pub(crate) values: &'f [Option<String>],
}

impl SentFacts<'_> {
    fn find(&self, wanted: impl Fn(&Need) -> bool) -> Option<Cow<'_, str>> {
        let place = self.registered.needs.iter().position(wanted)?;
        self.values.get(place)?.as_deref().map(Cow::Borrowed)
    }
}

impl RequestFacts for SentFacts<'_> {
    fn path_parameter(&self, name: &str) -> Option<Cow<'_, str>> {
        self.find(|need| matches!(need, Need::PathParameter(own) if own == name))
    }

    fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        self.find(|need| matches!(need, Need::Header(own) if own == name))
    }

    fn host(&self) -> Option<Cow<'_, str>> {
        self.find(|need| *need == Need::Host)
    }
}
