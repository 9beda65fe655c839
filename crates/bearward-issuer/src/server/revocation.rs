//! The revocation endpoint (RFC 7009).
//!
//! 1. A client revokes its own tokens only (§2.1).
//! 2. A token that is unknown, or inactive already, is as good as revoked: 200 (§2.2).

use std::sync::Arc;

use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::introspection::Standing;
use super::refusal::{NO_STORE, form_body, refusal};
use super::state::IssuerState;
use crate::grant::client_auth::authenticate;
use crate::grant::error::{ErrorCode, TokenError};
use crate::grant::request::TokenQuestion;

pub(crate) async fn endpoint(
    State(state): State<Arc<IssuerState>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let done = form_body(&headers, body).and_then(|body| revoke(&state, &headers, &body));
    let response = match done {
        Ok(()) => StatusCode::OK.into_response(),
        Err(error) => refusal("revocation", error),
    };
    (NO_STORE, response).into_response()
}

fn revoke(state: &IssuerState, headers: &HeaderMap, body: &[u8]) -> Result<(), TokenError> {
    let question = TokenQuestion::parse(body)?;
    let find = |id: &str| state.config.client(id);
    let client = authenticate(find, headers, &question.client, state.assertion_rules(&[]))?;
    let token = question.token()?;
    if let Standing::Active { claims, .. } = Standing::of(state, token) {
        if claims.get("client_id").and_then(Value::as_str) != Some(&client.id) {
            return Err(ErrorCode::InvalidRequest.because("the token is another client's"));
        }
        state.tokens().revoke(token);
        tracing::info!(client_id = ?client.id, "token revoked");
    }
    Ok(())
}
