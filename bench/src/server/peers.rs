//! The unprotected servers, and each peer as its own documentation sets it up.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use huskarl_axum::extractors::ValidatedToken;
use huskarl_axum::layers::ValidatorLayer;
use huskarl_axum::resource_server::core::server_metadata::AuthorizationServerMetadata;
use huskarl_axum::resource_server::validator::rfc9068::{Rfc9068AccessTokenClaims, Rfc9068Validator};
use huskarl_reqwest::ReqwestClient;
use jwt_authorizer::{Authorizer, IntoLayer as _, JwtAuthorizer, JwtClaims, Validation};
use oauth_resource_server::axum::{AuthLayer, metadata_router};
use oauth_resource_server::{AuthorizedToken, KeyNaming, OAuthConfig, OAuthValidator, static_token_policy};
use tower_oauth2_resource_server::server::OAuth2ResourceServer;
use tower_oauth2_resource_server::tenant::TenantConfiguration;

use crate::serving::{PROTECTED, READY, Setting, actix, answer, listen, listen_07, tonic};
use crate::token::Caller;

/// axum 0.8 with no protection: what a request costs before its token is looked at.
pub(super) async fn unprotected(setting: &Setting) -> Result<()> {
    use axum::{Json, Router, routing::get};
    let router =
        Router::new().route(PROTECTED, get(|| async { Json(answer()) })).route(READY, get(|| async {}));
    listen(setting.port, router).await
}

/// The same with axum 0.7.
pub(super) async fn unprotected_07(setting: &Setting) -> Result<()> {
    use axum_07::{Json, Router, routing::get};
    let router =
        Router::new().route(PROTECTED, get(|| async { Json(answer()) })).route(READY, get(|| async {}));
    listen_07(setting.port, router).await
}

/// actix-web 4 with no protection.
pub(super) async fn unprotected_actix(setting: &Setting) -> Result<()> {
    use actix_web::web;
    let messages = || async { web::Json(answer()) };
    actix::listen(setting.port, move |app| {
        app.service(web::resource(PROTECTED).get(messages));
    })
    .await
}

/// tonic 0.14 with no protection.
pub(super) async fn unprotected_tonic(setting: &Setting) -> Result<()> {
    let api = tonic::Api::new(|_| Ok(()));
    tonic::listen(setting.port, ::tonic::transport::Server::builder().add_service(api)).await
}

/// `jwt-authorizer`, on the axum 0.7 it is bound to.
///
/// `nbf` is switched on, as in its documentation; the rest are its defaults. Its cryptography is ring's
/// (through `jsonwebtoken` 9), and there is no other choice.
pub(super) async fn jwt_authorizer(setting: &Setting) -> Result<()> {
    use axum_07::{Json, Router, routing::get};
    let validation = Validation::new().iss(&[&setting.issuer]).aud(&[&setting.audience]).nbf(true);
    let authorizer: Authorizer<Caller> = JwtAuthorizer::from_oidc(&setting.issuer)
        .validation(validation)
        .build()
        .await
        .context("jwt-authorizer")?;
    let messages = |JwtClaims(_caller): JwtClaims<Caller>| async { Json(answer()) };
    let router = Router::new()
        .route(PROTECTED, get(messages))
        .layer(authorizer.into_layer())
        .route(READY, get(|| async {}));
    listen_07(setting.port, router).await
}

/// `tower-oauth2-resource-server`, with aws-lc-rs in place of the slower cryptography it defaults to.
pub(super) async fn tower_oauth2(setting: &Setting) -> Result<()> {
    use axum::{Extension, Json, Router, routing::get};
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
    let messages = |_caller: Extension<Caller>| async { Json(answer()) };
    let router = Router::new()
        .route(PROTECTED, get(messages))
        .layer(server.into_layer())
        .route(READY, get(|| async {}));
    listen(setting.port, router).await
}

/// `huskarl-axum` with its RFC 9068 validator, as in its own example.
///
/// Its verifier platform is the default one (RustCrypto); none with faster cryptography is published.
pub(super) async fn huskarl(setting: &Setting) -> Result<()> {
    use axum::{Json, Router, routing::get};
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
    let messages = |_token: ValidatedToken<Rfc9068AccessTokenClaims>| async { Json(answer()) };
    let router = Router::new()
        .route(PROTECTED, get(messages))
        .layer(layer.authenticated())
        .route(READY, get(|| async {}));
    listen(setting.port, router).await
}

/// `oauth-resource-server`, with its metadata routes and its refresh in the background, as in its own example.
///
/// Its cryptography is ring's (through `jsonwebtoken` 9), and there is no other choice.
pub(super) async fn oauth_resource_server(setting: &Setting) -> Result<()> {
    use axum::{Json, Router, routing::get};
    let config = OAuthConfig {
        enabled: true,
        issuer: setting.issuer.clone(),
        audience: setting.audience.clone(),
        resource: setting.audience.clone(),
        // It wants this or a scope, so that no ID token is taken for an access token.
        require_at_jwt: true,
        ..OAuthConfig::default()
    };
    let resolved = config.resolve(KeyNaming::Dotted("oauth")).context("oauth-resource-server")?;
    let resolved = resolved.context("oauth-resource-server is not enabled")?;
    let validator = Arc::new(OAuthValidator::new(&resolved).context("oauth-resource-server, validator")?);
    validator.spawn_background_refresh();
    validator.refresh_now().await.context("oauth-resource-server, keys")?;
    let decision = static_token_policy(None, Some(&resolved), false).context("oauth-resource-server")?;
    let layer = AuthLayer::from_decision(decision, Some(Arc::clone(&validator)));
    let messages = |_token: AuthorizedToken| async { Json(answer()) };
    let router = Router::new()
        .route(PROTECTED, get(messages))
        .route_layer(layer.context("oauth-resource-server, layer")?)
        .merge(metadata_router(Some(validator)))
        .route(READY, get(|| async {}));
    listen(setting.port, router).await
}
