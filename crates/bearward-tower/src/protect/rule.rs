//! What a request needs, where that differs from request to request: for adapters of protocols whose requests name their
//! route, as gRPC's paths name service and method.

use std::fmt;

use bearward::check::CheckedRequirement;
use http::Uri;

/// What a request needs to pass.
#[derive(Debug, Clone, Copy)]
pub enum RouteRule<'r> {
    /// Nothing: a credential is not even looked at.
    Public,
    /// Nothing, but a credential that is sent must be valid.
    Optional,
    /// A valid token.
    Token,
    /// A valid token that meets this.
    Requirement(&'r CheckedRequirement),
    /// More than any token has: 403 with a valid token, 401 without.
    Denied,
}

/// Says by which rule a request is judged.
pub trait Rules: Send + Sync {
    /// The rule for requests with this URI. It must be the same each time: a request that waits for keys is looked up
    /// twice.
    fn rule(&self, uri: &Uri) -> RouteRule<'_>;
}

impl fmt::Debug for dyn Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rules(..)")
    }
}
