//! The API: what a user of `bearward-axum` writes, with the log as most have it.

use std::io::{Read as _, Write as _};

use axum::Router;
use axum::routing::get;
use bearward_axum::{Authorized, Protect, ResourceServer};
use tokio::net::TcpListener;

use crate::{AUDIENCE, Failed};

/// Serves until standard input ends, which it does when the run does, however that ends.
pub(crate) async fn serve(issuer: &str) -> Result<(), Failed> {
    tracing_subscriber::fmt().with_ansi(false).with_writer(std::io::stderr).init();
    let api = ResourceServer::builder().issuer(issuer).audience(AUDIENCE).build()?;
    let app = Router::new().route("/", get(subject)).layer(api.layer());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{}", listener.local_addr()?.port())?;
    stdout.flush()?;
    // A terminal interrupts both processes; the run decides when this one ends.
    tokio::spawn(async { while tokio::signal::ctrl_c().await.is_ok() {} });
    let serving = tokio::spawn(async move { axum::serve(listener, app).await });
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
    serving.abort();
    Ok(())
}

async fn subject(Authorized(token): Authorized) -> String {
    token.subject().unwrap_or("?").to_owned()
}
