//! The route of the protected resource metadata (RFC 9728 §3).

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderName, StatusCode, header};
use axum::routing::get;
use bearward_tower::bearward::engine::Problem;
use bearward_tower::{ConfigError, ResourceServer};

/// Clients ask once, and an hour is soon enough for them to notice a change (RFC 9728 §3.2 leaves it to HTTP).
const CACHE_CONTROL: &str = "public, max-age=3600";

/// The document is for everyone, so pages of any origin may read it: MCP clients run in browsers too.
const HEADERS: [(HeaderName, &str); 3] = [
    (header::CONTENT_TYPE, "application/json"),
    (header::CACHE_CONTROL, CACHE_CONTROL),
    (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
];

/// Those clients name the version of MCP in a header, for which browsers ask leave first.
const PREFLIGHT: [(HeaderName, &str); 3] = [
    (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    (header::ACCESS_CONTROL_ALLOW_METHODS, "GET"),
    (header::ACCESS_CONTROL_ALLOW_HEADERS, "*"),
];

/// A route that serves the protected resource metadata (RFC 9728) where clients look for it. It needs no token,
/// and must stand at the root of the host: merge it outside of nested routers and of [`Protect::layer`].
///
/// ```
/// use axum::{Router, routing::post};
/// use bearward_axum::{Protect, ResourceServer, resource_metadata};
/// use bearward_axum::answer::ProtectedResource;
///
/// let api = ResourceServer::builder()
///     .issuer("https://tenant.example/oidc")
///     .audience("https://api.example.com/mcp")
///     .resource(ProtectedResource::new("https://api.example.com/mcp").scope("notes:read"))
///     .build()?;
///
/// let app: Router = Router::new()
///     .route("/mcp", post(|| async { "hello" }))
///     .layer(api.layer())
///     .merge(resource_metadata(&api)?); // GET /.well-known/oauth-protected-resource/mcp
/// # let _ = app;
/// # Ok::<(), bearward_axum::ConfigError>(())
/// ```
///
/// [`Protect::layer`]: crate::Protect::layer
///
/// # Errors
/// [`Problem::NoResource`] when the resource server was built without a
/// [`resource`](crate::builder::ResourceServerBuilder::resource).
pub fn resource_metadata<S: Clone + Send + Sync + 'static>(
    api: &ResourceServer,
) -> Result<Router<S>, ConfigError> {
    let metadata =
        api.resource_metadata().ok_or_else(|| ConfigError::new("resource", Problem::NoResource))?;
    let json = Bytes::from_owner(metadata.json().clone());
    let serve = move || async move { (HEADERS, json) };
    let route = get(serve).options(preflight);
    // No identifier has braces, nor a segment that begins with a colon or an asterisk: the path means itself.
    let paths = [metadata.path()].into_iter().chain(metadata.root_path());
    Ok(paths.fold(Router::new(), |router, path| router.route(path, route.clone())))
}

async fn preflight() -> (StatusCode, [(HeaderName, &'static str); 3]) {
    (StatusCode::NO_CONTENT, PREFLIGHT)
}
