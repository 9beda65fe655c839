//! The HTTP side: routes, the documents, the endpoints of tokens, staged outages, and the port.

pub(crate) mod port;
pub(crate) mod state;
pub(crate) mod staging;
pub(crate) mod document;
pub(crate) mod token;
pub(crate) mod registration;
pub(crate) mod authorization;
pub(crate) mod consent;
pub(crate) mod introspection;
pub(crate) mod revocation;
pub(crate) mod refusal;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};

use self::state::IssuerState;
use crate::config::WellKnown;

/// A token request is some parameters; 64 KiB of them is generous.
const TOKEN_REQUEST_BYTES: usize = 64 * 1024;

/// All routes of one issuer, counted and open to staged faults.
pub(crate) fn router(state: Arc<IssuerState>) -> Router {
    let paths = &state.paths;
    let mut router = Router::new()
        .route("/", get(document::root))
        .route(&paths.jwks, get(document::jwk_set))
        .route(&paths.token, post(token::endpoint))
        .route(&paths.introspection, post(introspection::endpoint))
        .route(&paths.revocation, post(revocation::endpoint));
    if state.config.user.is_some() {
        let decision = get(authorization::ask).post(authorization::decide_question);
        router = router
            .route(&paths.authorization, decision)
            .route(&paths.registration, post(registration::endpoint));
    }
    if state.config.well_known != WellKnown::OAuth {
        router = router.route(&paths.openid, get(document::openid_configuration));
    }
    if state.config.well_known != WellKnown::OpenId {
        router = router.route(&paths.oauth, get(document::oauth_metadata));
    }
    router
        .layer(DefaultBodyLimit::max(TOKEN_REQUEST_BYTES))
        .layer(middleware::from_fn_with_state(Arc::clone(&state), staging::count_and_spoil))
        .with_state(state)
}
