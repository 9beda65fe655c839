#![doc = include_str!("../README.md")]

mod authorization;
mod connection;
mod descriptors;
mod error;
mod layer;
mod method;
mod respond;

pub use bearward_tower;
pub use bearward_tower::bearward::builder::ResourceServerBuilder;
pub use bearward_tower::bearward::check::DpopPolicy;
pub use bearward_tower::{
    AccessToken, AuthInfo, ConfigError, Failure, IssuerConfig, ResourceServer, requirement,
};

pub use self::authorization::Authorization;
pub use self::error::RuleError;
pub use self::layer::GrpcLayer;
pub use self::respond::GrpcResponder;
