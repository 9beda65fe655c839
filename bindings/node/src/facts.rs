//! What a requirement asks of the request: JavaScript is told once, and sends it along with each check.

use std::borrow::Cow;

use bearward_core::check::RequestFacts;
use bearward_core::requirement::{CheckedRequirement, ExpectedOrganization, Operation, Requirement, mcp};

/// A requirement, with the names of the facts it needs in the order JavaScript sends them.
pub(crate) struct Registered {
    pub(crate) requirement: CheckedRequirement,
    needs: Vec<Need>,
}

#[derive(PartialEq)]
enum Need {
    Method,
    Path,
    PathParameter(String),
    Header(String),
    Host,
}

impl Registered {
    pub(crate) fn new(requirement: CheckedRequirement) -> Self {
        let mut needs = Vec::new();
        requirement.as_requirement().walk(&mut |part| {
            for need in needs_of(part) {
                if !needs.contains(&need) {
                    needs.push(need);
                }
            }
        });
        Self { requirement, needs }
    }

    /// `method`, `path`, `path:org`, `header:x-org`, `host`: what to send, in this order.
    pub(crate) fn needs(&self) -> Vec<String> {
        let name = |need: &Need| match need {
            Need::Method => "method".to_owned(),
            Need::Path => "path".to_owned(),
            Need::PathParameter(name) => format!("path:{name}"),
            Need::Header(name) => format!("header:{}", name.to_ascii_lowercase()),
            Need::Host => "host".to_owned(),
        };
        self.needs.iter().map(name).collect()
    }
}

/// What this part asks of the request, without what is in it.
fn needs_of(part: &Requirement) -> Vec<Need> {
    match part {
        Requirement::Organization(organization) => match &organization.expected {
            ExpectedOrganization::FromPath(name) => vec![Need::PathParameter(name.clone())],
            ExpectedOrganization::FromHeader(name) => vec![Need::Header(name.clone())],
            ExpectedOrganization::FromHost(_) => vec![Need::Host],
            _ => Vec::new(),
        },
        Requirement::Operations(operations) => operations.iter().flat_map(needs_of_operation).collect(),
        _ => Vec::new(),
    }
}

fn needs_of_operation(operation: &Operation) -> Vec<Need> {
    let facts = operation.facts();
    let headers = mcp::HEADERS.iter().filter(|_| facts.mcp).map(|name| Need::Header((*name).to_owned()));
    let method = facts.method.then_some(Need::Method);
    let path = facts.path.then_some(Need::Path);
    method.into_iter().chain(path).chain(headers).collect()
}

/// The facts of one request, as JavaScript sent them.
pub(crate) struct RouteFacts<'f> {
    pub(crate) registered: &'f Registered,
    pub(crate) values: &'f [Option<String>],
}

impl RouteFacts<'_> {
    fn find(&self, wanted: impl Fn(&Need) -> bool) -> Option<&str> {
        let place = self.registered.needs.iter().position(wanted)?;
        self.values.get(place)?.as_deref()
    }
}

impl RequestFacts for RouteFacts<'_> {
    fn method(&self) -> Option<&str> {
        self.find(|need| *need == Need::Method)
    }

    fn path(&self) -> Option<&str> {
        self.find(|need| *need == Need::Path)
    }

    fn path_parameter(&self, name: &str) -> Option<Cow<'_, str>> {
        self.find(|need| matches!(need, Need::PathParameter(own) if own == name)).map(Cow::Borrowed)
    }

    fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        self.find(|need| matches!(need, Need::Header(own) if own == name)).map(Cow::Borrowed)
    }

    fn host(&self) -> Option<Cow<'_, str>> {
        self.find(|need| *need == Need::Host).map(Cow::Borrowed)
    }
}
