//! What each operation of the server needs.

use bearward_axum::Requirement;
use bearward_axum::requirement::{mcp, operations, scope};

/// The scopes of this server: to read notes, and to write them, which includes reading.
pub(crate) const SCOPES: [&str; 2] = ["notes:read", "notes:write"];

/// The operations. A request that is none of them is refused, so a tool that is missing here cannot be called.
pub(crate) fn policy() -> Requirement {
    let [read, write] = SCOPES;
    operations([
        mcp::tool("whoami").any_token(),
        mcp::tool("list_notes").requires(scope(read)),
        mcp::tool("add_note").requires(scope(write)),
        mcp::method("tools/list").any_token(),
        mcp::method("server/discover").any_token(),
        // The handshake of revisions before 2026-07-28, and what belongs to it.
        mcp::method("initialize").any_token(),
        mcp::method("notifications/initialized").any_token(),
        mcp::method("notifications/cancelled").any_token(),
        mcp::method("ping").any_token(),
    ])
}
