//! The description of the API by utoipa, which everyone may read.

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, Info, OpenApi, OpenApiBuilder};
use utoipa_axum::router::OpenApiRouter;

/// A router whose description has the ways in which tokens are sent. Operations name them in `security`.
pub(crate) fn described<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S> {
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    let subprotocol = ApiKeyValue::with_description("Sec-WebSocket-Protocol", "`bearer, <token>`");
    let schemes = ComponentsBuilder::new()
        .security_scheme("bearer", SecurityScheme::Http(bearer))
        .security_scheme("subprotocol", SecurityScheme::ApiKey(ApiKey::Header(subprotocol)))
        .build();
    let description = OpenApiBuilder::new()
        .info(Info::new("Orders", env!("CARGO_PKG_VERSION")))
        .components(Some(schemes))
        .build();
    OpenApiRouter::with_openapi(description)
}

/// `GET /openapi.json`. It is merged outside of the protection: clients read it before they have a token.
pub(crate) fn route(description: &OpenApi) -> Router {
    let json = description.to_json().unwrap_or_default();
    Router::new().route("/openapi.json", get(async move || ([(CONTENT_TYPE, "application/json")], json)))
}
