//! Tower middleware that protects any `http` service with OAuth 2.0 access tokens: hyper, warp, tonic, axum.
//!
//! ```
//! use bearward_tower::{ProtectLayer, ResourceServer, require, requirement::scope};
//! use tower::ServiceBuilder;
//! # use http_body_util::Full;
//! # use bytes::Bytes;
//! # type Reply = Result<http::Response<Full<Bytes>>, std::convert::Infallible>;
//! # async fn handler(request: http::Request<Full<Bytes>>) -> Reply { Ok(http::Response::default()) }
//!
//! let api = ResourceServer::builder()
//!     .issuer("https://tenant.example/oidc")
//!     .audience("https://api.example.com")
//!     .build()?;
//!
//! let service = ServiceBuilder::new()
//!     .layer(ProtectLayer::new(api))            // a valid token
//!     .layer(require(scope("read:messages"))?)  // with this scope
//!     .service(tower::service_fn(handler));
//! # let _ = service;
//! # Ok::<(), bearward_tower::ConfigError>(())
//! ```
//!
//! A request that passes carries the [`AccessToken`] in its extensions; a response that refuses carries the
//! [`Failure`] in its. A gRPC request is refused as gRPC clients expect it: with `grpc-status` and `grpc-message`, and the
//! challenge in the metadata.
//!
//! When nothing must be fetched, the decision is made in `call`: nothing is awaited, no
//! future is boxed and no lock taken.

mod facts;
mod form;
mod grpc;
pub mod head;
mod protect;
mod protection;
mod refusal;
mod require;
mod respond;

pub use bearward;
pub use bearward::{
    AccessToken, AuthInfo, ConfigError, Failure, IssuerConfig, Provider, Requirement, ResourceServer,
    Settings, requirement,
};

pub use self::facts::{Framework, HttpFacts, PathParameters};
pub use self::form::{FormCredentialLayer, FormCredentialService};
pub use self::grpc::{GrpcAnswers, grpc_status};
pub use self::protect::{ProtectFuture, ProtectLayer, ProtectService, RouteRule, Rules, RulesLayer};
pub use self::protection::Protection;
pub use self::refusal::{DefaultResponder, refusal};
pub use self::require::{RequireLayer, RequireService, require};
pub use self::respond::Respond;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
