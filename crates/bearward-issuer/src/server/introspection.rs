//! The introspection endpoint (RFC 7662), its signed answers (RFC 9701) and phantom tokens.
//!
//! 1. Only a protected resource that authenticates gets an answer (RFC 7662 §2.1).
//! 2. A token is active if it is known or signed here, not expired, in force already, and not revoked. Everything
//!    else is `{"active":false}` and nothing more (§2.2).
//! 3. `Accept` chooses: `application/token-introspection+jwt` a signed answer (RFC 9701 §4), `application/jwt` the
//!    token itself as a JWT, to be forwarded, or 204 where there is none (the phantom token approach).
//! 4. Does not check whether the token is meant for the one that asks: its audience is in the answer.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};

use super::refusal::{NO_STORE, form_body, refusal};
use super::state::IssuerState;
use crate::clock;
use crate::grant::client_auth::authenticate;
use crate::grant::error::{ErrorCode, TokenError};
use crate::grant::request::TokenQuestion;
use crate::mint::TokenBuilder;
use crate::received::ReceivedJwt;

/// The media type of a signed answer (RFC 9701 §4).
const SIGNED_ANSWER: &str = "application/token-introspection+jwt";

/// The media type of a phantom token.
const JWT: &str = "application/jwt";

/// What the server has to say about a token.
pub(crate) enum Standing {
    Inactive,
    Active {
        claims: Map<String, Value>,
        /// The token as a JWT, if it is one or was fixed to be one.
        jwt: Option<String>,
    },
    /// What a test wants it to say.
    Staged(Value),
}

pub(crate) async fn endpoint(
    State(state): State<Arc<IssuerState>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let answer = form_body(&headers, body).and_then(|body| introspect(&state, &headers, &body));
    (NO_STORE, answer.unwrap_or_else(|error| refusal("introspection", error))).into_response()
}

fn introspect(state: &IssuerState, headers: &HeaderMap, body: &[u8]) -> Result<Response, TokenError> {
    let question = TokenQuestion::parse(body)?;
    let endpoint = state.url_of(&state.paths.introspection);
    let audiences = [state.url.as_str(), &endpoint];
    let rules = state.assertion_rules(&audiences);
    let find = |id: &str| state.config.protected_resource(id);
    let resource = authenticate(find, headers, &question.client, rules)?;
    let standing = Standing::of(state, question.token()?);
    tracing::info!(client_id = ?resource.id, active = standing.is_active(), "token introspected");

    let failed = |_| ErrorCode::ServerError.because("signing failed");
    if accepts(headers, SIGNED_ANSWER) {
        let signed = signed_answer(state, &resource.id, standing.answer()).try_sign().map_err(failed)?;
        return Ok(([(CONTENT_TYPE, SIGNED_ANSWER)], signed).into_response());
    }
    match standing {
        Standing::Inactive if accepts(headers, JWT) => Ok(StatusCode::NO_CONTENT.into_response()),
        Standing::Active { claims, jwt } if accepts(headers, JWT) => {
            let jwt = match jwt {
                Some(jwt) => jwt,
                None => phantom(state, claims).try_sign().map_err(failed)?,
            };
            Ok(([(CONTENT_TYPE, JWT)], jwt).into_response())
        }
        standing => Ok(Json(standing.answer()).into_response()),
    }
}

impl Standing {
    pub(crate) fn of(state: &IssuerState, token: &str) -> Self {
        let tokens = state.tokens();
        if let Some(answer) = tokens.staged(token) {
            return Self::Staged(answer.clone());
        }
        let (claims, jwt) = match tokens.opaque(token) {
            Some(opaque) => (opaque.claims.clone(), opaque.jwt.clone()),
            None => match own_access_token(state, token) {
                Some(claims) => (claims, Some(token.to_owned())),
                None => return Self::Inactive,
            },
        };
        if tokens.is_revoked(token) || !is_in_force(&claims, clock::unix_seconds()) {
            return Self::Inactive;
        }
        Self::Active { claims, jwt }
    }

    fn is_active(&self) -> bool {
        matches!(self, Self::Active { .. })
    }

    fn answer(self) -> Value {
        match self {
            Self::Inactive => json!({ "active": false }),
            Self::Active { mut claims, .. } => {
                // RFC 9449 §6.2: the type tells a resource server that a proof has to come along.
                let bound_to_key = claims.get("cnf").is_some_and(|cnf| cnf.get("jkt").is_some());
                let token_type = if bound_to_key { "DPoP" } else { "Bearer" };
                claims.insert("token_type".to_owned(), token_type.into());
                claims.insert("active".to_owned(), true.into());
                claims.into()
            }
            Self::Staged(answer) => answer,
        }
    }
}

/// An introspection answer as a JWT for the protected resource `audience` (RFC 9701 §5).
pub(crate) fn signed_answer(state: &IssuerState, audience: &str, answer: Value) -> TokenBuilder {
    let key = state.keys().signing().clone();
    // §5: neither `sub` nor `exp`, so that it does not pass for an access token.
    ["sub", "client_id", "exp", "jti"]
        .into_iter()
        .fold(TokenBuilder::new(&key, state.url.as_str()), |token, name| token.remove(name))
        .header("typ", "token-introspection+jwt")
        .audience(audience)
        .claim("token_introspection", answer)
}

/// The JWT of these claims, signed with today's key.
fn phantom(state: &IssuerState, claims: Map<String, Value>) -> TokenBuilder {
    let key = state.keys().signing().clone();
    TokenBuilder::of_claims(&key, claims)
}

/// The claims set of a JWT access token that this server signed, with a key that it still publishes or uses.
fn own_access_token(state: &IssuerState, token: &str) -> Option<Map<String, Value>> {
    let jwt = ReceivedJwt::parse(token)?;
    let kid = jwt.header.get("kid")?.as_str()?;
    // Answers of introspection are signed with the same keys.
    if !jwt.is_of_type("at+jwt") || jwt.text("iss") != Some(&state.url) {
        return None;
    }
    let signed = state.keys().named(kid).any(|key| jwt.is_signed_with(&key.public_jwk()));
    signed.then_some(jwt.claims)
}

/// Whether `exp` is to come, where there is one, and `nbf` has come (RFC 7662 §4).
fn is_in_force(claims: &Map<String, Value>, now: i64) -> bool {
    let date = |name| claims.get(name).map(|value| value.as_i64());
    let alive = date("exp").is_none_or(|exp| exp.is_some_and(|exp| exp > now));
    alive && date("nbf").is_none_or(|nbf| nbf.is_some_and(|nbf| nbf <= now))
}

/// Whether `Accept` names this media type itself; wildcards are for the JSON answer.
fn accepts(headers: &HeaderMap, media_type: &str) -> bool {
    let ranges = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    ranges
        .flat_map(|list| list.split(','))
        .filter_map(|range| range.split(';').next())
        .any(|range| range.trim().eq_ignore_ascii_case(media_type))
}
