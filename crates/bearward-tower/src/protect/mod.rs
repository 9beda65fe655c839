//! The layer that lets requests with a valid token through.

mod future;
mod gate;
mod layer;
mod rule;
mod rules_layer;
mod service;

pub(crate) use self::future::Added;
pub use self::future::ProtectFuture;
pub use self::layer::ProtectLayer;
pub use self::rule::{RouteRule, Rules};
pub use self::rules_layer::RulesLayer;
pub use self::service::ProtectService;
