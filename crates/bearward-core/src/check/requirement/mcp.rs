//! The operations of the Model Context Protocol, known by the headers of a request (revision 2026-07-28, SEP-2243).
//!
//! 1. Each `POST` names its JSON-RPC method in `Mcp-Method`, and in `Mcp-Name` the tool, the prompt or the URI of the
//!    resource that it is about.
//! 2. Names that a header cannot hold are in base64: `=?base64?…?=`, of UTF-8.
//! 3. `MCP-Protocol-Version` must name this revision or a later one. A server of an earlier one does not compare the headers
//!    with the body, so a client could name one tool and call another.
//! 4. A request that breaks one of these is answered 400, and matches no operation.
//!
//! Does not check: the body. The server that reads it compares the headers with it, as the revision prescribes; where it does
//! not, [`check_body`] does.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;

use super::operation_builder::OperationBuilder;
use super::{AuthorizationError, RequestFacts};
use crate::request::forwarded::single;
use crate::wire::json::{Json, Object};

/// The first revision whose servers compare the headers with the body.
const REVISION: &str = "2026-07-28";

/// The headers that name an operation: the revision, the method, the name.
pub const HEADERS: [&str; 3] = ["mcp-protocol-version", "mcp-method", "mcp-name"];

const PREFIX: &str = "=?base64?";
const SUFFIX: &str = "?=";

/// The methods that are about something with a name, and the parameter that has it.
const NAMED: [(&str, &str); 3] = [("tools/call", "name"), ("prompts/get", "name"), ("resources/read", "uri")];

/// The call of this tool.
pub fn tool(name: impl Into<String>) -> OperationBuilder {
    OperationBuilder::of_mcp("tools/call", Some(name.into()))
}

/// The reading of this prompt.
pub fn prompt(name: impl Into<String>) -> OperationBuilder {
    OperationBuilder::of_mcp("prompts/get", Some(name.into()))
}

/// The reading of the resource of this URI.
pub fn resource(uri: impl Into<String>) -> OperationBuilder {
    OperationBuilder::of_mcp("resources/read", Some(uri.into()))
}

/// Each request of this JSON-RPC method, such as `tools/list`, with any parameters.
pub fn method(method: impl Into<String>) -> OperationBuilder {
    OperationBuilder::of_mcp(method, None)
}

/// Checks that the body of a request is about what its headers name: for servers that do not do so themselves, before they
/// act on the body. A body of several messages is about nothing in particular.
///
/// # Errors
/// [`AuthorizationError::MalformedOperation`], which is answered 400.
pub fn check_body(headers: &HeaderMap, body: &[u8]) -> Result<(), AuthorizationError> {
    let facts = Headers(headers);
    let call = Call::of(&facts)?;
    let body = std::str::from_utf8(body).map_err(|_| AuthorizationError::MalformedOperation)?;
    let body = Object::parse(body).map_err(|_| AuthorizationError::MalformedOperation)?;
    let parameter = NAMED.iter().find(|(method, _)| call.method == *method).map(|(_, parameter)| *parameter);
    let is_same_name = match parameter {
        None => true,
        Some(parameter) => {
            let name = match body.get("params") {
                Some(Json::Object(parameters)) => parameters.string(parameter),
                _ => None,
            };
            name == Some(call.name()?)
        }
    };
    match body.string("method") == Some(&*call.method) && is_same_name {
        true => Ok(()),
        false => Err(AuthorizationError::MalformedOperation),
    }
}

/// What the headers of a request name.
#[derive(Debug)]
pub(super) struct Call<'f> {
    pub(super) method: Cow<'f, str>,
    name: Option<Cow<'f, str>>,
}

impl<'f> Call<'f> {
    pub(super) fn of(facts: &'f dyn RequestFacts) -> Result<Self, AuthorizationError> {
        let [version, method, name] = HEADERS.map(|name| facts.header(name));
        if !version.is_some_and(|version| is_date(&version) && *version >= *REVISION) {
            return Err(AuthorizationError::MalformedOperation);
        }
        let method = method.and_then(decoded).ok_or(AuthorizationError::MalformedOperation)?;
        Ok(Self { method, name: name.and_then(decoded) })
    }

    /// The name that the method is about. Absent, repeated or unreadable, it says nothing.
    pub(super) fn name(&self) -> Result<&str, AuthorizationError> {
        self.name.as_deref().ok_or(AuthorizationError::MalformedOperation)
    }
}

/// The decoded value; `None` for one that cannot be decoded or is empty.
fn decoded(value: Cow<'_, str>) -> Option<Cow<'_, str>> {
    let Some(encoded) = value.strip_prefix(PREFIX) else {
        return (!value.is_empty()).then_some(value);
    };
    let bytes = STANDARD.decode(encoded.strip_suffix(SUFFIX)?).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    (!text.is_empty()).then_some(Cow::Owned(text))
}

/// Revisions are dates, which are in the order of their texts.
fn is_date(text: &str) -> bool {
    text.len() == REVISION.len()
        && text.bytes().zip(REVISION.bytes()).all(|(byte, form)| match form {
            b'-' => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

struct Headers<'h>(&'h HeaderMap);

impl RequestFacts for Headers<'_> {
    fn path_parameter(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }

    fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        single(self.0, name).ok().flatten().map(Cow::Borrowed)
    }

    fn host(&self) -> Option<Cow<'_, str>> {
        None
    }
}
