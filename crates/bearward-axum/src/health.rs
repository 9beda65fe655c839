//! Routes for the probes of an orchestrator or a load balancer.

use std::future::ready;

use axum::Router;
use axum::routing::get;
use bearward_tower::ResourceServer;
use bearward_tower::bearward::health::live;

/// `GET /livez`, which is answered 200, and `GET /readyz`, which is answered 200 where tokens can be verified and 503
/// where no issuer's keys are in hand ([`ResourceServer::health`]). They need no token, and the answers name no issuer: merge
/// them outside of [`Protect::layer`].
///
/// A probe waits for nothing. The first one starts the fetch of the keys, and those after it see what it brought.
///
/// ```
/// use axum::{Router, routing::get};
/// use bearward_axum::{Protect, ResourceServer, health};
///
/// let api = ResourceServer::builder()
///     .issuer("https://tenant.example/oidc")
///     .audience("https://api.example.com")
///     .build()?;
///
/// let app: Router =
///     Router::new().route("/orders", get(|| async { "hello" })).layer(api.layer()).merge(health(&api));
/// # let _ = app;
/// # Ok::<(), bearward_axum::ConfigError>(())
/// ```
///
/// [`Protect::layer`]: crate::Protect::layer
pub fn health<S: Clone + Send + Sync + 'static>(api: &ResourceServer) -> Router<S> {
    let api = api.clone();
    Router::new()
        .route("/livez", get(|| ready(live())))
        .route("/readyz", get(move || ready(api.health().response())))
}
