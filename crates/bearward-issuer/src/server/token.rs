//! The token endpoint (RFC 6749 §3.2): client credentials and the user's codes, JWT access tokens (RFC 9068) and opaque
//! ones, bound to what the client proves to hold (RFC 9449 §5, RFC 8705 §3).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

use super::refusal::{NO_STORE, form_body, refusal};
use super::state::IssuerState;
use crate::clock;
use crate::code_flow::exchange::CodeRequest;
use crate::code_flow::store::Redeemed;
use crate::config::{AccessTokenFormat, Client};
use crate::grant::client_auth::authenticate;
use crate::grant::client_certificate;
use crate::grant::decision::{Grant, decide};
use crate::grant::dpop::{ProofRules, proven_key};
use crate::grant::error::{ErrorCode, TokenError};
use crate::grant::request::{TokenRequest, is_of_code_flow};
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
    let asking = Asking::of(state, headers, body)?;
    let endpoint = state.url_of(&state.paths.token);
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
    // After the proof, so that a client which lacks its nonce still has its code.
    let Granted { client_id, format, grant, code } = asking.granted(state)?;
    let lifetime = state.config.access_token_lifetime().as_secs();
    let scope = grant.scopes.join(" ");
    // RFC 9449 §5: the type says how the token is to be presented.
    let token_type = if possession.key.is_some() { "DPoP" } else { "Bearer" };
    tracing::info!(?client_id, audience = ?grant.audience, scope, token_type, "token issued");

    let token = write(state, &client_id, grant, &scope, possession);
    let token = match format {
        AccessTokenFormat::Jwt => {
            token.try_sign().map_err(|_| ErrorCode::ServerError.because("signing failed"))?
        }
        AccessTokenFormat::Opaque => {
            let claims = token.claims_set().clone();
            state.tokens().keep(OpaqueToken { claims, jwt: None })
        }
    };
    if let Some(code) = code {
        state.code_flow().spent_on(&code, &token);
    }
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

/// A client that is who it says, and what it asks with.
enum Asking<'s> {
    Credentials(&'s Client, TokenRequest),
    Code(String, CodeRequest),
}

/// What a client may have, and who it is.
struct Granted {
    client_id: String,
    format: AccessTokenFormat,
    grant: Grant,
    /// The code that it came by, if it did.
    code: Option<String>,
}

impl<'s> Asking<'s> {
    fn of(state: &'s IssuerState, headers: &HeaderMap, body: &[u8]) -> Result<Self, TokenError> {
        if state.config.user.is_some() && is_of_code_flow(body) {
            let request = CodeRequest::parse(body)?;
            return Ok(Self::Code(registered_client(state, headers, &request)?, request));
        }
        let request = TokenRequest::parse(body)?;
        let rules = state.assertion_rules(&[]);
        let client = authenticate(|id| state.config.client(id), headers, &request.client, rules)?;
        Ok(Self::Credentials(client, request))
    }

    /// A code is spent by this in any case.
    fn granted(self, state: &IssuerState) -> Result<Granted, TokenError> {
        let (client_id, request) = match self {
            Self::Credentials(client, request) => {
                let grant = decide(&state.config, state.settings().requested_claims, client, request)?;
                let format = client.access_token_format;
                return Ok(Granted { client_id: client.id.clone(), format, grant, code: None });
            }
            Self::Code(client_id, request) => (client_id, request),
        };
        let redeemed = state.code_flow().redeem(&request.code, clock::unix_seconds());
        match redeemed {
            Redeemed::Authorization(authorization) => {
                let grant = request.redeem(*authorization, &client_id)?;
                Ok(Granted { client_id, format: AccessTokenFormat::Jwt, grant, code: Some(request.code) })
            }
            Redeemed::Nothing => Err(ErrorCode::InvalidGrant.because("the code is unknown or too old")),
            Redeemed::Again(token) => {
                // RFC 6749 §4.1.2: it may be in two hands.
                if let Some(token) = token {
                    state.tokens().revoke(&token);
                }
                Err(ErrorCode::InvalidGrant.because("the code was used before"))
            }
        }
    }
}

/// The id of the client that brings a code, authenticated if it has something to authenticate with.
fn registered_client(
    state: &IssuerState,
    headers: &HeaderMap,
    request: &CodeRequest,
) -> Result<String, TokenError> {
    let store = state.code_flow();
    let named = request.client.client_id.as_deref().and_then(|id| store.client(id));
    let credential = headers.contains_key(AUTHORIZATION)
        || request.client.client_secret.is_some()
        || request.client.assertion.is_some();
    if let Some(client) = named.filter(|client| client.is_public() && !credential) {
        return Ok(client.id.clone());
    }
    let find = |id: &str| store.client(id).map(Arc::as_ref);
    authenticate(find, headers, &request.client, state.assertion_rules(&[])).map(|client| client.id.clone())
}

/// Writes the claims set. Later claims win: the server's, then the client's own, then the requested ones.
fn write(
    state: &IssuerState,
    client_id: &str,
    grant: Grant,
    scope: &str,
    possession: Possession,
) -> TokenBuilder {
    let lifetime = state.config.access_token_lifetime().as_secs();
    let signing = state.keys().signing().clone();
    // Without a resource owner the subject is the client itself (RFC 9068 §2.2).
    let mut token = TokenBuilder::new(&signing, state.url.as_str())
        .audience(grant.audience)
        .subject(client_id)
        .client_id(client_id)
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
