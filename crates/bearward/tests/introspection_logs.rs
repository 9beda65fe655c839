//! What an operator hears of introspection, and what nobody does. A binary of its own: whether an event is heard is
//! remembered by the process, and tests that do not listen would have a say in it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "support/log.rs"]
mod log;
mod support;

use bearward::builder::ResourceServerBuilder;
use bearward::trust::{ClientAuthentication, Introspection};
use bearward_issuer::{Algorithm, Endpoint, Fault, Issuer, ProtectedResource, RunningIssuer};
use tracing::Level;
use tracing::subscriber::set_default;

use crate::log::Log;
use crate::support::{AUDIENCE, TestClock, introspecting, present};

const CLIENT: &str = "orders";
const SECRET: &str = "a secret";

async fn issuer() -> RunningIssuer {
    let api = ProtectedResource::new(CLIENT, SECRET);
    Issuer::builder().algorithms([Algorithm::Es256]).protected_resource(api).start().await.unwrap()
}

fn asking(issuer: &RunningIssuer) -> ResourceServerBuilder {
    introspecting(issuer, Introspection::new(ClientAuthentication::secret_basic(CLIENT, SECRET)))
}

/// The first line that has this part.
fn line(log: &Log, part: &str) -> String {
    let text = log.text();
    let line = text.lines().find(|line| line.contains(part));
    line.unwrap_or_else(|| panic!("no {part:?} in:\n{text}")).to_owned()
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
    assert!(line(&log, "access token introspected").contains("DEBUG"));
    assert!(present(&api, "made-up-token").await.is_err());
    assert!(line(&log, "token_inactive").contains("the access token is not active"));

    issuer.stage(Endpoint::Introspection, Fault::Status(500));
    assert!(present(&api, "another-token").await.is_err());
    let fetch = line(&log, "access token not introspected");
    assert!(fetch.contains("WARN") && fetch.contains("the introspection endpoint answered 500"), "{fetch}");
    assert!(fetch.contains(&issuer.introspection_endpoint()), "{fetch}");
    let decision = line(&log, "introspection_unavailable");
    assert!(
        decision.contains("WARN") && decision.contains("the introspection endpoint answered 500"),
        "{decision}"
    );

    issuer.heal();
    issuer.metadata_member("introspection_endpoint", serde_json::json!(null));
    let api = asking(&issuer).build().unwrap();
    assert!(present(&api, "third-token").await.is_err());
    assert!(line(&log, "no introspection_endpoint").contains("WARN"), "what to do about it is said");

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
    let api = introspecting(&issuer, Introspection::new(client)).build().unwrap();
    assert!(present(&api, "token").await.is_err());
    let line = line(&log, "access token not introspected");
    assert!(line.contains("ERROR") && line.contains("check the client id"), "{line}");
    assert!(!log.text().contains("canary"));
}

#[tokio::test]
async fn the_status_says_why_the_server_could_not_be_asked_last_and_the_readiness_stays() {
    let issuer = issuer().await;
    let clock = TestClock::new();
    let client = ClientAuthentication::secret_basic(CLIENT, "canary-secret");
    let api = introspecting(&issuer, Introspection::new(client)).clock(clock.reader()).build().unwrap();
    let last_failure = || api.status().engine.introspection.unwrap().last_failure;
    assert_eq!(last_failure(), None);
    assert!(present(&api, "canary-token").await.is_err());
    let refused = last_failure().unwrap();
    assert!(refused.code == "client_refused" && refused.why.contains("check the client id"), "{refused:?}");

    clock.advance(2.0);
    issuer.stage(Endpoint::Introspection, Fault::Status(500));
    assert!(present(&api, "canary-token").await.is_err());
    clock.advance(3.0);
    let broken = last_failure().unwrap();
    assert_eq!((broken.code, broken.age.as_secs()), ("unexpected_status", 3));
    assert!(api.health().is_ready(), "JWTs can be verified");
    let written = serde_json::to_string(&api.status()).unwrap();
    assert!(written.contains(r#""last_failure":{"age_seconds":3,"code":"unexpected_status""#), "{written}");
    assert!(!written.contains("canary"), "{written}");
}
