//! The gRPC project's own client for Node.js against a protected tonic server.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code, reason = "the other tests use the rest")]
mod support;

use serde_json::{Value, json};
use tokio::process::Command;

use crate::support::Scene;

/// `UNAUTHENTICATED` and the like are numbers to a client in JavaScript.
const PERMISSION_DENIED: u8 = 7;
const INVALID_ARGUMENT: u8 = 3;
const UNAVAILABLE: u8 = 14;
const UNAUTHENTICATED: u8 = 16;

async fn calls(scene: &Scene, calls: &[Value]) -> Vec<Value> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../interop/grpc-clients/grpc-js.mjs");
    let mut node = Command::new("node");
    node.arg(script).arg(scene.address.to_string()).args(calls.iter().map(Value::to_string));
    let output = node.output().await.expect("Node.js");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn kinds() -> [(&'static str, &'static str, Value); 4] {
    let each = json!(["test-client: a", "test-client: b"]);
    let joined = json!(["test-client: a b"]);
    [
        ("/notes.v1.Notes/List", "unary", joined.clone()),
        ("/notes.v1.Notes/Watch", "serverStream", each.clone()),
        ("/notes.v1.Notes/Add", "clientStream", joined),
        ("/notes.v1.Notes/Chat", "bidiStream", each),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_every_kind_get_in_with_a_token_and_are_refused_without() {
    let scene = Scene::new().await;
    let token = scene.mint().sign();
    let (mut asked, mut expected) = (Vec::new(), Vec::new());
    for (path, kind, messages) in kinds() {
        asked.push(json!({ "path": path, "kind": kind, "message": "a b", "token": token }));
        expected.push(json!({ "messages": messages }));
    }
    assert_eq!(calls(&scene, &asked).await, expected);

    for call in &mut asked {
        call.as_object_mut().unwrap().remove("token");
    }
    for refused in calls(&scene, &asked).await {
        assert_eq!(refused["code"], UNAUTHENTICATED, "{refused}");
        assert_eq!(refused["details"], "no access token was presented");
        let challenges = refused["metadata"]["www-authenticate"].to_string();
        assert!(challenges.contains(r#"Bearer realm=\"api\""#), "{challenges}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_status_comes_with_its_details_and_metadata() {
    let scene = Scene::new().await;
    let call =
        |path: &str, token: &str| json!({ "path": path, "kind": "unary", "message": "a", "token": token });
    let token = scene.mint().sign();
    let (list, delete) = ("/notes.v1.Notes/List", "/notes.v1.Notes/Delete");
    let asked = [
        call(list, &scene.mint().expires_in(-60).sign()),
        call(delete, &token),
        call(list, "two words"),
        call("/notes.v1.Other/List", &token),
        call("/notes.v1.Notes/Motto", "nonsense"),
    ];
    let answers = calls(&scene, &asked).await;
    let told = |answer: &Value| (answer["code"].clone(), answer["details"].clone());
    assert_eq!(told(&answers[0]), (json!(UNAUTHENTICATED), json!("the access token expired")));
    assert_eq!(
        told(&answers[1]),
        (json!(PERMISSION_DENIED), json!("the access token lacks a required scope"))
    );
    assert!(answers[1]["metadata"].to_string().contains("notes:delete"));
    assert_eq!(told(&answers[2]), (json!(INVALID_ARGUMENT), json!("the Authorization header is malformed")));
    assert_eq!(answers[3]["code"], PERMISSION_DENIED, "there is no rule for it");
    assert_eq!(answers[4], json!({ "messages": ["write it down"] }));

    let down = Scene::new().await;
    let token = down.mint().sign();
    down.issuer.go_down().await;
    let answers = calls(&down, &[call(list, &token)]).await;
    assert_eq!(
        told(&answers[0]),
        (json!(UNAVAILABLE), json!("the keys of the authorization server are not available"))
    );
    assert!(answers[0]["metadata"].to_string().contains("retry-after"), "{}", answers[0]);
}
