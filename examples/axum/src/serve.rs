//! Serves until it is told to stop.

use std::future::Future;
use std::io;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::time::sleep;

use crate::Connections;

/// So long requests have to end. Kubernetes waits for 30 seconds before it kills.
const GRACE: Duration = Duration::from_secs(20);

/// Serves `app` until `stop` completes. New connections are refused then, streams and WebSockets are ended, and requests
/// have some time to end.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    connections: Connections,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let stopped = connections.clone();
    let stop = async move {
        stop.await;
        tracing::info!("stopping");
        stopped.stop();
    };
    let too_long = async {
        connections.stopped().await;
        sleep(GRACE).await;
    };
    let ended = async {
        axum::serve(listener, app).with_graceful_shutdown(stop).await?;
        connections.ended().await;
        Ok(())
    };
    tokio::select! {
        result = ended => result,
        () = too_long => {
            tracing::warn!("requests that did not end are cut off");
            Ok(())
        }
    }
}
