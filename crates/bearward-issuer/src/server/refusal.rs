//! What the endpoints of tokens have in common: the form they read, and how they refuse.

use axum::Json;
use axum::extract::rejection::BytesRejection;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, PRAGMA, WWW_AUTHENTICATE};
use http::{HeaderMap, StatusCode};
use serde_json::json;

use crate::grant::error::{ErrorCode, TokenError};

/// RFC 6749 §5.1: no answer with or about a token is kept on its way.
pub(crate) const NO_STORE: [(HeaderName, &str); 2] = [(CACHE_CONTROL, "no-store"), (PRAGMA, "no-cache")];

/// The body, if it is a form.
pub(crate) fn form_body(
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Bytes, TokenError> {
    let body = body.map_err(|_| ErrorCode::InvalidRequest.because("the body cannot be read"))?;
    if is_form(headers) { Ok(body) } else { Err(ErrorCode::InvalidRequest.because("the body is not a form")) }
}

/// RFC 6749 §5.2: 400, but 401 with a challenge where the client is not authenticated.
pub(crate) fn refusal(endpoint: &'static str, error: TokenError) -> Response {
    tracing::info!(code = error.code.as_str(), reason = error.description, "{endpoint} refused");
    let body = Json(json!({ "error": error.code.as_str(), "error_description": error.description }));
    match error.code {
        ErrorCode::InvalidClient => {
            let challenge = [(WWW_AUTHENTICATE, format!("Basic realm=\"{endpoint}\""))];
            (StatusCode::UNAUTHORIZED, challenge, body).into_response()
        }
        ErrorCode::ServerError => (StatusCode::INTERNAL_SERVER_ERROR, body).into_response(),
        _ => (StatusCode::BAD_REQUEST, body).into_response(),
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = media_type.and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"))
}
