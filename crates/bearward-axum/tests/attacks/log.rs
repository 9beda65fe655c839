//! An operator finds the reason of every refusal in the log, also of those that no layer has made.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use bearward_axum::{Claims, Protect, require, requirement::scope};
use http::Request;
use serde_json::Map;
use tower::ServiceExt;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{ISSUER, info, mint, trusting};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
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

async fn typed(Claims(_): Claims<Map<String, serde_json::Value>>) {}

async fn mistyped(Claims(_): Claims<Vec<u8>>) {}

/// An application of its own, for each resource server limits its lines.
fn app() -> Router {
    let server = trusting().build().unwrap();
    let required = || require(scope("a")).unwrap();
    Router::new()
        .route("/required", get(info).route_layer(required()))
        .route("/typed", get(typed))
        .route("/mistyped", get(mistyped))
        .layer(server.layer())
        .route("/unprotected", get(info))
        .route("/unprotected/required", get(info).route_layer(required()))
        .merge(Router::new().route("/optional", get(info)).layer(server.optional_layer()))
}

async fn send(request: http::request::Builder) {
    app().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
}

#[tokio::test]
async fn every_refusal_is_logged_once_with_its_reason() {
    // `tracing` asks at the first event of each kind who listens. Other tests run beside this one, and what they ask at
    // the same moment must not decide for this one: each kind is met once before anybody listens.
    for path in ["/typed", "/optional", "/required", "/mistyped", "/unprotected", "/unprotected/required"] {
        send(Request::get(path)).await;
        send(Request::get(path).header("authorization", format!("Bearer {}", mint().sign()))).await;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    for (path, token, level, code, reason) in [
        ("/typed", None, "INFO", "credential_missing", "no access token was presented"),
        ("/optional", None, "INFO", "credential_missing", "no access token was presented"),
        ("/required", Some(mint()), "INFO", "insufficient_scope", "the access token lacks a required scope"),
        ("/mistyped", Some(mint()), "INFO", "claim_unmet", "the access token lacks a required claim value"),
        ("/typed", Some(mint().expires_in(-60)), "INFO", "token_expired", "the access token expired"),
        ("/unprotected", None, "ERROR", "route_not_protected", "no layer authenticates this route"),
        (
            "/unprotected/required",
            Some(mint()),
            "ERROR",
            "route_not_protected",
            "no layer authenticates this route",
        ),
    ] {
        let credential = token.map(|token| format!("Bearer {}", token.sign()));
        let mut attempts = 0..100;
        let refusals = loop {
            let log = Log::default();
            let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(log.clone()).finish();
            let _listening = tracing::subscriber::set_default(subscriber);
            let request = Request::get(path);
            send(credential.iter().fold(request, |request, value| request.header("authorization", value)))
                .await;
            let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
            let refusals: Vec<_> =
                text.lines().filter(|line| line.contains("code=")).map(str::to_owned).collect();
            if !refusals.is_empty() || attempts.next().is_none() {
                break refusals;
            }
            // Tests beside this one may keep the line away: where no resource server is at hand, the limit is the process's;
            // and while they meet an event for the first time, `tracing` may take it that nobody listens, until the next
            // subscriber comes.
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        assert_eq!(refusals.len(), 1, "{path}: {refusals:?}");
        for part in [level, &format!("code=\"{code}\""), reason] {
            assert!(refusals[0].contains(part), "{path}: {part} is not in {}", refusals[0]);
        }
        if ["insufficient_scope", "claim_unmet"].contains(&code) {
            let issuer = format!("issuer=\"{ISSUER}\"");
            assert!(refusals[0].contains(&issuer), "{path}: the layer has let its token in: {}", refusals[0]);
        }
    }
}
