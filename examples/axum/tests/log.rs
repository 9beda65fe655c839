//! What a request writes to the log.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use served::Served;

#[path = "orders/served.rs"]
#[allow(dead_code, reason = "the other tests use the rest")]
mod served;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_request_writes_its_route_and_its_refusal_and_no_token_to_the_log() {
    let lines = Lines::default();
    let writer = lines.clone();
    let log = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    // For the whole process, which is why this test is alone in its file.
    tracing::subscriber::set_global_default(log).unwrap();
    let api = Served::start().await;
    let token = api.customer("ada-7f3", "orders:read");
    api.get("/orders/4711?note=secret").bearer_auth(&token).send().await.unwrap();
    api.post("/orders").bearer_auth(&token).send().await.unwrap();
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let requests: Vec<&str> = text.lines().filter(|line| line.contains("milliseconds=")).collect();
    assert_eq!(requests.len(), 2, "{text}");
    assert!(requests[0].contains("route=\"/orders/{id}\" status=404"), "{text}");
    assert!(requests[1].contains("route=\"/orders\" status=403 code=\"insufficient_scope\""), "{text}");
    for secret in [&token, "4711", "secret", "ada-7f3"] {
        assert!(!text.contains(secret), "{secret} is in the log:\n{text}");
    }
}
