//! The adapter for actix-web, as the first screen of its documentation sets it up.

use actix_web::web;
use anyhow::{Context as _, Result};
use bearward_actix::{Authorized, Protect as _, ResourceServer};

use crate::serving::{Answer, PROTECTED, Setting, actix, answer};

pub(crate) async fn serve(setting: &Setting) -> Result<()> {
    let api = ResourceServer::builder()
        .issuer(setting.issuer.as_str())
        .audience(setting.audience.as_str())
        .build()
        .context("Bearward's configuration")?;
    let protection = api.middleware();
    actix::listen(setting.port, move |app| {
        app.service(web::resource(PROTECTED).wrap(protection.clone()).get(messages));
    })
    .await
}

async fn messages(_: Authorized) -> web::Json<Answer> {
    web::Json(answer())
}
