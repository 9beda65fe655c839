//! An API of axum, with everything around its routes. One file has one idea:
//!
//! | file | what |
//! |---|---|
//! | `protection.rs` | two issuers, the scopes, and the role that one of the two gives |
//! | `routes.rs` | who may call which route |
//! | `orders.rs`, `store.rs` | what the routes do |
//! | `owner.rs` | whose order it is, where two issuers can have a subject of one name |
//! | `events.rs`, `socket.rs` | a stream of events and a WebSocket |
//! | `connections.rs` | both end when the token expires, and when the server stops |
//! | `openapi.rs` | the description of the API, for everyone |
//! | `problem.rs` | errors as JSON, in the form that Bearward's refusals have |
//! | `pages.rs` | pages of other origins (CORS) |
//! | `health.rs` | whether the process lives, and whether it can verify tokens |
//! | `log.rs` | one line for each request, without what is in it |
//! | `serve.rs` | serves until it is told to stop, and then lets requests end |
//!
//! [`app`] puts them together.

mod protection;
mod owner;
mod store;
mod orders;
mod events;
mod socket;
mod routes;
mod connections;
mod openapi;
mod problem;
mod pages;
mod health;
mod log;
mod serve;

use axum::Router;
use axum::http::HeaderValue;
use axum::middleware::from_fn;
use bearward_axum::ConfigError;

pub use self::connections::Connections;
pub use self::protection::Protection;
pub use self::serve::serve;

use self::problem::Problem;

/// What differs from deployment to deployment.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The issuer of the customers' tokens.
    pub customers: String,
    /// The issuer of the staff's tokens, a realm of Keycloak.
    pub staff: String,
    /// What tokens for this API have in `aud`.
    pub audience: String,
    /// The origins whose pages may call this API, such as `https://app.example.com`.
    pub pages: Vec<HeaderValue>,
}

/// The whole API. The last layer is the outermost.
///
/// # Errors
/// [`ConfigError`] names the setting that is wrong.
pub fn app(settings: &Settings, connections: &Connections) -> Result<Router, ConfigError> {
    let protection = Protection::new(settings)?;
    let (protected, description) = routes::routes(&protection, connections)?.split_for_parts();
    Ok(Router::new()
        .merge(protected)
        .merge(openapi::route(&description))
        .merge(health::routes(protection, connections.clone()))
        .fallback(async || Problem::NOT_FOUND)
        .method_not_allowed_fallback(async || Problem::METHOD_NOT_ALLOWED)
        .layer(pages::cors(&settings.pages))
        .layer(from_fn(log::log)))
}
