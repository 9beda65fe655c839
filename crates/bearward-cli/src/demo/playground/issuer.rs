//! The issuer's keys and outages, and what the API holds of them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use bearward_issuer::{Endpoint, RunningIssuer};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Shared;
use crate::playground::Trouble;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Act {
    action: Action,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Action {
    /// A fresh key signs, and the older ones stay published.
    Rotate,
    /// A fresh key signs, and it alone is published.
    RotateAndWithdraw,
    /// Connections are refused.
    Stop,
    Start,
}

pub(super) async fn act(
    State(shared): State<Arc<Shared>>,
    Json(Act { action }): Json<Act>,
) -> Result<Json<Value>, Trouble> {
    let issuer = embedded(&shared)?;
    match action {
        Action::Rotate => {
            issuer.rotate(issuer.signing_key().algorithm());
        }
        Action::RotateAndWithdraw => {
            issuer.rotate_and_withdraw();
        }
        Action::Stop => issuer.go_down().await,
        Action::Start => issuer.come_up().await.map_err(|error| {
            Trouble::new(StatusCode::SERVICE_UNAVAILABLE, format!("the issuer does not start: {error}"))
        })?,
    }
    Ok(Json(json!({})))
}

pub(super) async fn state(State(shared): State<Arc<Shared>>) -> Result<Json<Value>, Trouble> {
    let issuer = embedded(&shared)?;
    let (server, signing) = (&shared.playground.server, issuer.signing_kid());
    let set = issuer.jwk_set();
    let published = set["keys"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|key| json!({ "kid": key["kid"], "alg": key["alg"], "signing": key["kid"] == signing }));
    let status = server.engine().status(server.now());
    let held = status.issuers.iter().flat_map(|issuer| &issuer.keys);
    let held = held.map(|key| {
        let algorithms: Vec<_> = key.algorithms.iter().map(|algorithm| algorithm.name()).collect();
        json!({ "kid": key.kid, "alg": algorithms.join(", ") })
    });
    let age = status.issuers.first().and_then(|issuer| issuer.key_set_age);
    Ok(Json(json!({
        "issuer": {
            "up": issuer.is_up().await,
            "keys": published.collect::<Vec<_>>(),
            "requests": {
                "metadata": issuer.requests(Endpoint::Metadata),
                "key set": issuer.requests(Endpoint::Jwks),
                "tokens": issuer.requests(Endpoint::Token),
                "introspection": issuer.requests(Endpoint::Introspection),
            },
        },
        "api": {
            "keys": held.collect::<Vec<_>>(),
            "memory": {
                "verified tokens": status.verified_tokens.count,
                "used proofs": status.used_proofs.map(|proofs| proofs.count),
                "key set is": age.map_or("not there".to_owned(), |age| format!("{} s old", age.as_secs())),
            },
        },
    })))
}

fn embedded(shared: &Shared) -> Result<&RunningIssuer, Trouble> {
    shared
        .playground
        .embedded
        .as_deref()
        .ok_or_else(|| Trouble::new(StatusCode::NOT_FOUND, "this demo does not run an authorization server"))
}
