//! `jwt-authorizer`, on the axum 0.7 it is bound to.
//!
//! `nbf` is switched on, as in its documentation; the rest are its defaults. Its cryptography is ring's
//! (through `jsonwebtoken` 9), and there is no other choice.

use anyhow::{Context as _, Result};
use axum_07::{Json, Router, routing::get};
use jwt_authorizer::{Authorizer, IntoLayer as _, JwtAuthorizer, JwtClaims, Validation};

use super::{Answer, PROTECTED, READY, Setting, answer, listen_07};
use crate::token::Caller;

pub(super) async fn serve(setting: &Setting) -> Result<()> {
    let validation = Validation::new().iss(&[&setting.issuer]).aud(&[&setting.audience]).nbf(true);
    let authorizer: Authorizer<Caller> = JwtAuthorizer::from_oidc(&setting.issuer)
        .validation(validation)
        .build()
        .await
        .context("jwt-authorizer")?;
    let router = Router::new()
        .route(PROTECTED, get(messages))
        .layer(authorizer.into_layer())
        .route(READY, get(|| async {}));
    listen_07(setting.port, router).await
}

async fn messages(JwtClaims(_caller): JwtClaims<Caller>) -> Json<Answer> {
    Json(answer())
}
