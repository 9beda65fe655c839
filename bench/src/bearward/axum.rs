//! The axum adapter, as the first screen of its documentation sets it up.

use anyhow::{Context as _, Result};
use axum::{Json, Router, routing::get};
use bearward_axum::{Authorized, Protect as _, ResourceServer};

use crate::serving::{Answer, PROTECTED, READY, Setting, answer, listen};

pub(crate) async fn serve(setting: &Setting) -> Result<()> {
    let api = ResourceServer::builder()
        .issuer(setting.issuer.as_str())
        .audience(setting.audience.as_str())
        .build()
        .context("Bearward's configuration")?;
    let router =
        Router::new().route(PROTECTED, get(messages)).layer(api.layer()).route(READY, get(|| async {}));
    listen(setting.port, router).await
}

async fn messages(_: Authorized) -> Json<Answer> {
    Json(answer())
}
