//! An API whose access tokens work only for the client that holds their certificate (RFC 8705).
//!
//! 1. [`tls`]: TLS ends here, and clients are asked for their certificates.
//! 2. [`serve`](serve::serve): each request is told what is known of its connection.
//! 3. [`app`]: the token's `x5t#S256` is compared with that certificate, by the layer that every Bearward API has.

pub mod serve;
pub mod tls;

use axum::routing::get;
use axum::{Json, Router};
use bearward_axum::{AuthInfo, Authorized, Protect, ResourceServer};

/// The routes. Nothing about certificates is said here: a token that is bound to one needs it on any route.
pub fn app(api: &ResourceServer) -> Router {
    Router::new().route("/whoami", get(whoami)).layer(api.layer())
}

async fn whoami(Authorized(token): Authorized) -> Json<AuthInfo> {
    Json(token.info())
}
