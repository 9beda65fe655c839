//! `huskarl-axum` with its RFC 9068 validator, as in its own example.
//!
//! Its verifier platform is the default one (RustCrypto); none with faster cryptography is published.

use anyhow::{Context as _, Result};
use axum::{Json, Router, routing::get};
use huskarl_axum::extractors::ValidatedToken;
use huskarl_axum::layers::ValidatorLayer;
use huskarl_axum::resource_server::core::server_metadata::AuthorizationServerMetadata;
use huskarl_axum::resource_server::validator::rfc9068::{Rfc9068AccessTokenClaims, Rfc9068Validator};
use huskarl_reqwest::ReqwestClient;

use super::{Answer, PROTECTED, READY, Setting, answer, listen};

pub(super) async fn serve(setting: &Setting) -> Result<()> {
    let client = ReqwestClient::builder().build().await.context("huskarl, HTTP client")?;
    let metadata = AuthorizationServerMetadata::fetch()
        .http_client(&client)
        .issuer(setting.issuer.as_str())
        .call()
        .await
        .context("huskarl, discovery")?;
    let validator = Rfc9068Validator::<()>::builder_from_metadata(&metadata)
        .jwks_source(client)
        .audience(setting.audience.as_str())
        .build()
        .await
        .context("huskarl, validator")?;
    let layer = ValidatorLayer::builder().validator(validator).build();
    let router = Router::new()
        .route(PROTECTED, get(messages))
        .layer(layer.authenticated())
        .route(READY, get(|| async {}));
    listen(setting.port, router).await
}

async fn messages(_token: ValidatedToken<Rfc9068AccessTokenClaims>) -> Json<Answer> {
    Json(answer())
}
