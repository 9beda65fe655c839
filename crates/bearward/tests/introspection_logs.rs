//! What an operator hears of introspection, and what nobody does. A binary of its own: whether an event is heard is
//! remembered by the process, and tests that do not listen would have a say in it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::io::Write;
use std::sync::{Arc, Mutex};

use bearward::{ClientAuthentication, Given, Introspection, ResourceServerBuilder};
use bearward_issuer::{Algorithm, Endpoint, Fault, Issuer, ProtectedResource, RunningIssuer};
use tracing::Level;
use tracing::subscriber::set_default;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{AUDIENCE, TestClock, present, trusting};

const CLIENT: &str = "orders";
const SECRET: &str = "a secret";

async fn issuer() -> RunningIssuer {
    let api = ProtectedResource::new(CLIENT, SECRET);
    Issuer::builder().algorithms([Algorithm::Es256]).protected_resource(api).start().await.unwrap()
}

fn asking(issuer: &RunningIssuer) -> ResourceServerBuilder<Given, Given> {
    trusting(issuer).introspection(Introspection::new(ClientAuthentication::secret_basic(CLIENT, SECRET)))
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    fn line(&self, part: &str) -> String {
        let text = self.text();
        let line = text.lines().find(|line| line.contains(part));
        line.unwrap_or_else(|| panic!("no {part:?} in:\n{text}")).to_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// What the tasks of this thread log, and thus of this test.
fn listening() -> (Log, tracing::subscriber::DefaultGuard) {
    let log = Log::default();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(Level::TRACE).with_ansi(false).with_writer(log.clone());
    (log.clone(), set_default(subscriber.finish()))
}

#[tokio::test]
async fn the_log_says_what_went_wrong_and_nothing_of_tokens_secrets_or_claims() {
    let (log, _guard) = listening();
    let issuer = issuer().await;
    let clock = TestClock::new();
    let api = asking(&issuer).clock(clock.reader()).build().unwrap();
    let token = issuer.mint_opaque(issuer.mint().audience(AUDIENCE).subject("canary-subject"));
    assert!(present(&api, &token).await.is_ok());
    assert!(log.line("access token introspected").contains("DEBUG"));
    assert!(present(&api, "made-up-token").await.is_err());
    assert!(log.line("token_inactive").contains("the access token is not active"));

    issuer.stage(Endpoint::Introspection, Fault::Status(500));
    assert!(present(&api, "another-token").await.is_err());
    let fetch = log.line("access token not introspected");
    assert!(fetch.contains("WARN") && fetch.contains("the introspection endpoint answered 500"), "{fetch}");
    assert!(fetch.contains(&issuer.introspection_endpoint()), "{fetch}");
    let decision = log.line("introspection_unavailable");
    assert!(
        decision.contains("WARN") && decision.contains("the introspection endpoint answered 500"),
        "{decision}"
    );

    issuer.heal();
    issuer.metadata_member("introspection_endpoint", serde_json::json!(null));
    let api = asking(&issuer).build().unwrap();
    assert!(present(&api, "third-token").await.is_err());
    assert!(log.line("no introspection_endpoint").contains("WARN"), "what to do about it is said");

    let text = log.text();
    for secret in [&*token, "made-up-token", "another-token", "third-token", SECRET, "canary", "Basic "] {
        assert!(!text.contains(secret), "{secret:?} in:\n{text}");
    }
}

#[tokio::test]
async fn a_client_that_the_server_refuses_is_an_error_that_says_what_to_check() {
    let (log, _guard) = listening();
    let issuer = issuer().await;
    let client = ClientAuthentication::secret_basic(CLIENT, "canary-secret");
    let api = trusting(&issuer).introspection(Introspection::new(client)).build().unwrap();
    assert!(present(&api, "token").await.is_err());
    let line = log.line("access token not introspected");
    assert!(line.contains("ERROR") && line.contains("check the client id"), "{line}");
    assert!(!log.text().contains("canary"));
}
