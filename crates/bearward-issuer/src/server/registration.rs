//! The client registration endpoint (RFC 7591 §3), open to every program on this machine.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use serde_json::json;

use super::authorization::is_for_this_host;
use super::refusal::NO_STORE;
use super::state::IssuerState;
use crate::clock;
use crate::code_flow::registration::{RegisteredClient, RegistrationError};

pub(crate) async fn endpoint(
    State(state): State<Arc<IssuerState>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    if !is_for_this_host(&state, &headers) {
        return StatusCode::MISDIRECTED_REQUEST.into_response();
    }
    let response = match register(&state, &headers, body) {
        Ok(answer) => (StatusCode::CREATED, Json(answer)).into_response(),
        Err(RegistrationError { code, description }) => {
            tracing::info!(code, reason = description, "registration refused");
            let body = json!({ "error": code, "error_description": description });
            (StatusCode::BAD_REQUEST, Json(body)).into_response()
        }
    };
    (NO_STORE, response).into_response()
}

fn register(
    state: &IssuerState,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<serde_json::Value, RegistrationError> {
    let unreadable = RegistrationError {
        code: "invalid_client_metadata",
        description: "the body is not client metadata with redirect_uris",
    };
    // A page of another site can send JSON only after a preflight request, which is not answered here.
    let json = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let json = json.and_then(|value| value.split(';').next());
    if !json.is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case("application/json")) {
        return Err(unreadable);
    }
    let client = RegisteredClient::parse(&body.map_err(|_| unreadable)?)?;
    tracing::info!(client_id = ?client.id, "client registered");
    let answer = client.answer(clock::unix_seconds());
    state.code_flow().register(client);
    Ok(answer)
}
