//! Pages of other origins. `docs/cors.md` says why each line is here.

use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, Method};
use tower_http::cors::CorsLayer;

/// Lets pages of these origins call the API. The layer is outside of the protection, because a preflight request has no
/// token.
pub(crate) fn cors(origins: &[HeaderValue]) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(origins.to_vec())
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([AUTHORIZATION, CONTENT_TYPE, HeaderName::from_static("dpop")])
        .expose_headers([WWW_AUTHENTICATE, HeaderName::from_static("dpop-nonce"), RETRY_AFTER])
}
