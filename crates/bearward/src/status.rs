//! What a resource server holds at the moment: for an operator's page, which must be protected.

use bearward_core::engine::EngineStatus;
use bearward_core::memory::Occupancy;
use serde::Serialize;

use crate::ResourceServer;

/// What a resource server holds at the moment. It names issuers and keys, and nothing of any token.
///
/// Serialized, it has the members of [`EngineStatus`] beside its own. Times are numbers of seconds, in members whose
/// names end in `_seconds`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Status {
    /// Keys, caches and calls.
    #[serde(flatten)]
    pub engine: EngineStatus,
    /// The requests that wait for keys or an answer about their token.
    pub waiting_requests: Occupancy,
    /// What is shared between machines, by the names of the settings.
    pub shared_stores: Vec<&'static str>,
}

impl ResourceServer {
    /// What this resource server holds at the moment. It looks at each remembered token, so it is for an operator's page and
    /// not for each request.
    #[must_use]
    pub fn status(&self) -> Status {
        Status {
            engine: self.engine().status(self.now()),
            waiting_requests: self.waiting_requests(),
            shared_stores: self.shared_stores(),
        }
    }
}
