//! Tower middleware that protects any `http` service with OAuth 2.0 access tokens: hyper, warp, tonic, axum.
//!
//! ```
//! use bearward_tower::{Protect, ResourceServer, require, requirement::scope};
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
//!     .layer(api.layer())                       // a valid token
//!     .layer(require(scope("read:messages"))?)  // with this scope
//!     .service(tower::service_fn(handler));
//! # let _ = service;
//! # Ok::<(), bearward_tower::ConfigError>(())
//! ```
//!
//! A request that passes carries the [`AccessToken`] in its extensions; a response that refuses carries the
//! [`Failure`] in its.
//!
//! When nothing must be fetched, the decision is made in `call`: nothing is awaited, no
//! future is boxed and no lock taken.

mod facts;
mod form;
mod protect;
mod require;
mod respond;

pub use bearward::*;

pub use self::facts::{Framework, HttpFacts};
pub use self::form::{FormCredentialLayer, FormCredentialService};
pub use self::protect::{ProtectFuture, ProtectLayer, ProtectService, Protection};
pub use self::require::{RequireLayer, RequireService, require};
pub use self::respond::{DefaultResponder, Respond};

/// The layers of a resource server.
pub trait Protect {
    /// Requests need a valid token.
    fn layer(&self) -> ProtectLayer;

    /// Requests may come without any credential; one that is sent must be valid.
    fn optional_layer(&self) -> ProtectLayer;

    /// Requests need a valid token that meets a requirement. Unlike [`require`], it needs no other layer
    /// around it, and it accepts the organization audiences that the requirement names.
    ///
    /// # Errors
    /// [`ConfigError`] when the requirement means nothing.
    fn require(&self, requirement: Requirement) -> Result<ProtectLayer, ConfigError>;
}

impl Protect for ResourceServer {
    fn layer(&self) -> ProtectLayer {
        ProtectLayer::new(self.clone())
    }

    fn optional_layer(&self) -> ProtectLayer {
        ProtectLayer::new(self.clone()).optional()
    }

    fn require(&self, requirement: Requirement) -> Result<ProtectLayer, ConfigError> {
        ProtectLayer::new(self.clone()).requirement(requirement)
    }
}
