//! Connections that become something else, as `rocket_ws` makes WebSockets of them.

use std::io;
use std::pin::Pin;

use bearward_rocket::requirement::scope;
use bearward_rocket::{Authorized, Protect};
use rocket::data::{IoHandler, IoStream};
use rocket::response::{self, Responder};
use rocket::{Request, Response, get, routes};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::scene::{Scene, scene};

/// Greets by the new protocol, and hangs up.
struct Greeting(String);

#[rocket::async_trait]
impl IoHandler for Greeting {
    async fn io(self: Pin<Box<Self>>, mut io: IoStream) -> io::Result<()> {
        io.write_all(self.0.as_bytes()).await?;
        io.shutdown().await
    }
}

impl<'r> Responder<'r, 'r> for Greeting {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'r> {
        Response::build().upgrade("websocket", self).ok()
    }
}

#[get("/socket")]
fn socket(token: Option<Authorized>) -> Greeting {
    let name = token.as_ref().and_then(|token| token.subject()).unwrap_or("stranger");
    Greeting(format!("hello, {name}"))
}

/// All that comes back for a handshake.
async fn shake_hands(scene: &Scene, path: &str, token: Option<&str>) -> String {
    let address = scene.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let credential = token.map_or_else(String::new, |token| format!("Authorization: Bearer {token}\r\n"));
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{credential}\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_handshake_is_no_upgrade() {
    let scene = scene(|rocket, api| {
        rocket
            .mount("/protected", api.protect(routes![socket]))
            .mount("/optional", api.optional(routes![socket]))
            .mount("/scoped", api.require(scope("chat"), routes![socket]).unwrap())
    })
    .await;
    let (token, expired) = (scene.mint().sign(), scene.mint().expires_in(-60).sign());
    for (path, token, status, code) in [
        ("/protected/socket", None, "401 Unauthorized", "credential_missing"),
        ("/protected/socket", Some("x.y.z"), "401 Unauthorized", "token_malformed"),
        ("/optional/socket", Some(expired.as_str()), "401 Unauthorized", "token_expired"),
        ("/scoped/socket", Some(&token), "403 Forbidden", "insufficient_scope"),
    ] {
        let answer = shake_hands(&scene, path, token).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{path}: {answer}");
        assert!(answer.contains(&format!("\r\nfailure-code: {code}\r\n")), "{path}: {answer}");
        assert!(answer.contains("\r\nwww-authenticate: Bearer realm="), "{path}: {answer}");
        assert!(!answer.contains("hello, "), "{path}: {answer}");
    }
    for (path, token, name) in
        [("/protected/socket", Some(token.as_str()), "test-client"), ("/optional/socket", None, "stranger")]
    {
        let answer = shake_hands(&scene, path, token).await;
        assert!(answer.starts_with("HTTP/1.1 101 Switching Protocols\r\n"), "{path}: {answer}");
        assert!(answer.ends_with(&format!("\r\n\r\nhello, {name}")), "{path}: {answer}");
    }
}
