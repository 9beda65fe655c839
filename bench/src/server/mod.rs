//! The servers under test: each one answers `GET /api/messages` for a valid token and `GET /ready` for
//! everyone, on one thread.
//!
//! A peer is set up as its documentation advises for production, with the fastest cryptography it
//! offers: keys found by discovery, RS256, issuer and audience checked, and the claims handed to the
//! handler by the extractor it comes with. The handlers all answer the same bytes.

mod answer;
mod huskarl;
mod jwt_authorizer;
mod tower_oauth2;
mod unprotected;

use std::net::Ipv4Addr;

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};

use crate::bearward;

pub(crate) use answer::{Answer, answer};

/// Needs a token.
pub(crate) const PROTECTED: &str = "/api/messages";
/// Needs none, and says that the server listens.
pub(crate) const READY: &str = "/ready";

/// The Rust servers; each is this program in a process of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// axum 0.8 without protection.
    Axum08,
    /// axum 0.7 without protection.
    Axum07,
    Bearward,
    JwtAuthorizer,
    TowerOauth2ResourceServer,
    HuskarlAxum,
}

/// What a server has to know.
#[derive(Clone, Debug, Args)]
pub(crate) struct Setting {
    #[arg(long)]
    pub(crate) port: u16,
    #[arg(long)]
    pub(crate) issuer: String,
    #[arg(long)]
    pub(crate) audience: String,
}

/// Serves until it is ended from outside.
pub(crate) fn serve(kind: Kind, setting: &Setting) -> Result<()> {
    on_one_thread(async {
        match kind {
            Kind::Axum08 => unprotected::serve(setting).await,
            Kind::Axum07 => unprotected::serve_07(setting).await,
            Kind::Bearward => bearward::server::serve(setting).await,
            Kind::JwtAuthorizer => jwt_authorizer::serve(setting).await,
            Kind::TowerOauth2ResourceServer => tower_oauth2::serve(setting).await,
            Kind::HuskarlAxum => huskarl::serve(setting).await,
        }
    })
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
async fn listen_07(port: u16, router: axum_07::Router) -> Result<()> {
    axum_07::serve(bind(port).await?, router).await.context("axum 0.7 stopped")
}

async fn bind(port: u16) -> Result<tokio::net::TcpListener> {
    tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .with_context(|| format!("cannot listen on port {port}"))
}
