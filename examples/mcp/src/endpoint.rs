//! The endpoint of the Streamable HTTP transport: one request in, one JSON answer out. It keeps no sessions and
//! opens no streams, which the transport leaves to the server.
//!
//! `MCP-Protocol-Version` decides how a request is read. The revisions up to 2025-11-25 begin with `initialize`; in
//! 2026-07-28 each request stands for itself ([`stateless`](crate::stateless)).

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bearward_axum::{AccessToken, Authorized, Failure};
use serde_json::{Value, json};

use crate::rpc::{Call, Fault, Message};
use crate::server::{Server, server_info};
use crate::stateless;
use crate::tools::Unanswered;

/// The revisions of the protocol with a handshake that this server speaks, the newest first.
const REVISIONS: [&str; 3] = ["2025-11-25", "2025-06-18", "2025-03-26"];

pub(crate) async fn receive(
    State(server): State<Server>,
    Authorized(token): Authorized,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let call = match Message::parse(&body) {
        Ok(Message::Call(call)) => call,
        // Notifications, and answers to calls that this server never makes.
        Ok(Message::Other) => return StatusCode::ACCEPTED.into_response(),
        Err(fault) => return (StatusCode::BAD_REQUEST, Json(fault.reply(Value::Null))).into_response(),
    };
    // Without the header it is 2025-03-26, which had none yet.
    let revision = headers.get("mcp-protocol-version").map_or(Ok(REVISIONS[2]), HeaderValue::to_str);
    let (result, status_of): (_, fn(Fault) -> StatusCode) = match revision {
        Ok(stateless::REVISION) => (stateless::answer(&server, &call, &token, &headers), stateless::status),
        Ok(revision) if REVISIONS.contains(&revision) => (server.answer(&call, &token), |_| StatusCode::OK),
        revision => {
            let mut reply = Fault::UNKNOWN_REVISION.reply(call.id);
            let supported: Vec<_> = [stateless::REVISION].into_iter().chain(REVISIONS).collect();
            reply["error"]["data"] =
                json!({ "supported": supported, "requested": revision.unwrap_or_default() });
            return (StatusCode::BAD_REQUEST, Json(reply)).into_response();
        }
    };
    match result {
        Ok(result) => Json(json!({ "jsonrpc": "2.0", "id": call.id, "result": result })).into_response(),
        Err(Unanswered::Fault(fault)) => (status_of(fault), Json(fault.reply(call.id))).into_response(),
        Err(Unanswered::Refused(failure)) => server.refuse(failure, &token),
    }
}

impl Server {
    /// Answers in one of the revisions with a handshake.
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
    fn refuse(&self, failure: Failure, token: &AccessToken) -> Response {
        let answer = self.api.refuse(failure, token.scheme()).answer();
        (answer.status, answer.headers, answer.body).into_response()
    }
}

/// Speaks the client's revision if it can, else its own newest with a handshake.
fn initialize(params: &Value) -> Value {
    let revision = REVISIONS.into_iter().find(|own| params["protocolVersion"] == *own);
    json!({
        "protocolVersion": revision.unwrap_or(REVISIONS[0]),
        "capabilities": { "tools": {} },
        "serverInfo": server_info(),
    })
}

/// The transport has servers look at `Origin`, so that no page in a browser can reach one on its user's machine.
/// Programs send none; a page of an origin that is not named is refused, whatever it asks.
pub(crate) async fn refuse_other_pages(
    State(origins): State<Arc<[HeaderValue]>>,
    request: Request,
    next: Next,
) -> Response {
    match request.headers().get_all(header::ORIGIN).iter().all(|origin| origins.contains(origin)) {
        true => next.run(request).await,
        false => StatusCode::FORBIDDEN.into_response(),
    }
}
