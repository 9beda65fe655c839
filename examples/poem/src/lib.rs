//! Protects routes of Poem. `protect.rs` is the recipe: take it as it is.

mod protect;

use bearward_tower::requirement::{organization, scope};
use bearward_tower::{AccessToken, ConfigError, ResourceServer};
use poem::middleware::Cors;
use poem::web::Data;
use poem::{Endpoint, EndpointExt, Route, get, handler};

pub use protect::Protect;

#[handler]
fn public() -> &'static str {
    "hello"
}

#[handler]
fn private(token: Data<&AccessToken>) -> String {
    token.subject().unwrap_or("?").to_owned()
}

#[handler]
fn greet(token: Option<Data<&AccessToken>>) -> &'static str {
    if token.is_some() { "friend" } else { "stranger" }
}

/// The routes.
///
/// # Errors
/// When a requirement means nothing.
pub fn app(api: &ResourceServer) -> Result<impl Endpoint + use<>, ConfigError> {
    let token = Protect::new(api);
    let optional = Protect::optional(api);
    let messages = Protect::requiring(api, scope("read:messages"))?;
    // Poem knows path parameters within a route: put what reads them on the route.
    let members = Protect::requiring(api, organization().from_path("org"))?;
    let routes = Route::new()
        .at("/public", get(public))
        .nest("/api", Route::new().at("/private", get(private)).with(token))
        .at("/messages", get(private).with(messages))
        .at("/greet", get(greet).with(optional))
        .at("/organizations/:org/members", get(private).with(members))
        .at("/unprotected", get(private));
    // Outside of the protection, so that preflight requests need no token.
    Ok(routes.with(Cors::new().expose_headers(["WWW-Authenticate", "DPoP-Nonce"])))
}
