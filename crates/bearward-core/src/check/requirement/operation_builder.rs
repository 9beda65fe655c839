//! The functions that operations are written with.

use super::data::{Operation, Requirement};

/// An operation that waits for its requirement.
#[derive(Debug, Clone, Default)]
#[must_use = "say what the operation requires"]
pub struct OperationBuilder {
    method: Option<String>,
    path: Option<String>,
    mcp_method: Option<String>,
    mcp_name: Option<String>,
}

/// Requires of each request what the operation requires that it is; one that is none of these is refused.
///
/// ```
/// use bearward_core::requirement::{mcp, operation, operations, scope};
///
/// let tools = operations([
///     mcp::tool("read_file").requires(scope("files:read")),
///     mcp::tool("delete_file").requires(scope("files:write")),
///     mcp::method("tools/list").any_token(),
///     operation().method("GET").requires(scope("files:read")),
/// ]);
/// # assert!(tools.check().is_ok());
/// ```
pub fn operations(operations: impl IntoIterator<Item = Operation>) -> Requirement {
    Requirement::Operations(operations.into_iter().collect())
}

/// Starts an operation that is known by its method or path, or both.
pub fn operation() -> OperationBuilder {
    OperationBuilder::default()
}

impl OperationBuilder {
    pub(super) fn of_mcp(method: impl Into<String>, name: Option<String>) -> Self {
        Self { mcp_method: Some(method.into()), mcp_name: name, ..Self::default() }
    }

    /// The request's method, in its case.
    pub fn method(self, method: impl Into<String>) -> Self {
        Self { method: Some(method.into()), ..self }
    }

    /// The path of the request, as the client sends it: percent-encoded, without the query.
    pub fn path(self, path: impl Into<String>) -> Self {
        Self { path: Some(path.into()), ..self }
    }

    /// What it requires.
    #[must_use]
    pub fn requires(self, requirement: Requirement) -> Operation {
        self.with(Some(Box::new(requirement)))
    }

    /// It requires nothing beyond a valid token.
    #[must_use]
    pub fn any_token(self) -> Operation {
        self.with(None)
    }

    fn with(self, requires: Option<Box<Requirement>>) -> Operation {
        let Self { method, path, mcp_method, mcp_name } = self;
        Operation { method, path, mcp_method, mcp_name, any_token: requires.is_none(), requires }
    }
}
