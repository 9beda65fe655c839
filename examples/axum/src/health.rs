//! Whether the process lives, and whether it should get requests. Both are for everyone, and tell an outsider nothing.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use tokio::time::timeout;

use crate::{Connections, Protection};

/// Kubernetes asks with a timeout of one second. A fetch that takes longer goes on, and the next answer knows its result.
const PATIENCE: Duration = Duration::from_millis(900);

/// `GET /live` and `GET /ready`.
pub(crate) fn routes(protection: Protection, connections: Connections) -> Router {
    Router::new()
        .route("/live", get(async || StatusCode::NO_CONTENT))
        .route("/ready", get(ready))
        .with_state((protection, connections))
}

async fn ready(State((protection, connections)): State<(Protection, Connections)>) -> StatusCode {
    let ready =
        !connections.are_stopped() && timeout(PATIENCE, can_verify(&protection)).await.unwrap_or(false);
    if ready { StatusCode::NO_CONTENT } else { StatusCode::SERVICE_UNAVAILABLE }
}

/// With the keys of one issuer, its tokens are served. An outage of the other must not take the whole API away.
async fn can_verify(protection: &Protection) -> bool {
    for api in [&protection.requests, &protection.sockets] {
        match api.ready().await {
            Ok(()) => {}
            // The log says why: Bearward writes a line for each fetch that fails.
            Err(not_ready) if not_ready.ready.is_empty() => return false,
            Err(_) => {}
        }
    }
    true
}
