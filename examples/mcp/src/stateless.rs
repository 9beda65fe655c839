//! Revision 2026-07-28: no handshake and no session. Each request says in `_meta` what the client is, and repeats in
//! headers what a proxy may want to know.
//!
//! 1. `_meta` names the revision and the client's capabilities.
//! 2. `MCP-Protocol-Version`, `Mcp-Method` and, for a tool, `Mcp-Name` say what the body says; else a proxy in front
//!    would decide about another call than the one that is made.
//! 3. An error has a status of its own, and each result says that it is complete.

use axum::http::{HeaderMap, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bearward_axum::AccessToken;
use serde_json::{Value, json};

use crate::rpc::{Call, Fault};
use crate::server::{Server, server_info};
use crate::tools::Unanswered;

pub(crate) const REVISION: &str = "2026-07-28";

/// How long a client may keep what is the same for all, in milliseconds.
const KEEP_FOR: u32 = 60_000;

pub(crate) fn answer(
    server: &Server,
    call: &Call,
    token: &AccessToken,
    headers: &HeaderMap,
) -> Result<Value, Unanswered> {
    check(call, headers)?;
    let result = match call.method.as_str() {
        "server/discover" => cacheable(json!({
            "supportedVersions": [REVISION],
            "capabilities": { "tools": {} },
            "_meta": { "io.modelcontextprotocol/serverInfo": server_info() },
        })),
        "tools/list" => cacheable(server.tools.list()),
        "tools/call" => server.tools.call(&call.params, token, server.api.now().date())?,
        _ => return Err(Fault::METHOD_NOT_FOUND.into()),
    };
    Ok(with(result, "resultType", "complete".into()))
}

/// Proxies look at the status alone.
pub(crate) fn status(fault: Fault) -> StatusCode {
    if fault == Fault::METHOD_NOT_FOUND { StatusCode::NOT_FOUND } else { StatusCode::BAD_REQUEST }
}

fn check(call: &Call, headers: &HeaderMap) -> Result<(), Fault> {
    let meta = &call.params["_meta"];
    let revision = meta["io.modelcontextprotocol/protocolVersion"].as_str().ok_or(Fault::INVALID_PARAMS)?;
    if !meta["io.modelcontextprotocol/clientCapabilities"].is_object() {
        return Err(Fault::INVALID_PARAMS);
    }
    let says = |name, expected: &str| header(headers, name).is_some_and(|value| value == expected);
    let of_tool = call.method == "tools/call";
    let name = call.params["name"].as_str().unwrap_or_default();
    match revision == REVISION && says("mcp-method", &call.method) && (!of_tool || says("mcp-name", name)) {
        true => Ok(()),
        false => Err(Fault::HEADER_MISMATCH),
    }
}

/// A header that comes once; text beyond ASCII is in base64 between `=?base64?` and `?=`.
fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let mut values = headers.get_all(name).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let value = value.to_str().ok()?;
    match value.strip_prefix("=?base64?").and_then(|value| value.strip_suffix("?=")) {
        Some(encoded) => String::from_utf8(STANDARD.decode(encoded).ok()?).ok(),
        None => Some(value.to_owned()),
    }
}

/// For the same client alone: another one's token may see other tools.
fn cacheable(result: Value) -> Value {
    with(with(result, "ttlMs", KEEP_FOR.into()), "cacheScope", "private".into())
}

fn with(mut result: Value, name: &str, value: Value) -> Value {
    result[name] = value;
    result
}
