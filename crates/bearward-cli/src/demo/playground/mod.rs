//! The demo's page: tokens with flaws, and the path of each request that carries one.
//!
//! | request | what it does |
//! |---|---|
//! | `GET /playground/config` | clients, scopes, flaws and routes to choose from |
//! | `POST /playground/token` | makes a token as the token endpoint does, then flaws it ([`token`], [`flaw`]) |
//! | `POST /playground/send` | decides about a request, and gives every check, the answer and its body ([`send`]) |
//! | `POST /playground/issuer` | rotates the issuer's key, or stops and starts it ([`issuer`]) |
//! | `GET /playground/state` | the issuer's keys and the API's, as they are now ([`issuer`]) |
//!
//! The engine of the demo's API decides about each request, once: the checks and the answer are of the same attempt.
//! Tokens are made by the demo's issuer only. Without it, the page sends tokens that its reader pastes.

mod config;
mod flaw;
mod issuer;
mod send;
mod token;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use bearward_axum::ResourceServer;
use bearward_axum::trust::Introspection;
use bearward_issuer::{ClientCertificate, RunningIssuer};
use reqwest::Client;

use super::DemoError;
use super::api::{Guarded, guarded_routes};
use crate::playground::{PLAYGROUND, html};

/// What the page's routes work with.
pub(super) struct Playground {
    /// Where the API is.
    pub(super) api: String,
    pub(super) server: ResourceServer,
    /// The identifier of the issuer whose tokens the API accepts.
    pub(super) issuer: String,
    pub(super) audience: String,
    pub(super) introspection: Option<Introspection>,
    /// The issuer itself, where the demo runs one.
    pub(super) embedded: Option<Arc<RunningIssuer>>,
}

/// The same, with what is made once.
struct Shared {
    playground: Playground,
    /// The routes without their protection: the engine has decided before a handler runs.
    handlers: Router,
    guarded: Vec<Guarded>,
    /// The client's certificate, and another client's, as a proxy passes them on.
    certificates: [String; 2],
    /// For the token endpoint of the embedded issuer.
    http: Client,
}

/// The page, and what it asks for.
pub(super) fn routes(playground: Playground) -> Result<Router, DemoError> {
    let http = token::client().map_err(|error| DemoError::Usage(format!("cannot set up TLS: {error}")))?;
    let certificates = [(); 2].map(|()| ClientCertificate::generate().client_cert_header());
    let handlers = super::api::handlers();
    let shared = Shared { playground, handlers, guarded: guarded_routes(), certificates, http };
    Ok(Router::new()
        .route("/playground/config", get(config::config))
        .route("/playground/token", post(token::token))
        .route("/playground/send", post(send::send))
        .route("/playground/issuer", post(issuer::act))
        .route("/playground/state", get(issuer::state))
        .with_state(Arc::new(shared))
        .merge(html("/", PLAYGROUND)))
}
