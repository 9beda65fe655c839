//! The published documents: both kinds of metadata, and the JWK Set.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use aws_lc_rs::digest;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::state::IssuerState;
use crate::algorithm::Algorithm;
use crate::config::WellKnown;

/// Authorization server metadata (RFC 8414 §2).
pub(crate) async fn oauth_metadata(State(state): State<Arc<IssuerState>>) -> Json<Value> {
    Json(with_overrides(metadata(&state), &state))
}

/// The same for OpenID Connect Discovery §3, whose required members say how ID tokens would be signed.
pub(crate) async fn openid_configuration(State(state): State<Arc<IssuerState>>) -> Json<Value> {
    let mut document = metadata(&state);
    document["subject_types_supported"] = json!(["public"]);
    document["id_token_signing_alg_values_supported"] = json!(state.keys().algorithms());
    Json(with_overrides(document, &state))
}

/// What this server is, for a person who opens it.
pub(crate) async fn root(State(state): State<Arc<IssuerState>>) -> String {
    let metadata = match state.config.well_known {
        WellKnown::OAuth => &state.paths.oauth,
        WellKnown::OpenId | WellKnown::Both => &state.paths.openid,
    };
    let place = |name, path| format!("{name:<15} {}\n", state.url_of(path));
    let places: String = [
        place("metadata", metadata),
        place("key set", &state.paths.jwks),
        place("token endpoint", &state.paths.token),
        place("introspection", &state.paths.introspection),
        place("revocation", &state.paths.revocation),
    ]
    .concat();
    format!(
        "An OAuth 2.0 authorization server for demos and tests (bearward-issuer).\n\
         Its issuer identifier is {}\n\n{places}\n\
         It keeps nothing on disk, and its clients and their secrets are public: never trust its tokens in production.\n",
        state.url
    )
}

fn metadata(state: &IssuerState) -> Value {
    let keys = state.keys().algorithms();
    let asymmetric = Algorithm::ASYMMETRIC.map(Algorithm::name);
    let mut document = json!({
        "issuer": state.url,
        "token_endpoint": state.url_of(&state.paths.token),
        "jwks_uri": state.url_of(&state.paths.jwks),
        "scopes_supported": state.config.scopes(),
        // Required by RFC 8414 §2 although there is no authorization endpoint to respond.
        "response_types_supported": [],
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "introspection_endpoint": state.url_of(&state.paths.introspection),
        "introspection_endpoint_auth_methods_supported":
            ["client_secret_basic", "client_secret_post", "private_key_jwt"],
        "introspection_endpoint_auth_signing_alg_values_supported": asymmetric,
        // RFC 9701 §7.
        "introspection_signing_alg_values_supported": keys,
        "revocation_endpoint": state.url_of(&state.paths.revocation),
        "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        // RFC 9449 §5.1, RFC 8705 §3.3.
        "dpop_signing_alg_values_supported": asymmetric,
        "tls_client_certificate_bound_access_tokens": true,
    });
    if state.config.user.is_some() {
        document["authorization_endpoint"] = state.url_of(&state.paths.authorization).into();
        document["registration_endpoint"] = state.url_of(&state.paths.registration).into();
        document["response_types_supported"] = json!(["code"]);
        document["grant_types_supported"] = json!(["client_credentials", "authorization_code"]);
        document["code_challenge_methods_supported"] = json!(["S256"]);
        document["token_endpoint_auth_methods_supported"] =
            json!(["client_secret_basic", "client_secret_post", "none"]);
        // RFC 9207 §3.
        document["authorization_response_iss_parameter_supported"] = true.into();
    }
    let acr_values = state.config.acr_values();
    if !acr_values.is_empty() {
        document["acr_values_supported"] = json!(acr_values);
    }
    document
}

fn with_overrides(mut document: Value, state: &IssuerState) -> Value {
    if let Some(members) = document.as_object_mut() {
        for (name, value) in state.settings().metadata {
            match value {
                Value::Null => members.remove(&name),
                value => members.insert(name, value),
            };
        }
    }
    document
}

/// The JWK Set (RFC 7517 §5) with an entity tag of its bytes (RFC 9110 §8.8.3, §13.1.2).
pub(crate) async fn jwk_set(State(state): State<Arc<IssuerState>>, headers: HeaderMap) -> Response {
    let body = state.keys().jwk_set().to_string();
    let hash = digest::digest(&digest::SHA256, body.as_bytes());
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(hash));
    let mut response = if client_holds(&headers, &tag) {
        state.not_modified.fetch_add(1, Ordering::SeqCst);
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        (CONTENT_TYPE_JWK_SET, body).into_response()
    };
    let answer = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        answer.insert(ETAG, tag);
    }
    let cache_control = state.settings().jwks_cache_control;
    if let Some(Ok(value)) = cache_control.as_deref().map(HeaderValue::from_str) {
        answer.insert(CACHE_CONTROL, value);
    }
    response
}

/// RFC 7517 §8.5.2.
const CONTENT_TYPE_JWK_SET: [(http::HeaderName, &str); 1] = [(CONTENT_TYPE, "application/jwk-set+json")];

/// Whether the client has the representation with this tag already (RFC 9110 §13.1.2, weak comparison).
fn client_holds(headers: &HeaderMap, tag: &str) -> bool {
    let held = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    held.flat_map(|list| list.split(','))
        .map(str::trim)
        .any(|held| held == "*" || held.strip_prefix("W/").unwrap_or(held) == tag)
}
