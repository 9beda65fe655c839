//! A small authorization server for the servers under test: metadata and keys, nothing else.
//!
//! It runs as a process of its own beside the load generator; once the keys are loaded, nobody asks it
//! anything while the clock runs.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use axum::{
    Json, Router,
    routing::{MethodRouter, get},
};
use clap::Args;
use serde_json::{Value, json};

use crate::serving::on_one_thread;

/// What it serves, and where.
#[derive(Clone, Debug, Args)]
pub(crate) struct Setting {
    #[arg(long)]
    pub(crate) port: u16,
    /// A file with the JWK Set.
    #[arg(long)]
    pub(crate) jwks: PathBuf,
}

/// The issuer identifier of the server on `port`.
pub(crate) fn issuer(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

/// Serves until it is ended from outside.
pub(crate) fn serve(setting: &Setting) -> Result<()> {
    let metadata = metadata(&issuer(setting.port));
    let keys = read(&setting.jwks)?;
    let router = Router::new()
        .route("/.well-known/openid-configuration", fixed(metadata.clone()))
        .route("/.well-known/oauth-authorization-server", fixed(metadata))
        .route("/jwks", fixed(keys));
    on_one_thread(async {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, setting.port)).await?;
        axum::serve(listener, router).await.context("the authorization server stopped")
    })
}

fn read(path: &Path) -> Result<Value> {
    let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
    serde_json::from_slice(&bytes).with_context(|| path.display().to_string())
}

/// RFC 8414 §2 and OpenID Connect Discovery §3, as far as the peers insist on members.
fn metadata(issuer: &str) -> Value {
    json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        // Some take these for the algorithms of access tokens, too.
        "id_token_signing_alg_values_supported": ["RS256", "ES256"],
        "claims_supported": ["iss", "sub", "aud", "exp", "nbf", "iat"],
    })
}

fn fixed(value: Value) -> MethodRouter {
    get(move || async move { Json(value) })
}
