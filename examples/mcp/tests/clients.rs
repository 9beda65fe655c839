//! MCP clients that others wrote, which are given the URL of the example and nothing else: they find the authorization
//! server, register, send the user to it, and come back with a token for this server.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::PathBuf;
use std::process::Command;

use bearward_issuer::{Api, Issuer, Role, RunningIssuer, User};
use serde_json::{Value, json};
use tokio::net::TcpListener;

const SCOPES: [&str; 2] = ["notes:read", "notes:write"];

/// Serves the example under an authorization server whose user may read and write notes.
async fn serve() -> (RunningIssuer, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let resource = format!("http://{}/mcp", listener.local_addr().unwrap());
    let issuer = Issuer::builder()
        .api(Api::new(&resource, SCOPES))
        .role(Role::new("author").grants(&resource, SCOPES))
        .user(User::new("ada").role("author"))
        .start()
        .await
        .unwrap();
    let api = mcp::resource_server(issuer.url(), &resource).unwrap();
    let app = mcp::app(&api, Vec::new()).unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    (issuer, resource)
}

/// What a client says of its visit.
async fn visit(client: &str, url: &str, mode: &str) -> Value {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../interop/mcp-clients"));
    let program = match client.ends_with(".py") {
        true => folder.join(".venv/bin/python"),
        false => "node".into(),
    };
    let mut command = Command::new(program);
    command.arg(folder.join(client)).args([url, mode]);
    let run = tokio::task::spawn_blocking(move || command.output()).await.unwrap();
    let output = run.expect("`cargo xtask test interop` installs the clients");
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{client} {mode}: {complaints}");
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{client} {mode}: {error}: {complaints}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_client_that_knows_only_the_url_gets_in_and_calls_tools() {
    for (client, mode, revision) in [
        ("typescript-v1.mjs", "", "2025-11-25"),
        ("typescript-v2.mjs", "legacy", "2025-11-25"),
        ("typescript-v2.mjs", "auto", "2026-07-28"),
        ("python_v2.py", "legacy", "2025-11-25"),
        ("python_v2.py", "auto", "2026-07-28"),
    ] {
        let (_issuer, url) = serve().await;
        let expected = json!({
            "revision": revision,
            "authorizations": 1,
            "tools": ["list_notes", "add_note"],
            "notes": "feed the bear",
        });
        assert_eq!(visit(client, &url, mode).await, expected, "{client} {mode}");
    }
}
