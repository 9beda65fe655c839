//! Refusals as responses of actix.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpResponse, HttpResponseBuilder};
use bearward_tower::Failure;
use http::{HeaderMap, Response};

/// The response, with the failure in its extensions for middleware further out to see.
pub(crate) fn of(refused: &Response<()>, body: Vec<u8>) -> HttpResponse {
    let status = StatusCode::from_u16(refused.status().as_u16()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut builder = HttpResponseBuilder::new(status);
    for header in headers(refused.headers()) {
        builder.append_header(header);
    }
    let mut response = builder.body(body);
    if let Some(failure) = refused.extensions().get::<Failure>() {
        response.extensions_mut().insert(failure.clone());
    }
    response
}

/// In the types of actix.
pub(crate) fn headers(map: &HeaderMap) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
    map.iter().filter_map(|(name, value)| {
        let name = HeaderName::from_bytes(name.as_str().as_bytes()).ok()?;
        Some((name, HeaderValue::from_bytes(value.as_bytes()).ok()?))
    })
}
