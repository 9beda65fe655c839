//! What an API requires operation by operation, where the request says which one it is.
//!
//! 1. An operation is known by the request's method and path, or by the headers in which MCP names it ([`super::mcp`]).
//!    Bodies are not read.
//! 2. Each operation that the request matches must be permitted, in any order. A request that matches no operation is
//!    refused, under `not` as well.
//! 3. Where it cannot be told which operation a request is, it is refused.
//! 4. A path is compared as the client sent it, byte for byte. Another spelling of it is another path, and refused: so
//!    either all operations of a list name a path or no operation does, for a request that only one without a
//!    path matches would be let in under another spelling.

use std::cell::LazyCell;

use super::data::{Operation, Requirement};
use super::mcp::Call;
use super::{AuthorizationError, Denial, RequestFacts, RequirementError};

/// What an operation asks of a request to know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OperationFacts {
    /// Its method.
    pub method: bool,
    /// Its path.
    pub path: bool,
    /// The headers of [`mcp::HEADERS`](super::mcp::HEADERS).
    pub mcp: bool,
}

impl Operation {
    /// What it requires beyond a valid token.
    #[must_use]
    pub fn requirement(&self) -> Option<&Requirement> {
        self.requires.as_deref()
    }

    /// What is asked of a request, for adapters that send facts along.
    #[must_use]
    pub fn facts(&self) -> OperationFacts {
        let mcp = self.mcp_method.is_some();
        OperationFacts { method: self.method.is_some() || mcp, path: self.path.is_some(), mcp }
    }

    pub(super) fn check(&self) -> Result<(), RequirementError> {
        let Self { method, path, mcp_method, mcp_name, requires, any_token } = self;
        if method.is_none() && path.is_none() && mcp_method.is_none() {
            return Err(RequirementError::Operation(
                "names no method, no path and no method of MCP: every request is it",
            ));
        }
        if requires.is_some() == *any_token {
            return Err(RequirementError::Operation(
                "needs either what it requires or any_token, which says that a valid token is enough",
            ));
        }
        if method.as_ref().is_some_and(|method| http::Method::from_bytes(method.as_bytes()).is_err()) {
            return Err(RequirementError::Operation("has a method that is not valid (RFC 9110 §9.1)"));
        }
        if path.as_ref().is_some_and(|path| !path.starts_with('/') || path.contains(['?', '#'])) {
            return Err(RequirementError::Operation(
                "has a path that does not begin with a slash, or a query",
            ));
        }
        if mcp_method.is_some() && method.as_ref().is_some_and(|method| method != "POST") {
            return Err(RequirementError::Operation("is of MCP, whose requests are all POST"));
        }
        if mcp_name.is_some() && mcp_method.is_none() {
            return Err(RequirementError::Operation("has the name of MCP's tool and not its method"));
        }
        for name in [mcp_method, mcp_name].into_iter().flatten() {
            RequirementError::if_nameless("operation", name)?;
        }
        Ok(())
    }

    fn is<'f>(
        &self,
        facts: &dyn RequestFacts,
        call: impl FnOnce() -> Result<&'f Call<'f>, AuthorizationError>,
    ) -> Result<bool, AuthorizationError> {
        let is =
            |own: Option<&str>, wanted: &str| own.map(|own| own == wanted).ok_or(Denial::OperationUnknown);
        let method = self.mcp_method.as_ref().map(|_| "POST").or(self.method.as_deref());
        if let Some(method) = method
            && !is(facts.method(), method)?
        {
            return Ok(false);
        }
        if let Some(path) = &self.path
            && !is(facts.path(), path)?
        {
            return Ok(false);
        }
        let Some(method) = &self.mcp_method else { return Ok(true) };
        let call = call()?;
        match &self.mcp_name {
            _ if call.method != **method => Ok(false),
            None => Ok(true),
            Some(name) => Ok(call.name()? == name),
        }
    }
}

/// The operations that the request is.
pub(super) fn matching<'o>(
    operations: &'o [Operation],
    facts: &dyn RequestFacts,
) -> Result<Vec<&'o Operation>, AuthorizationError> {
    let call = LazyCell::new(|| Call::of(facts));
    let mut found = Vec::new();
    for operation in operations {
        // Only a request that may be a call of MCP has to be one that can be read.
        if operation.is(facts, || call.as_ref().map_err(Clone::clone))? {
            found.push(operation);
        }
    }
    Ok(found)
}

pub(super) fn check_all(operations: &[Operation]) -> Result<(), RequirementError> {
    RequirementError::if_empty("operations", operations)?;
    operations.iter().try_for_each(Operation::check)?;
    let with_path = operations.iter().filter(|operation| operation.path.is_some()).count();
    match with_path == 0 || with_path == operations.len() {
        true => Ok(()),
        false => Err(RequirementError::Operation(
            "has no path beside others that have one: it would let another spelling of their paths in",
        )),
    }
}
