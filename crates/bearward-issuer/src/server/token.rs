//! The token endpoint (RFC 6749 §3.2): one grant type, JWT access tokens (RFC 9068) and opaque ones, bound to what
//! the client proves to hold (RFC 9449 §5, RFC 8705 §3).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

use super::refusal::{NO_STORE, form_body, refusal};
use super::state::IssuerState;
use crate::clock;
use crate::config::{AccessTokenFormat, Client};
use crate::grant::client_auth::authenticate;
use crate::grant::client_certificate;
use crate::grant::decision::{Grant, decide};
use crate::grant::dpop::{ProofRules, proven_key};
use crate::grant::error::{ErrorCode, TokenError};
use crate::grant::request::TokenRequest;
use crate::mint::TokenBuilder;
use crate::token_store::OpaqueToken;

/// What a client has shown to hold, for its token to be bound to.
struct Possession {
    key: Option<String>,
    certificate: Option<Vec<u8>>,
}

pub(crate) async fn endpoint(
    State(state): State<Arc<IssuerState>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let nonce = state.settings().dpop_nonce;
    let answer = form_body(&headers, body).and_then(|body| issue(&state, &headers, &body, nonce.as_deref()));
    let mut response = match answer {
        Ok(answer) => Json(answer).into_response(),
        Err(error) => refusal("token", error),
    };
    // RFC 9449 §8: with every answer, so that the client has the next one in time.
    if let Some(nonce) = nonce.as_deref().and_then(|nonce| HeaderValue::from_str(nonce).ok()) {
        response.headers_mut().insert("dpop-nonce", nonce);
    }
    (NO_STORE, response).into_response()
}

fn issue(
    state: &IssuerState,
    headers: &HeaderMap,
    body: &[u8],
    nonce: Option<&str>,
) -> Result<Value, TokenError> {
    let request = TokenRequest::parse(body)?;
    let endpoint = state.url_of(&state.paths.token);
    let rules = state.assertion_rules(&[]);
    let client = authenticate(|id| state.config.client(id), headers, &request.client, rules)?;
    let proof_rules = ProofRules {
        method: "POST",
        url: &endpoint,
        now: clock::unix_seconds(),
        nonce,
        used: &state.used_ids,
    };
    let possession = Possession {
        key: proven_key(headers, proof_rules)?,
        certificate: client_certificate::shown(headers)?,
    };
    let grant = decide(&state.config, state.settings().requested_claims, client, request)?;
    let lifetime = state.config.access_token_lifetime().as_secs();
    let scope = grant.scopes.join(" ");
    // RFC 9449 §5: the type says how the token is to be presented.
    let token_type = if possession.key.is_some() { "DPoP" } else { "Bearer" };
    tracing::info!(client_id = ?client.id, audience = ?grant.audience, scope, token_type, "token issued");

    let token = write(state, client, grant, &scope, possession);
    let token = match client.access_token_format {
        AccessTokenFormat::Jwt => {
            token.try_sign().map_err(|_| ErrorCode::ServerError.because("signing failed"))?
        }
        AccessTokenFormat::Opaque => {
            let claims = token.claims_set().clone();
            state.tokens().keep(OpaqueToken { claims, jwt: None })
        }
    };
    let mut answer = json!({
        "access_token": token,
        "token_type": token_type,
        "expires_in": lifetime,
    });
    if !scope.is_empty() {
        answer["scope"] = scope.into();
    }
    Ok(answer)
}

/// Writes the claims set. Later claims win: the server's, then the client's own, then the requested ones.
fn write(
    state: &IssuerState,
    client: &Client,
    grant: Grant,
    scope: &str,
    possession: Possession,
) -> TokenBuilder {
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
    if let Some(authentication) = grant.authentication {
        let age = i64::try_from(authentication.age).unwrap_or(i64::MAX);
        token = token.auth_time_in(-age);
        if let Some(acr) = authentication.acr {
            token = token.acr(acr);
        }
    }
    if let Some(thumbprint) = possession.key {
        token = token.bound_to_key(thumbprint);
    }
    if let Some(der) = possession.certificate {
        token = token.bound_to_certificate(der);
    }
    token.extend_claims(grant.client_claims).extend_claims(grant.requested_claims)
}
