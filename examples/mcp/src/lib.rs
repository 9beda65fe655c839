//! A server of the Model Context Protocol that is protected by OAuth 2.0, as MCP's authorization chapter asks. The official
//! SDK, `rmcp`, speaks the protocol; Bearward stands in front of it.
//!
//! 1. Without a token, `/mcp` answers 401 with `resource_metadata="…"` in its challenge, and with the scopes of the tool that
//!    was called.
//! 2. That document (RFC 9728) names the authorization server, which tells about itself (RFC 8414) and gives the
//!    client a token for this very resource (RFC 8707).
//! 3. A token made for any other resource is refused, and a tool that needs a scope the token lacks answers 403
//!    with that scope, so that the client can ask for more.
//! 4. A tool knows its caller: [`tools::Caller`] is the access token.
//!
//! [`resource_server`], [`app`] and [`policy`] are all of the protection.

mod endpoint;
mod policy;
pub mod tools;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use bearward_axum::answer::ProtectedResource;
use bearward_axum::{ConfigError, ResourceServer, resource_metadata};
use tower_http::cors::CorsLayer;

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
    let [read, write] = policy::SCOPES;
    ResourceServer::builder()
        .issuer(issuer)
        .audience(resource)
        .implies(write, [read])
        .resource(ProtectedResource::new(resource).name("Notes").scopes([read, write]).at_root())
        .build()
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
    Ok(Router::new()
        .route("/mcp", endpoint::endpoint(api)?)
        .layer(cors)
        .layer(from_fn_with_state(origins, refuse_other_pages))
        .merge(resource_metadata(api)?))
}

/// The transport has servers look at `Origin`, so that no page in a browser can reach one on its user's machine.
/// Programs send none; a page of an origin that is not named is refused, whatever it asks.
async fn refuse_other_pages(
    State(origins): State<Arc<[HeaderValue]>>,
    request: Request,
    next: Next,
) -> Response {
    match request.headers().get_all(header::ORIGIN).iter().all(|origin| origins.contains(origin)) {
        true => next.run(request).await,
        false => StatusCode::FORBIDDEN.into_response(),
    }
}
