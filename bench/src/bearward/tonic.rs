//! The adapter for tonic, as the first screen of its documentation sets it up.

use anyhow::{Context as _, Result};
use bearward_tonic::{Authorization as _, GrpcLayer, ResourceServer};

use crate::serving::tonic::{Api, listen};
use crate::serving::{PROTECTED, READY_CALL, Setting};

pub(crate) async fn serve(setting: &Setting) -> Result<()> {
    let api = ResourceServer::builder()
        .issuer(setting.issuer.as_str())
        .audience(setting.audience.as_str())
        .build()
        .context("Bearward's configuration")?;
    // A method's name has no slash before it.
    let protection = GrpcLayer::new(api).authenticated(&PROTECTED[1..])?.public(&READY_CALL[1..])?;
    let api = Api::new(|request| request.access_token().map(drop));
    listen(setting.port, tonic::transport::Server::builder().layer(protection).add_service(api)).await
}
