//! What the issuer logs: that something happened, and nothing that could be used.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io;
use std::sync::{Arc, Mutex};

use bearward_issuer::{Config, Issuer};
use reqwest::Client;
use tracing_subscriber::fmt;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn log_lines_carry_no_secret_and_no_token() {
    let lines = Lines::default();
    let writer = lines.clone();
    // The issuer's own lines at every level; what the HTTP stack below logs is its own affair.
    let subscriber = fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let issuer = Issuer::builder().config(Config::demo()).start().await.unwrap();
    let minted = issuer.mint().sign();
    let ask = async |id: &str, secret: &str| {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", id),
            ("client_secret", secret),
            ("claims", r#"{"note":"private-note"}"#),
        ];
        let request = Client::new().post(issuer.token_endpoint()).form(&form);
        request.send().await.unwrap().text().await.unwrap()
    };
    let issued = ask("demo", "demo-secret").await;
    let refused = ask("demo", "guessed-secret").await;
    assert!(issued.contains("access_token") && refused.contains("invalid_client"));

    let opaque = issuer.mint_opaque(issuer.mint().claim("note", "private-note"));
    let introspect = async |secret: &str| {
        let request = Client::new().post(issuer.introspection_endpoint()).basic_auth("api", Some(secret));
        request.form(&[("token", &opaque)]).send().await.unwrap().text().await.unwrap()
    };
    let (told, untold) = (introspect("api-secret").await, introspect("guessed-secret").await);
    assert!(told.contains("private-note") && untold.contains("invalid_client"));

    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let own: Vec<_> = log.lines().filter(|line| line.contains("bearward_issuer")).collect();
    let own = own.join("\n");
    for expected in [
        "authorization server started",
        "token issued",
        "token refused",
        "invalid_client",
        "token introspected",
        "introspection refused",
    ] {
        assert!(own.contains(expected), "{expected} in {own}");
    }
    let issued: serde_json::Value = serde_json::from_str(&issued).unwrap();
    let token = issued["access_token"].as_str().unwrap();
    let signature = token.rsplit('.').next().unwrap();
    for secret in
        ["demo-secret", "guessed-secret", "api-secret", "private-note", token, signature, &minted, &opaque]
    {
        assert!(!own.contains(secret), "{own}");
    }
}
