//! An API of notes: each subject has its own.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use bearward_axum::requirement::scope;
use bearward_axum::{AccessToken, Authorized, ConfigError, Protect, ResourceServer, require};
use tokio::sync::Mutex;

/// The notes of each owner.
type Notes = Arc<Mutex<HashMap<Owner, Vec<String>>>>;

/// A subject is unique only within its issuer.
type Owner = (String, Option<String>);

/// The routes, behind this protection.
pub fn app(api: &ResourceServer) -> Result<Router, ConfigError> {
    let app = Router::new()
        .route("/notes", get(list).route_layer(require(scope("notes:read"))?))
        .route("/notes", post(add).route_layer(require(scope("notes:write"))?))
        .layer(api.layer())
        .route("/health", get(|| async { "ok" }))
        .with_state(Notes::default());
    Ok(app)
}

async fn list(State(notes): State<Notes>, Authorized(token): Authorized) -> Json<Vec<String>> {
    Json(notes.lock().await.get(&owner(&token)).cloned().unwrap_or_default())
}

async fn add(State(notes): State<Notes>, Authorized(token): Authorized, note: String) -> StatusCode {
    notes.lock().await.entry(owner(&token)).or_default().push(note);
    StatusCode::CREATED
}

fn owner(token: &AccessToken) -> Owner {
    (token.issuer().to_owned(), token.subject().map(str::to_owned))
}
