//! The demo's port, from binding it to letting it go.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::DemoError;

/// How long the answers under way may take once the demo is told to stop. A connection that was opened and
/// never used, as browsers do, would hold it for ever.
const GRACE: Duration = Duration::from_secs(1);

pub(super) async fn bind(port: u16) -> Result<TcpListener, DemoError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => DemoError::PortInUse(port),
        _ => DemoError::Bind(port, error),
    })
}

/// Serves until `stop` is there, then ends idle connections at once and busy ones after a short grace.
pub(super) async fn serve(
    listener: TcpListener,
    app: Router,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let (tell, told) = oneshot::channel::<()>();
    // Requests carry the address they come from: only the proxy's headers count.
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, app).with_graceful_shutdown(async {
        // Told, or abandoned: either way it is over.
        let _ = told.await;
    });
    let mut serving = tokio::spawn(serving.into_future());
    tokio::pin!(stop);
    tokio::select! {
        () = &mut stop => {}
        ended = &mut serving => return ended.map_err(io::Error::other)?,
    }
    let _ = tell.send(());
    match timeout(GRACE, &mut serving).await {
        Ok(ended) => ended.map_err(io::Error::other)?,
        Err(_) => {
            serving.abort();
            Ok(())
        }
    }
}

/// Listens for Ctrl-C and, on Unix, SIGTERM, from now on.
#[cfg(unix)]
pub(super) fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Listens for Ctrl-C.
#[cfg(not(unix))]
pub(super) fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Where it cannot be listened for, the system's own way of ending a process remains.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
