//! What a request needs, which may differ from request to request: adapters of protocols whose requests name their route, as
//! gRPC's paths name service and method, have [`Rules`].

use std::fmt;
use std::sync::Arc;

use bearward::check::CheckedRequirement;
use bearward::engine::Route;
use http::Uri;

use crate::facts::HttpFacts;

/// What a request needs to pass.
#[derive(Debug, Clone)]
pub enum RouteRule {
    /// Nothing: a credential is not even looked at.
    Public,
    /// Nothing, but a token that is sent must be valid, and meet the requirement where there is one.
    Optional(Option<Arc<CheckedRequirement>>),
    /// A valid token, which meets the requirement where there is one.
    Token(Option<Arc<CheckedRequirement>>),
    /// More than any token has: 403 with a valid token, 401 without.
    Denied,
}

/// Says by which rule a request is judged.
pub trait Rules: Send + Sync {
    /// The rule for requests with this URI.
    fn rule(&self, uri: &Uri) -> &RouteRule;
}

impl RouteRule {
    pub(super) fn requirement(&self) -> Option<&CheckedRequirement> {
        match self {
            Self::Optional(requirement) | Self::Token(requirement) => requirement.as_deref(),
            Self::Public | Self::Denied => None,
        }
    }

    pub(super) fn route<'r>(&'r self, facts: &'r HttpFacts<'_>) -> Route<'r> {
        match (self, self.requirement()) {
            (Self::Denied, _) => Route::closed(),
            (_, Some(requirement)) => Route::requiring(requirement, facts),
            (_, None) => Route::open(),
        }
    }
}

impl fmt::Debug for dyn Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rules(..)")
    }
}
