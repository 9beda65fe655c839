//! Protects axum routes with OAuth 2.0 access tokens.
//!
//! ```
//! use axum::{Json, Router, routing::get};
//! use bearward_axum::{AuthInfo, Authorized, Protect, ResourceServer, require, requirement::scope};
//!
//! async fn private(Authorized(token): Authorized) -> Json<AuthInfo> {
//!     Json(token.info())
//! }
//!
//! let api = ResourceServer::builder()
//!     .issuer("https://tenant.example/oidc") // finds the keys by itself
//!     .audience("https://api.example.com")   // only tokens made for this API
//!     .build()?;
//!
//! let app: Router = Router::new()
//!     .route("/api/private", get(private))
//!     .route("/api/messages", get(private).route_layer(require(scope("read:messages"))?))
//!     .layer(api.layer()) // everything above needs a valid token
//!     .route("/api/public", get(|| async { "hello" }));
//! # let _ = app;
//! # Ok::<(), bearward_axum::ConfigError>(())
//! ```
//!
//! A handler that takes [`Authorized`] has the [`AccessToken`], which proves that the request was let in;
//! `Option<Authorized>` is for routes under [`optional_layer`](Protect::optional_layer), and [`Claims`] for claims as a
//! type of the application. The [guides] have a page for each task: [DPoP](guides::dpop),
//! [client certificates](guides::certificates), [opaque tokens](guides::opaque_tokens),
//! [authorization servers and their presets](guides::providers), [proxies](guides::proxies), and others.
//!
//! One dependency is enough: the modules below are those of `bearward`, and [`layers`] has what `bearward-tower` adds.

mod extract;
mod framework;
mod health;
pub mod layers;
mod resource_metadata;

#[cfg(any(doc, doctest))]
pub mod guides;

// What the core's floors and the resource server have, for those who set more than the first ten lines do.
pub use bearward_tower::bearward::{
    answer, builder, check, connection, driver, engine, memory, readiness, request, resolver, status, store,
    token, trust, wire,
};
pub use bearward_tower::{
    AccessToken, AuthInfo, ConfigError, Failure, IssuerConfig, Provider, Requirement, ResourceServer,
    Settings, require, requirement,
};

use bearward_tower::ProtectLayer;

pub use self::extract::{Authorized, Claims, Refused};
pub use self::health::health;
pub use self::resource_metadata::resource_metadata;

/// The layers of a resource server, for axum's routers.
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
        ProtectLayer::new(self.clone()).framework(framework::axum())
    }

    fn optional_layer(&self) -> ProtectLayer {
        Protect::layer(self).optional()
    }

    fn require(&self, requirement: Requirement) -> Result<ProtectLayer, ConfigError> {
        Protect::layer(self).requirement(requirement)
    }
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
