//! A WebSocket that is closed when the token expires.

use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::response::Response;
use bearward_axum::{Authorized, ResourceServer};
use futures_util::stream::{Stream, StreamExt as _};
use tokio::time::timeout;

use crate::Connections;
use crate::connections::End;
use crate::owner::Owner;
use crate::problem::Problem;
use crate::store::{Order, Orders};

/// The longest message that a client may send, in bytes.
const MAX_MESSAGE: usize = 4 << 10;

/// So long a client has to take the frame that closes the connection.
const CLOSING: Duration = Duration::from_secs(5);

/// The orders that the caller places from now on, as messages. In a page: `new WebSocket(url, ['bearer', token])`.
#[utoipa::path(
    get, path = "/orders/socket",
    security(("subprotocol" = ["orders:read"])),
    responses((status = 101, description = "The connection is a WebSocket now")),
)]
pub(crate) async fn socket(
    State(orders): State<Orders>,
    State(connections): State<Connections>,
    State(api): State<ResourceServer>,
    Authorized(token): Authorized,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Problem> {
    let news = orders.news(Owner::of(&token)?);
    let end = connections.end_of(&token, &api);
    let talk = move |mut socket: WebSocket| async move {
        let end = tokio::select! {
            () = send_all(&mut socket, news) => return,
            end = end => end,
        };
        let frame = Message::Close(Some(close_frame(end)));
        // A client that takes nothing any more is left.
        let _ = timeout(CLOSING, socket.send(frame)).await;
    };
    // The server has to choose one of the subprotocols that the page offers, and never the token.
    let upgrade = upgrade.protocols(["bearer"]).max_message_size(MAX_MESSAGE);
    Ok(upgrade.on_upgrade(move |socket| connections.follow(talk(socket))))
}

/// Sends each order until the client is gone. What the client says means nothing here, but it has to be read: pings and the end
/// of the connection are in there.
async fn send_all(socket: &mut WebSocket, news: impl Stream<Item = Order>) {
    let mut news = std::pin::pin!(news);
    loop {
        tokio::select! {
            order = news.next() => {
                let Some(Ok(text)) = order.map(|order| serde_json::to_string(&order)) else { return };
                if socket.send(Message::Text(text.into())).await.is_err() {
                    return;
                }
            }
            message = socket.recv() => {
                if !matches!(message, Some(Ok(_))) {
                    return;
                }
            }
        }
    }
}

/// The codes of RFC 6455 §7.4.1.
fn close_frame(end: End) -> CloseFrame {
    match end {
        End::TokenExpired => CloseFrame { code: close_code::POLICY, reason: "expired".into() },
        End::ServerStops => CloseFrame { code: close_code::AWAY, reason: "the server stops".into() },
    }
}
