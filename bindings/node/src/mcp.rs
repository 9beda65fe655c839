//! Whether the body of an MCP request is about what its headers name.

use bearward_core::requirement::mcp;
use http::{HeaderMap, HeaderName, HeaderValue};
use napi::Result;
use napi_derive::napi;

use crate::panic_guard::guard;

/// Whether the body, a JSON text, is about the operation that the headers name: names and values by turns. What cannot be
/// read is about nothing.
#[napi]
#[allow(unreachable_pub)] // JavaScript reaches it
pub fn is_body_of_mcp_headers(headers: Vec<String>, body: String) -> Result<bool> {
    guard(|| {
        let mut map = HeaderMap::new();
        for line in headers.chunks_exact(2) {
            let [name, value] = line else { continue };
            let Ok(name) = name.parse::<HeaderName>() else { continue };
            // A value that no header can have still takes its place beside another one.
            map.append(name, HeaderValue::try_from(value).unwrap_or(HeaderValue::from_static("")));
        }
        Ok(mcp::check_body(&map, body.as_bytes()).is_ok())
    })
}
