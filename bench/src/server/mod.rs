//! The servers under test: each one answers `GET /api/messages` for a valid token and `GET /ready` for
//! everyone, on one thread. With gRPC, `/api/messages` and `/api/ready` are methods of the service `api`.
//!
//! A peer is set up as its documentation advises for production, with the fastest cryptography it
//! offers: keys found by discovery, RS256, issuer and audience checked, and the claims handed to the
//! handler by the extractor it comes with. The handlers all answer the same bytes.

mod middleware;
mod peers;

use anyhow::Result;
use clap::ValueEnum;

use crate::bearward;
use crate::serving::{Setting, on_one_thread};

/// The Rust servers; each is this program in a process of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// axum 0.8 without protection.
    Axum08,
    /// axum 0.7 without protection.
    Axum07,
    /// axum 0.8 with a layer that does nothing.
    EmptyMiddleware,
    /// axum 0.8 with a layer that verifies the signature, and nothing else.
    BareSignature,
    Bearward,
    JwtAuthorizer,
    TowerOauth2ResourceServer,
    HuskarlAxum,
    OauthResourceServer,
    /// actix-web 4 without protection.
    Actix,
    BearwardActix,
    /// tonic 0.14 without protection.
    Tonic,
    BearwardTonic,
}

/// Serves until it is ended from outside.
pub(crate) fn serve(kind: Kind, setting: &Setting) -> Result<()> {
    on_one_thread(async {
        match kind {
            Kind::Axum08 => peers::unprotected(setting).await,
            Kind::Axum07 => peers::unprotected_07(setting).await,
            Kind::EmptyMiddleware => middleware::empty(setting).await,
            Kind::BareSignature => middleware::bare_signature(setting).await,
            Kind::Bearward => bearward::axum::serve(setting).await,
            Kind::JwtAuthorizer => peers::jwt_authorizer(setting).await,
            Kind::TowerOauth2ResourceServer => peers::tower_oauth2(setting).await,
            Kind::HuskarlAxum => peers::huskarl(setting).await,
            Kind::OauthResourceServer => peers::oauth_resource_server(setting).await,
            Kind::Actix => peers::unprotected_actix(setting).await,
            Kind::BearwardActix => bearward::actix::serve(setting).await,
            Kind::Tonic => peers::unprotected_tonic(setting).await,
            Kind::BearwardTonic => bearward::tonic::serve(setting).await,
        }
    })
}
