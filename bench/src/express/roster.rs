//! Who takes part.

use std::ffi::OsString;

use super::packages::SERVERS;
use crate::bearward;
use crate::http::{Door, Subject};

const UNPROTECTED: &str = "Express 5, unprotected";

/// All Express servers, the unprotected one first.
pub(super) fn subjects() -> Vec<Subject> {
    let open = [(UNPROTECTED, "none"), ("Express 5, an empty middleware", "empty")];
    let guarded = [
        (bearward::NAME, "bearward"),
        ("Bearward, claims read", "bearward-claims"),
        ("express-oauth2-jwt-bearer", "express-oauth2-jwt-bearer"),
        ("express-oauth-jwt", "express-oauth-jwt"),
        ("jose by hand", "jose"),
        ("fast-jwt", "fast-jwt"),
        ("fast-jwt with its cache", "fast-jwt-cached"),
    ];
    let open = open.map(|(name, protection)| server(name, protection, Door::Open));
    open.into_iter()
        .chain(guarded.map(|(name, protection)| server(name, protection, Door::Guarded)))
        .collect()
}

fn server(name: &'static str, protection: &str, door: Door) -> Subject {
    let program = format!("{SERVERS}/server.mjs");
    let words = ["node", "--expose-gc", &program, protection, "--port", "{port}"];
    let words = words.into_iter().chain(["--issuer", "{issuer}", "--audience", "{audience}"]);
    let command = words.map(OsString::from).collect();
    Subject { name, baseline: UNPROTECTED, door, command, stall: Some("/stall") }
}
