//! Requirements of the routes that take more than a line.

use bearward_core::requirement::{
    Requirement, all_scopes, authorization_details, mcp, operation, operations, scope,
};

/// One payment of an account, as an authorization server grants it (RFC 9396).
pub(crate) fn payment() -> Requirement {
    authorization_details("payment_initiation")
        .actions(["initiate"])
        .locations(["https://api.example.com/payments"])
        .member("currency", "EUR")
        .granted()
}

/// Reports by their path: some need more than others.
pub(crate) fn reports() -> Requirement {
    let yearly = || operation().path("/api/reports/yearly");
    let salaries = operation().method("GET").path("/api/reports/salaries");
    operations([
        yearly().method("GET").requires(scope("reports:read")),
        yearly().method("HEAD").any_token(),
        salaries.requires(all_scopes(["reports:read", "reports:salaries"])),
    ])
}

/// The tools of an MCP server, by the headers of a request.
pub(crate) fn tools() -> Requirement {
    operations([
        mcp::tool("read_file").requires(scope("files:read")),
        mcp::tool("delete_file").requires(all_scopes(["files:write", "files:delete"])),
        mcp::resource("file:///Grüße").requires(scope("files:read")),
        mcp::method("tools/list").any_token(),
    ])
}
