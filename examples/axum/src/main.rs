//! Reads its settings from the environment; the README has a command line to copy.

use std::env;
use std::error::Error;

use axum::http::HeaderValue;
use orders::{Connections, Settings, app, serve};
use tokio::net::TcpListener;
use tokio::signal;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().init();
    let pages = env::var("PAGES").unwrap_or_default();
    let pages = pages.split(',').map(str::trim).filter(|origin| !origin.is_empty());
    let settings = Settings {
        customers: setting("CUSTOMERS_ISSUER")?,
        staff: setting("STAFF_ISSUER")?,
        audience: setting("AUDIENCE")?,
        pages: pages.map(HeaderValue::from_str).collect::<Result<_, _>>()?,
    };
    let connections = Connections::default();
    let app = app(&settings, &connections)?;
    let listener = TcpListener::bind(("127.0.0.1", 3000)).await?;
    tracing::info!("listening on http://{}", listener.local_addr()?);
    Ok(serve(listener, app, connections, told_to_stop()).await?)
}

fn setting(name: &str) -> Result<String, String> {
    env::var(name).map_err(|_| format!("the environment has no {name}"))
}

/// Completes on Ctrl-C, and on the signal by which Docker, Kubernetes and systemd stop a process.
async fn told_to_stop() {
    let interrupted = async { signal::ctrl_c().await.ok() };
    #[cfg(unix)]
    let terminated = async {
        let mut signal = signal::unix::signal(signal::unix::SignalKind::terminate()).ok()?;
        signal.recv().await
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<Option<()>>();
    tokio::select! {
        Some(()) = interrupted => {}
        Some(()) = terminated => {}
        // Neither signal can be received: it runs until it is killed.
        else => std::future::pending().await,
    }
}
