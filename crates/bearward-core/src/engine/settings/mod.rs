//! The settings of a resource server: as data, as code, and what is wrong with them.

mod config;
mod error;

pub use self::config::{DangerousEngine, EngineConfig, IssuerResolution, Store};
pub(crate) use self::error::first_of_issuer;
pub use self::error::{ConfigError, Problem};
