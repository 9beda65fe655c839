//! Who takes part.

use std::ffi::OsString;

use anyhow::{Context as _, Result};
use clap::ValueEnum as _;

use super::protocol::Protocol;
use super::subject::{Door, Subject};
use crate::bearward;
use crate::server::Kind;

const AXUM_08: &str = "axum 0.8, unprotected";
const AXUM_07: &str = "axum 0.7, unprotected";
/// The limit with every token new: it looks for no key and at no claim.
pub(crate) const BARE_SIGNATURE: &str = "axum 0.8 + bare signature";

/// Frameworks beside axum: the names of the unprotected server, and of the one with Bearward.
pub(crate) const BESIDE_AXUM: [[&str; 2]; 2] = [ACTIX, TONIC];
const ACTIX: [&str; 2] = ["actix-web 4, unprotected", "actix-web 4, Bearward"];
const TONIC: [&str; 2] = ["tonic 0.14, unprotected", "tonic 0.14, Bearward"];

/// The servers of frameworks beside axum.
pub(super) fn subjects_beside_axum() -> Result<Vec<Subject>> {
    let [actix, protected_actix] = ACTIX;
    let [tonic, protected_tonic] = TONIC;
    Ok(vec![
        own(actix, actix, Kind::Actix)?,
        own(protected_actix, actix, Kind::BearwardActix)?,
        own(tonic, tonic, Kind::Tonic)?,
        own(protected_tonic, tonic, Kind::BearwardTonic)?,
    ])
}

/// All servers of axum, the unprotected ones first.
pub(crate) fn subjects() -> Result<Vec<Subject>> {
    Ok(vec![
        own(AXUM_08, AXUM_08, Kind::Axum08)?,
        own(AXUM_07, AXUM_07, Kind::Axum07)?,
        own("axum 0.8 + empty middleware", AXUM_08, Kind::EmptyMiddleware)?,
        own(BARE_SIGNATURE, AXUM_08, Kind::BareSignature)?,
        own(bearward::NAME, AXUM_08, Kind::Bearward)?,
        own("jwt-authorizer", AXUM_07, Kind::JwtAuthorizer)?,
        own("tower-oauth2-resource-server", AXUM_08, Kind::TowerOauth2ResourceServer)?,
        own("huskarl-axum", AXUM_08, Kind::HuskarlAxum)?,
        own("oauth-resource-server", AXUM_08, Kind::OauthResourceServer)?,
    ])
}

/// A server that this same program runs as.
fn own(name: &'static str, baseline: &'static str, kind: Kind) -> Result<Subject> {
    let program = std::env::current_exe().context("where is this program?")?;
    let value = kind.to_possible_value().context("a kind without a name")?;
    let words = ["serve", value.get_name(), "--port", "{port}"];
    let words =
        words.into_iter().chain(["--issuer", "{issuer}", "--audience", "{audience}", "--key", "{key}"]);
    let command = std::iter::once(program.into()).chain(words.map(OsString::from)).collect();
    let door = match kind {
        Kind::Axum08 | Kind::Axum07 | Kind::EmptyMiddleware | Kind::Actix | Kind::Tonic => Door::Open,
        Kind::BareSignature => Door::Signature,
        _ => Door::Guarded,
    };
    let protocol = match kind {
        Kind::Tonic | Kind::BearwardTonic => Protocol::Grpc,
        _ => Protocol::Http1,
    };
    Ok(Subject { name, baseline, door, protocol, command, stall: None })
}
