//! The layer that lets requests with a valid token through.

mod future;
mod gate;
mod layer;
mod service;

use bearward::ResourceServer;

pub(crate) use self::future::Added;
pub use self::future::ProtectFuture;
pub use self::layer::ProtectLayer;
pub use self::service::ProtectService;

/// In the extensions of each request that a [`ProtectLayer`] let through: who protects it. What stands
/// further in, a requirement or an extractor, answers in the same manner.
#[derive(Debug, Clone)]
pub struct Protection(pub(crate) ResourceServer);

impl Protection {
    /// The resource server.
    #[must_use]
    pub fn resource_server(&self) -> &ResourceServer {
        &self.0
    }
}
