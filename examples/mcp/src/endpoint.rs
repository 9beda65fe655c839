//! The endpoint of the Streamable HTTP transport: one request in, one JSON answer out. It keeps no sessions and
//! opens no streams, which the transport leaves to the server.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bearward_axum::{AccessToken, Failure, ResourceServer};
use serde_json::{Value, json};

use crate::rpc::{Call, Fault, Message};
use crate::tools::{Toolbox, Unanswered};

/// The revisions of the protocol that this server speaks, the newest first.
const REVISIONS: [&str; 3] = ["2025-11-25", "2025-06-18", "2025-03-26"];

#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) api: ResourceServer,
    pub(crate) tools: Arc<Toolbox>,
}

pub(crate) async fn receive(
    State(server): State<Server>,
    token: AccessToken,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let revision = headers.get("mcp-protocol-version").map(|revision| revision.as_bytes());
    if revision.is_some_and(|revision| !REVISIONS.iter().any(|own| own.as_bytes() == revision)) {
        return (StatusCode::BAD_REQUEST, "this revision of MCP is not spoken here").into_response();
    }
    let call = match Message::parse(&body) {
        Ok(Message::Call(call)) => call,
        // Notifications, and answers to calls that this server never makes.
        Ok(Message::Other) => return StatusCode::ACCEPTED.into_response(),
        Err(fault) => return (StatusCode::BAD_REQUEST, Json(fault.reply(Value::Null))).into_response(),
    };
    match server.answer(&call, &token) {
        Ok(result) => Json(json!({ "jsonrpc": "2.0", "id": call.id, "result": result })).into_response(),
        Err(Unanswered::Fault(fault)) => Json(fault.reply(call.id)).into_response(),
        Err(Unanswered::Refused(failure)) => server.refuse(&failure, &headers),
    }
}

impl Server {
    fn answer(&self, call: &Call, token: &AccessToken) -> Result<Value, Unanswered> {
        match call.method.as_str() {
            "initialize" => Ok(initialize(&call.params)),
            "ping" => Ok(json!({})),
            "tools/list" => Ok(self.tools.list()),
            "tools/call" => self.tools.call(&call.params, token, self.api.now().date()),
            _ => Err(Fault::METHOD_NOT_FOUND.into()),
        }
    }

    /// Answers as Bearward's own layer would: 403, and in the challenge the scope to ask for.
    fn refuse(&self, failure: &Failure, headers: &HeaderMap) -> Response {
        bearward_axum::log_failure(failure);
        let answer = self.api.answer_to(failure, headers);
        (answer.status, answer.headers, answer.body).into_response()
    }
}

/// Speaks the client's revision if it can, else its own newest.
fn initialize(params: &Value) -> Value {
    let revision = REVISIONS.into_iter().find(|own| params["protocolVersion"] == *own);
    json!({
        "protocolVersion": revision.unwrap_or(REVISIONS[0]),
        "capabilities": { "tools": {} },
        "serverInfo": { "name": "notes", "version": env!("CARGO_PKG_VERSION") },
    })
}

/// The transport has servers look at `Origin`, so that no page in a browser can reach one on its reader's machine.
/// This one is for programs, so it answers no page at all.
pub(crate) async fn refuse_pages(request: Request, next: Next) -> Response {
    match request.headers().contains_key(header::ORIGIN) {
        true => StatusCode::FORBIDDEN.into_response(),
        false => next.run(request).await,
    }
}
