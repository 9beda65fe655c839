//! Connections that stay open: they end when their token expires, and when the server stops.
//!
//! A token is checked when a request begins. What stays open after that has to end by itself, or the client keeps what its token
//! no longer gives.

use std::future::Future;
use std::time::Duration;

use bearward_axum::wire::NumericDate;
use bearward_axum::{AccessToken, ResourceServer};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The open connections of a server.
#[derive(Debug, Clone, Default)]
pub struct Connections {
    stop: CancellationToken,
    sockets: TaskTracker,
}

/// Why a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    TokenExpired,
    ServerStops,
}

impl Connections {
    /// Ends all of them, and says so to those that begin later.
    pub fn stop(&self) {
        self.stop.cancel();
        self.sockets.close();
    }

    /// Whether they have been told to end.
    #[must_use]
    pub fn are_stopped(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Completes when they have been told to end.
    pub(crate) async fn stopped(&self) {
        self.stop.cancelled().await;
    }

    /// Completes when the last WebSocket has ended, after [`stop`](Self::stop).
    pub async fn ended(&self) {
        self.sockets.wait().await;
    }

    /// Completes when a connection with this token has to end.
    pub(crate) fn end_of(
        &self,
        token: &AccessToken,
        api: &ResourceServer,
    ) -> impl Future<Output = End> + Send + use<> {
        // Counted from here, and not from when the client lets the connection begin.
        let expired = sleep(time_left(token, api.now().date()));
        let stop = self.stop.clone();
        async move {
            tokio::select! {
                () = expired => End::TokenExpired,
                () = stop.cancelled() => End::ServerStops,
            }
        }
    }

    /// Follows a WebSocket: axum does not wait for one when it stops.
    pub(crate) fn follow<F: Future>(&self, socket: F) -> impl Future<Output = F::Output> + use<F> {
        self.sockets.track_future(socket)
    }
}

/// How long a token is good for. One without `exp` is accepted only where a setting says so; it has no time left here.
fn time_left(token: &AccessToken, now: NumericDate) -> Duration {
    let left = token.expires_at().map_or(0.0, |expires_at| expires_at.seconds() - now.seconds());
    Duration::try_from_secs_f64(left.max(0.0)).unwrap_or(Duration::MAX)
}
