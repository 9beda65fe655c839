//! `tower-oauth2-resource-server`, with aws-lc-rs in place of the slower cryptography it defaults to.

use anyhow::{Context as _, Result};
use axum::{Extension, Json, Router, routing::get};
use tower_oauth2_resource_server::server::OAuth2ResourceServer;
use tower_oauth2_resource_server::tenant::TenantConfiguration;

use super::{Answer, PROTECTED, READY, Setting, answer, listen};
use crate::token::Caller;

pub(super) async fn serve(setting: &Setting) -> Result<()> {
    // Discovery gives it the issuer to check.
    let tenant = TenantConfiguration::builder(&setting.issuer)
        .audiences(&[&setting.audience])
        .build()
        .await
        .context("tower-oauth2-resource-server, tenant")?;
    let server = OAuth2ResourceServer::<Caller>::builder()
        .add_tenant(tenant)
        .build()
        .await
        .context("tower-oauth2-resource-server")?;
    let router = Router::new()
        .route(PROTECTED, get(messages))
        .layer(server.into_layer())
        .route(READY, get(|| async {}));
    listen(setting.port, router).await
}

async fn messages(_caller: Extension<Caller>) -> Json<Answer> {
    Json(answer())
}
