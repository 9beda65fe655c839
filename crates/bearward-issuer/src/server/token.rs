//! The token endpoint (RFC 6749 §3.2): one grant type, JWT access tokens (RFC 9068).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, PRAGMA, WWW_AUTHENTICATE};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::state::IssuerState;
use crate::config::Client;
use crate::grant::client_auth::authenticate;
use crate::grant::decision::{Grant, decide};
use crate::grant::error::{ErrorCode, TokenError};
use crate::grant::request::TokenRequest;
use crate::mint::TokenBuilder;

pub(crate) async fn endpoint(
    State(state): State<Arc<IssuerState>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let answer = body
        .map_err(|_| ErrorCode::InvalidRequest.because("the body cannot be read"))
        .and_then(|body| issue(&state, &headers, &body));
    let response = match answer {
        Ok(answer) => Json(answer).into_response(),
        Err(error) => {
            tracing::info!(code = error.code.as_str(), reason = error.description, "token refused");
            refusal(error)
        }
    };
    // RFC 6749 §5.1.
    ([(CACHE_CONTROL, "no-store"), (PRAGMA, "no-cache")], response).into_response()
}

fn issue(state: &IssuerState, headers: &HeaderMap, body: &[u8]) -> Result<Value, TokenError> {
    if !is_form(headers) {
        return Err(ErrorCode::InvalidRequest.because("the body is not a form"));
    }
    let request = TokenRequest::parse(body)?;
    let client = authenticate(&state.config, headers, &request)?;
    let grant = decide(&state.config, state.settings().requested_claims, client, request)?;
    let lifetime = state.config.access_token_lifetime().as_secs();
    let scope = grant.scopes.join(" ");
    tracing::info!(client_id = ?client.id, audience = ?grant.audience, scope, "token issued");

    let token = write(state, client, grant, &scope);
    let token = token.try_sign().map_err(|_| ErrorCode::ServerError.because("signing failed"))?;
    let mut answer = json!({
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": lifetime,
    });
    if !scope.is_empty() {
        answer["scope"] = scope.into();
    }
    Ok(answer)
}

/// Writes the claims set. Later claims win: the server's, then the client's own, then the requested ones.
fn write(state: &IssuerState, client: &Client, grant: Grant, scope: &str) -> TokenBuilder {
    let lifetime = state.config.access_token_lifetime().as_secs();
    let signing = state.keys().signing().clone();
    // Without a resource owner the subject is the client itself (RFC 9068 §2.2).
    let mut token = TokenBuilder::new(&signing, state.url.as_str())
        .audience(grant.audience)
        .subject(client.id.as_str())
        .client_id(client.id.as_str())
        .expires_in(i64::try_from(lifetime).unwrap_or(i64::MAX));
    if !scope.is_empty() {
        token = token.scope(scope);
    }
    if !grant.roles.is_empty() {
        token = token.claim("roles", grant.roles);
    }
    if let Some(id) = grant.organization_id {
        token = token.organization(id);
    }
    token.extend_claims(grant.client_claims).extend_claims(grant.requested_claims)
}

/// RFC 6749 §5.2: 400, but 401 with a challenge where the client is not authenticated.
fn refusal(error: TokenError) -> Response {
    let body = Json(json!({ "error": error.code.as_str(), "error_description": error.description }));
    match error.code {
        ErrorCode::InvalidClient => {
            let challenge = [(WWW_AUTHENTICATE, "Basic realm=\"token\"")];
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
