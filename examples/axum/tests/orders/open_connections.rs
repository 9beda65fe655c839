//! Streams and WebSockets end with their token, and with the server.

use reqwest::Response;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use futures_util::StreamExt as _;

use crate::served::{AUDIENCE, Served, soon};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

impl Served {
    /// A token that is good for two seconds. Where this machine is slower, the connection ends at once.
    fn short_lived(&self) -> String {
        self.customers.mint().audience(AUDIENCE).subject("ada").scope("orders:read").expires_in(2).sign()
    }

    async fn events(&self, token: &str) -> Response {
        let answer = self.get("/orders/events").bearer_auth(token).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer
    }

    /// What a page does: `new WebSocket(url, subprotocols)`.
    async fn socket(&self, subprotocols: &str) -> Result<Socket, Error> {
        let mut request = format!("ws://{}/orders/socket", self.address).into_client_request()?;
        request.headers_mut().insert("sec-websocket-protocol", subprotocols.parse().unwrap());
        let (socket, answer) = connect_async(request).await?;
        assert_eq!(answer.headers()["sec-websocket-protocol"], "bearer", "and never the token");
        Ok(socket)
    }
}

/// The next event of a stream; `None` at its end. Comments keep the connection alive.
async fn next_event(events: &mut Response) -> Option<String> {
    loop {
        let chunk = soon(events.chunk()).await.unwrap()?;
        let text = String::from_utf8(chunk.to_vec()).unwrap();
        if !text.starts_with(':') {
            return Some(text);
        }
    }
}

async fn next_message(socket: &mut Socket) -> Message {
    loop {
        match soon(socket.next()).await.unwrap().unwrap() {
            Message::Ping(_) | Message::Pong(_) => {}
            message => return message,
        }
    }
}

fn closed_by(message: &Message) -> (CloseCode, String) {
    let Message::Close(Some(CloseFrame { code, reason })) = message else { panic!("{message:?}") };
    (*code, reason.to_string())
}

#[tokio::test]
async fn events_end_when_the_token_expires_and_no_others_do() {
    let api = Served::start().await;
    let ada = api.customer("ada", "orders:write");
    let mut lasting = api.events(&ada).await;
    let mut ending = api.events(&api.short_lived()).await;
    assert_eq!(next_event(&mut ending).await, None);
    api.place(&api.customer("bob", "orders:write"), "salmon").await;
    api.place(&ada, "honey").await;
    let event = next_event(&mut lasting).await.unwrap();
    assert_eq!(event, "event: order\ndata: {\"id\":2,\"item\":\"honey\"}\n\n", "and nothing of another's");
}

#[tokio::test]
async fn a_web_socket_is_closed_when_its_token_expires_and_no_others_are() {
    let api = Served::start().await;
    let ada = api.customer("ada", "orders:write");
    let mut lasting = api.socket(&format!("bearer, {ada}")).await.unwrap();
    let mut ending = api.socket(&format!("bearer, {}", api.short_lived())).await.unwrap();
    let end = next_message(&mut ending).await;
    assert_eq!(closed_by(&end), (CloseCode::Policy, "expired".to_owned()));
    api.place(&api.customer("bob", "orders:write"), "salmon").await;
    api.place(&ada, "honey").await;
    let message: Value = serde_json::from_str(next_message(&mut lasting).await.to_text().unwrap()).unwrap();
    assert_eq!(message, json!({ "id": 2, "item": "honey" }));
}

#[tokio::test]
async fn a_handshake_needs_the_token_in_the_subprotocol() {
    let api = Served::start().await;
    let (ada, no_scope) = (api.customer("ada", "orders:read"), api.customer("ada", ""));
    for (subprotocols, expected) in [
        ("bearer".to_owned(), 400),
        ("json".to_owned(), 401),
        (format!("bearer, {no_scope}"), 403),
        (format!("bearer, {ada}x"), 401),
        (format!("bearer, {ada}, bearer, {ada}"), 400),
    ] {
        let Err(Error::Http(refused)) = api.socket(&subprotocols).await else { panic!("{subprotocols}") };
        assert_eq!(refused.status(), expected, "{subprotocols}");
    }
    // A token in the other place lets nothing in.
    let elsewhere = api.get("/orders/socket").bearer_auth(&ada).send().await.unwrap();
    assert_eq!(elsewhere.status(), 401);
    let elsewhere = api.get("/orders").header("sec-websocket-protocol", format!("bearer, {ada}"));
    assert_eq!(elsewhere.send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn a_server_that_stops_ends_streams_and_web_sockets_and_lets_requests_end() {
    let api = Served::start().await;
    let ada = api.customer("ada", "orders:read");
    let mut events = api.events(&ada).await;
    let mut socket = api.socket(&format!("bearer, {ada}")).await.unwrap();
    api.stop.send(()).unwrap();
    assert_eq!(next_event(&mut events).await, None);
    assert_eq!(closed_by(&next_message(&mut socket).await).0, CloseCode::Away);
    // Reads the end of the connection, so that the client does not hold it open.
    while let Some(Ok(_)) = soon(socket.next()).await {}
    soon(api.running).await.unwrap().unwrap();
}
