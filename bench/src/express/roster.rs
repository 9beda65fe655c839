//! Who takes part.

use std::ffi::OsString;

use super::SERVERS;
use crate::bearward;
use crate::http::{Door, Protocol, Subject};

const UNPROTECTED: &str = "Express 5, unprotected";
/// What any protection costs at least, whatever it does.
pub(crate) const EMPTY_MIDDLEWARE: &str = "Express 5 + empty middleware";
/// The limit with every token new: it looks for no key and at no claim.
pub(crate) const BARE_SIGNATURE: &str = "Express 5 + bare signature";
pub(crate) const CLAIMS_READ: &str = "Bearward, claims read";
/// The peer that gives every request the same claims.
pub(crate) const CACHED_PEER: &str = "fast-jwt with its cache";

/// All Express servers, the unprotected one first.
pub(super) fn subjects() -> Vec<Subject> {
    let servers = [
        (UNPROTECTED, "none", Door::Open),
        (EMPTY_MIDDLEWARE, "empty", Door::Open),
        (BARE_SIGNATURE, "bare-signature", Door::Signature),
        (bearward::NAME, "bearward", Door::Guarded),
        (CLAIMS_READ, "bearward-claims", Door::Guarded),
        ("express-oauth2-jwt-bearer", "express-oauth2-jwt-bearer", Door::Guarded),
        ("express-oauth-jwt", "express-oauth-jwt", Door::Guarded),
        ("jose by hand", "jose", Door::Guarded),
        ("fast-jwt", "fast-jwt", Door::Guarded),
        (CACHED_PEER, "fast-jwt-cached", Door::Guarded),
    ];
    servers.map(|(name, protection, door)| server(name, protection, door)).into()
}

fn server(name: &'static str, protection: &str, door: Door) -> Subject {
    let program = format!("{SERVERS}/server.mjs");
    let words = ["node", "--expose-gc", &program, protection, "--port", "{port}"];
    let words =
        words.into_iter().chain(["--issuer", "{issuer}", "--audience", "{audience}", "--key", "{key}"]);
    let command = words.map(OsString::from).collect();
    Subject { name, baseline: UNPROTECTED, door, protocol: Protocol::Http1, command, stall: Some("/stall") }
}
