//! actix-web, on one worker.

use std::net::Ipv4Addr;

use actix_web::web::{self, ServiceConfig};
use actix_web::{App, HttpServer};
use anyhow::{Context as _, Result};

use super::READY;

/// Serves these routes, and the one that tells that it listens.
pub(crate) async fn listen<F>(port: u16, routes: F) -> Result<()>
where
    F: Fn(&mut ServiceConfig) + Clone + Send + 'static,
{
    let app = move || App::new().route(READY, web::get().to(|| async { "" })).configure(routes.clone());
    let server = HttpServer::new(app).workers(1).disable_signals();
    let server = server.bind((Ipv4Addr::LOCALHOST, port));
    server.with_context(|| format!("cannot listen on port {port}"))?.run().await.context("actix-web stopped")
}
