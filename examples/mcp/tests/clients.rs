//! MCP clients that others wrote, which are given the URL of the example and nothing else: they find the authorization
//! server, register, send the user to it, and come back with a token for this server.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::PathBuf;
use std::process::Command;

use axum::Router;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::AUTHORIZATION;
use axum::middleware::map_request;
use bearward_issuer::{Api, Issuer, Role, RunningIssuer, User};
use serde_json::{Value, json};
use tokio::net::TcpListener;

const SCOPES: [&str; 2] = ["notes:read", "notes:write"];

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let resource = format!("http://{}/mcp", listener.local_addr().unwrap());
    (listener, resource)
}

/// Serves the example under an authorization server whose user may read and write notes.
async fn serve() -> (RunningIssuer, String) {
    let (listener, resource) = listen().await;
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
            "tools": ["add_note", "list_notes", "whoami"],
            "notes": "feed the bear",
        });
        assert_eq!(visit(client, &url, mode).await, expected, "{client} {mode}");
    }
}

/// Lets each request in with this token: the conformance suite has none for servers.
fn with_token(app: Router, token: String) -> Router {
    let authorization = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
    app.layer(map_request(move |mut request: Request| {
        request.headers_mut().insert(AUTHORIZATION, authorization.clone());
        std::future::ready(request)
    }))
}

/// Runs a scenario of `@modelcontextprotocol/conformance`, and says whether it passed.
async fn conforms(url: &str, scenario: &str) -> (bool, String) {
    let clients = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../interop/mcp-clients"));
    let suite = clients.join("node_modules/@modelcontextprotocol/conformance/dist/index.js");
    let results = std::env::temp_dir().join(format!("bearward-mcp-{}-{scenario}", std::process::id()));
    std::fs::create_dir_all(&results).unwrap();
    // It lets the suite start under Node.js 20.
    let shim = clients.join("../../bindings/node/test/companions/node-20.mjs");
    let mut command = Command::new("node");
    command.arg("--import").arg(shim).arg(suite).current_dir(&results);
    command.args(["server", "--url", url, "--scenario", scenario]);
    let run = tokio::task::spawn_blocking(move || command.output()).await.unwrap();
    let output = run.expect("`cargo xtask test interop` installs the suite");
    std::fs::remove_dir_all(results).unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_conformance_suite_holds_for_requests_with_a_token_and_for_no_others() {
    let (listener, url) = listen().await;
    let issuer = Issuer::builder().start().await.unwrap();
    let api = mcp::resource_server(issuer.url(), &url).unwrap();
    // A scenario plays a page of the server itself.
    let origin = HeaderValue::from_str(url.strip_suffix("/mcp").unwrap()).unwrap();
    let app = mcp::app(&api, vec![origin]).unwrap();
    let token = issuer.mint().audience(&url).scope("notes:write").sign();
    let (open, without_token) = (with_token(app.clone(), token), app);
    tokio::spawn(async move { axum::serve(listener, open).await });
    for scenario in ["server-initialize", "ping", "tools-list", "dns-rebinding-protection"] {
        let (passed, said) = conforms(&url, scenario).await;
        assert!(passed, "{scenario}: {said}");
    }
    let (listener, url) = listen().await;
    tokio::spawn(async move { axum::serve(listener, without_token).await });
    let (passed, said) = conforms(&url, "tools-list").await;
    assert!(!passed, "{said}");
}
