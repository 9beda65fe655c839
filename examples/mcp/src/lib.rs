//! A server of the Model Context Protocol that is protected by OAuth 2.0, as MCP's authorization chapter asks.
//!
//! 1. Without a token, `/mcp` answers 401 with `resource_metadata="…"` in its challenge.
//! 2. That document (RFC 9728) names the authorization server, which tells about itself (RFC 8414) and gives the
//!    client a token for this very resource (RFC 8707).
//! 3. A token made for any other resource is refused, and a tool that needs a scope the token lacks answers 403
//!    with that scope, so that the client can ask for more.
//!
//! [`resource_server`] and [`app`] are all of the protection; the rest is what an MCP server does anyway.

mod endpoint;
mod rpc;
mod server;
mod stateless;
mod tools;

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::from_fn_with_state;
use axum::routing::post;
use bearward_axum::answer::ProtectedResource;
use bearward_axum::{ConfigError, Protect, ResourceServer, resource_metadata};
use tower_http::cors::CorsLayer;

use crate::server::Server;
use crate::tools::Toolbox;

/// What a page may send: the token, and the headers of the transport.
const HEADERS: [HeaderName; 5] = [
    header::AUTHORIZATION,
    header::CONTENT_TYPE,
    HeaderName::from_static("mcp-protocol-version"),
    HeaderName::from_static("mcp-method"),
    HeaderName::from_static("mcp-name"),
];

/// Trusts an authorization server for tokens made for this resource: the URL that clients are given, such as
/// `https://notes.example.com/mcp`.
///
/// # Errors
/// [`ConfigError`] when one of them is no such URL.
pub fn resource_server(issuer: &str, resource: &str) -> Result<ResourceServer, ConfigError> {
    let described = ProtectedResource::new(resource).name("Notes").scopes(tools::SCOPES);
    ResourceServer::builder().issuer(issuer).audience(resource).resource(described).build()
}

/// The routes: the MCP endpoint behind its protection, and the document that tells how to get past it. Pages of these
/// origins may use it; those of all others are refused.
///
/// # Errors
/// [`ConfigError`] when `api` describes no resource.
pub fn app(api: &ResourceServer, origins: Vec<HeaderValue>) -> Result<Router, ConfigError> {
    // Outside of the protection: a preflight request has no token, and a page reads of a refusal what is exposed.
    let cors = CorsLayer::new()
        .allow_origin(origins.clone())
        .allow_methods([Method::POST])
        .allow_headers(HEADERS)
        .expose_headers([header::WWW_AUTHENTICATE]);
    let origins: Arc<[HeaderValue]> = origins.into();
    let server = Server { api: api.clone(), tools: Arc::new(Toolbox::new()?) };
    Ok(Router::new()
        .route("/mcp", post(endpoint::receive))
        .layer(api.layer())
        .layer(cors)
        .layer(from_fn_with_state(origins, endpoint::refuse_other_pages))
        .with_state(server)
        .merge(resource_metadata(api)?))
}
