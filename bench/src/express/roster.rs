//! Who takes part.

use std::ffi::OsString;

use super::packages::SERVERS;
use crate::bearward;
use crate::http::Subject;

const UNPROTECTED: &str = "Express 5, unprotected";

/// All Express servers, the unprotected one first.
pub(super) fn subjects() -> Vec<Subject> {
    [
        (UNPROTECTED, "none"),
        (bearward::NAME, "bearward"),
        ("Bearward, claims read", "bearward-claims"),
        ("express-oauth2-jwt-bearer", "express-oauth2-jwt-bearer"),
        ("express-oauth-jwt", "express-oauth-jwt"),
        ("jose by hand", "jose"),
        ("fast-jwt", "fast-jwt"),
        ("fast-jwt with its cache", "fast-jwt-cached"),
    ]
    .map(|(name, protection)| server(name, protection))
    .into()
}

fn server(name: &'static str, protection: &str) -> Subject {
    let program = format!("{SERVERS}/server.mjs");
    let words = ["node", "--expose-gc", &program, protection, "--port", "{port}"];
    let words = words.into_iter().chain(["--issuer", "{issuer}", "--audience", "{audience}"]);
    let command = words.map(OsString::from).collect();
    Subject { name, baseline: UNPROTECTED, command, stall: Some("/stall") }
}
