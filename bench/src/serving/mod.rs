//! What all servers under test share: where they listen, what they are asked for, and what they answer.

pub(crate) mod actix;
pub(crate) mod tonic;

use std::net::Ipv4Addr;

use anyhow::{Context as _, Result};
use clap::Args;
use serde::Serialize;

/// Needs a token.
pub(crate) const PROTECTED: &str = "/api/messages";
/// Needs none, and says that the server listens.
pub(crate) const READY: &str = "/ready";
/// The same as a call of gRPC, whose path names a service and a method.
pub(crate) const READY_CALL: &str = "/api/ready";

/// What a server has to know.
#[derive(Clone, Debug, Args)]
pub(crate) struct Setting {
    #[arg(long)]
    pub(crate) port: u16,
    #[arg(long)]
    pub(crate) issuer: String,
    #[arg(long)]
    pub(crate) audience: String,
    /// A file with the public key of the issuer, for a server that does not look for it.
    #[arg(long)]
    pub(crate) key: std::path::PathBuf,
}

/// A small JSON body; the same for everyone, so that only the protection differs.
#[derive(Serialize)]
pub(crate) struct Answer {
    message: &'static str,
    unread: u32,
}

pub(crate) fn answer() -> Answer {
    Answer { message: "Good news from the far side of the river.", unread: 3 }
}

/// Runs `work` on a runtime of one thread.
pub(crate) fn on_one_thread<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().context("no runtime")?.block_on(work)
}

/// Serves an axum 0.8 router on loopback.
pub(crate) async fn listen(port: u16, router: axum::Router) -> Result<()> {
    axum::serve(bind(port).await?, router).await.context("axum 0.8 stopped")
}

/// Serves an axum 0.7 router on loopback.
pub(crate) async fn listen_07(port: u16, router: axum_07::Router) -> Result<()> {
    axum_07::serve(bind(port).await?, router).await.context("axum 0.7 stopped")
}

async fn bind(port: u16) -> Result<tokio::net::TcpListener> {
    tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .with_context(|| format!("cannot listen on port {port}"))
}
