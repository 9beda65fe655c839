//! JSON-RPC 2.0, as far as MCP uses it.

use serde::Deserialize;
use serde_json::{Value, json};

/// What a client sent.
pub(crate) enum Message {
    Call(Call),
    /// Something that wants no answer.
    Other,
}

/// A method that is to be answered.
pub(crate) struct Call {
    pub(crate) id: Value,
    pub(crate) method: String,
    pub(crate) params: Value,
}

/// Why a call has no result.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    code: i32,
    message: &'static str,
}

#[derive(Deserialize)]
struct Envelope {
    jsonrpc: String,
    #[serde(default)]
    id: Option<Value>,
    #[serde(default)]
    method: Option<String>,
    #[serde(default)]
    params: Value,
}

impl Message {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Fault> {
        let message: Value = serde_json::from_slice(body).map_err(|_| Fault::PARSE)?;
        let Envelope { jsonrpc, id, method, params } =
            serde_json::from_value(message).map_err(|_| Fault::INVALID_REQUEST)?;
        match (id, method) {
            _ if jsonrpc != "2.0" => Err(Fault::INVALID_REQUEST),
            (Some(id @ (Value::String(_) | Value::Number(_))), Some(method)) => {
                Ok(Self::Call(Call { id, method, params }))
            }
            (Some(_), Some(_)) => Err(Fault::INVALID_REQUEST),
            _ => Ok(Self::Other),
        }
    }
}

impl Fault {
    pub(crate) const PARSE: Self = Self { code: -32700, message: "not JSON" };
    pub(crate) const INVALID_REQUEST: Self = Self { code: -32600, message: "not a request" };
    pub(crate) const METHOD_NOT_FOUND: Self = Self { code: -32601, message: "no such method" };
    pub(crate) const INVALID_PARAMS: Self =
        Self { code: -32602, message: "no such tool, or not its arguments" };

    /// What the headers say of the call differs from the call.
    pub(crate) const HEADER_MISMATCH: Self = Self { code: -32020, message: "headers and body differ" };
    pub(crate) const UNKNOWN_REVISION: Self =
        Self { code: -32022, message: "this revision of MCP is not spoken here" };

    pub(crate) fn reply(self, id: Value) -> Value {
        json!({ "jsonrpc": "2.0", "id": id, "error": { "code": self.code, "message": self.message } })
    }
}
