//! The routes of the protected resource metadata (RFC 9728 §3).

use std::sync::Arc;

use bearward_tower::bearward::engine::Problem;
use bearward_tower::{ConfigError, ResourceServer};
use rocket::Route;
use rocket::http::{Method, Status};

use crate::served::{self, Served};

/// The document is for everyone, so pages of any origin may read it: MCP clients run in browsers too. Clients ask once, and
/// an hour is soon enough for them to notice a change (RFC 9728 §3.2 leaves it to HTTP).
const HEADERS: [(&str, &str); 3] = [
    ("Content-Type", "application/json"),
    ("Cache-Control", "public, max-age=3600"),
    ("Access-Control-Allow-Origin", "*"),
];

/// Those clients name the version of MCP in a header, for which browsers ask leave first.
const PREFLIGHT: [(&str, &str); 3] = [
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", "GET"),
    ("Access-Control-Allow-Headers", "*"),
];

/// Routes that serve the protected resource metadata (RFC 9728) where clients look for it. They need no token, and are
/// to be mounted at `/`, also where the routes that they describe have another base.
///
/// ```
/// use bearward_rocket::bearward_tower::bearward::answer::ProtectedResource;
/// use bearward_rocket::{Bearward, Protect, ResourceServer, resource_metadata};
/// use rocket::{post, routes};
///
/// #[post("/")]
/// fn call() {}
///
/// let api = ResourceServer::builder()
///     .issuer("https://tenant.example/oidc")
///     .audience("https://api.example.com/mcp")
///     .resource(ProtectedResource::new("https://api.example.com/mcp").scope("notes:read"))
///     .build()?;
///
/// let rocket = rocket::build()
///     .attach(Bearward::new())
///     .mount("/mcp", api.protect(routes![call]))
///     .mount("/", resource_metadata(&api)?); // GET /.well-known/oauth-protected-resource/mcp
/// # drop(rocket);
/// # Ok::<(), bearward_rocket::ConfigError>(())
/// ```
///
/// # Errors
/// [`Problem::NoResource`] when the resource server was built without a
/// [`resource`](crate::ResourceServerBuilder::resource).
pub fn resource_metadata(api: &ResourceServer) -> Result<Vec<Route>, ConfigError> {
    let metadata =
        api.resource_metadata().ok_or_else(|| ConfigError::new("resource", Problem::NoResource))?;
    let json = Arc::clone(metadata.json());
    let document = move || Served { status: Status::Ok, headers: HEADERS.to_vec(), body: json.to_vec() };
    let preflight = || Served { status: Status::NoContent, headers: PREFLIGHT.to_vec(), body: Vec::new() };
    let name = "protected resource metadata";
    let paths = [metadata.path()].into_iter().chain(metadata.root_path());
    let routes = paths.flat_map(|path| {
        let get = served::route(Method::Get, path, name, document.clone());
        get.into_iter().chain(served::route(Method::Options, path, name, preflight))
    });
    Ok(routes.collect())
}
