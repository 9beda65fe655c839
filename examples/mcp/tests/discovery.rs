//! What an MCP client does with a URL and nothing else.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use bearward_issuer::{Api, Client, Issuer, Role, RunningIssuer};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The origin whose pages may use the server.
const PAGE: &str = "http://127.0.0.1:6274";

/// What the transport has each client accept.
const BOTH: &str = "application/json, text/event-stream";

/// Serves the example under an authorization server that knows it and another API.
async fn serve() -> (RunningIssuer, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let resource = format!("http://{}/mcp", listener.local_addr().unwrap());
    let other = "https://other.example/mcp";
    let scopes = ["notes:read", "notes:write"];
    let issuer = Issuer::builder()
        .api(Api::new(&resource, scopes))
        .api(Api::new(other, scopes))
        .role(Role::new("author").grants(&resource, scopes).grants(other, scopes))
        .client(Client::new("agent", "s3cret").role("author"))
        .start()
        .await
        .unwrap();
    let api = mcp::resource_server(issuer.url(), &resource).unwrap();
    let app = mcp::app(&api, vec![PAGE.parse().unwrap()]).unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    (issuer, resource)
}

async fn post(url: &str, token: Option<&str>, message: Value) -> Response {
    let request = reqwest::Client::new()
        .post(url)
        .header("accept", BOTH)
        .header("mcp-protocol-version", "2025-06-18")
        .json(&message);
    token.into_iter().fold(request, |request, token| request.bearer_auth(token)).send().await.unwrap()
}

async fn call(url: &str, token: &str, method: &str, params: Value) -> Response {
    post(url, Some(token), json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })).await
}

async fn get(url: &str) -> Value {
    reqwest::get(url).await.unwrap().error_for_status().unwrap().json().await.unwrap()
}

/// From the URL of a resource to the token endpoint, as MCP's authorization chapter has it.
async fn discover(resource: &str) -> String {
    let refused = post(resource, None, json!({ "jsonrpc": "2.0", "id": 0, "method": "ping" })).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    let challenge = refused.headers()["www-authenticate"].to_str().unwrap().to_owned();
    assert!(challenge.starts_with("Bearer "), "{challenge}");
    let (_, metadata_url) = challenge.split_once("resource_metadata=\"").unwrap();
    let metadata = get(metadata_url.strip_suffix('"').unwrap()).await;
    let at_root = resource.replace("/mcp", "/.well-known/oauth-protected-resource");
    assert_eq!(get(&at_root).await, metadata);
    // RFC 9728 §3.3: a document of another resource is not to be used.
    assert_eq!(metadata["resource"], resource);
    assert_eq!(metadata["scopes_supported"], json!(["notes:read", "notes:write"]));
    let issuer = metadata["authorization_servers"][0].as_str().unwrap();
    // RFC 8414 §3.1, for an issuer without a path.
    let server = get(&format!("{issuer}/.well-known/oauth-authorization-server")).await;
    assert_eq!(server["issuer"], issuer);
    server["token_endpoint"].as_str().unwrap().to_owned()
}

/// A token for a resource (RFC 8707).
async fn token(token_endpoint: &str, resource: &str, scope: &str) -> String {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "agent"),
        ("client_secret", "s3cret"),
        ("resource", resource),
        ("scope", scope),
    ];
    let answer = reqwest::Client::new().post(token_endpoint).form(&form).send().await.unwrap();
    let answer: Value = answer.error_for_status().unwrap().json().await.unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_client_that_knows_only_the_url_gets_a_token_and_calls_a_tool() {
    let (_issuer, resource) = serve().await;
    let token = token(&discover(&resource).await, &resource, "notes:read notes:write").await;
    let client = json!({
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": { "name": "tests", "version": "1.0.0" },
    });
    let initialized = call(&resource, &token, "initialize", client).await;
    let initialized: Value = initialized.json().await.unwrap();
    assert_eq!(initialized["result"]["protocolVersion"], "2025-06-18");
    let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    assert_eq!(post(&resource, Some(&token), ready).await.status(), StatusCode::ACCEPTED);
    let cancelled = json!({ "requestId": 1 });
    let cancelled = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": cancelled });
    assert_eq!(post(&resource, Some(&token), cancelled).await.status(), StatusCode::ACCEPTED);
    let listed: Value = call(&resource, &token, "tools/list", json!({})).await.json().await.unwrap();
    assert_eq!(listed["result"]["tools"][0]["name"], "add_note");
    let note = json!({ "name": "add_note", "arguments": { "text": "feed the bear" } });
    assert_eq!(call(&resource, &token, "tools/call", note).await.status(), StatusCode::OK);
    let notes = call(&resource, &token, "tools/call", json!({ "name": "list_notes" })).await;
    let notes: Value = notes.json().await.unwrap();
    assert_eq!(notes["result"]["content"], json!([{ "type": "text", "text": "feed the bear" }]));
}

#[tokio::test]
async fn a_token_for_another_resource_is_refused() {
    let (_issuer, resource) = serve().await;
    let token = token(&discover(&resource).await, "https://other.example/mcp", "notes:read").await;
    let refused = call(&resource, &token, "tools/list", json!({})).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    let challenge = refused.headers()["www-authenticate"].to_str().unwrap();
    let origin = resource.strip_suffix("/mcp").unwrap();
    assert_eq!(
        challenge,
        format!(
            "Bearer realm=\"api\", error=\"invalid_token\", \
             error_description=\"the access token is for another audience\", \
             resource_metadata=\"{origin}/.well-known/oauth-protected-resource/mcp\""
        )
    );
}

#[tokio::test]
async fn a_tool_that_needs_more_names_the_scope_to_ask_for() {
    let (_issuer, resource) = serve().await;
    let token_endpoint = discover(&resource).await;
    let note = json!({ "name": "add_note", "arguments": { "text": "steal the honey" } });
    let reader = token(&token_endpoint, &resource, "notes:read").await;
    let refused = call(&resource, &reader, "tools/call", note.clone()).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let challenge = refused.headers()["www-authenticate"].to_str().unwrap();
    assert!(challenge.contains("error=\"insufficient_scope\""), "{challenge}");
    assert!(challenge.contains("scope=\"notes:write\""), "{challenge}");
    let writer = token(&token_endpoint, &resource, "notes:write").await;
    assert_eq!(call(&resource, &writer, "tools/call", note).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn what_is_no_operation_of_the_policy_is_refused() {
    let (issuer, resource) = serve().await;
    let token = issuer.mint().audience(&resource).scope("notes:write").sign();
    let a_tool =
        |name: &str| json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": name } });
    for (message, status, code) in [
        (json!([]), 400, "invalid_request"),
        (json!([a_tool("list_notes")]), 400, "invalid_request"),
        (json!({ "jsonrpc": "2.0", "id": 1, "result": {} }), 400, "invalid_request"),
        (json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call" }), 400, "invalid_request"),
        (
            json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": ["add_note"] }),
            400,
            "invalid_request",
        ),
        (a_tool("drop_notes"), 403, "insufficient_scope"),
        (a_tool("=?base64?bGlzdF9ub3Rlcw==?="), 403, "insufficient_scope"),
        (a_tool("LIST_NOTES"), 403, "insufficient_scope"),
        (json!({ "jsonrpc": "2.0", "id": 1, "method": "resources/list" }), 403, "insufficient_scope"),
    ] {
        let answer = post(&resource, Some(&token), message.clone()).await;
        assert_eq!(answer.status().as_u16(), status, "{message}");
        let body: Value = answer.json().await.unwrap_or_default();
        assert_eq!(body["error"], code, "{message}");
    }
    // Two members of one name: what one reader calls the first tool is the second one for another.
    let ambiguous =
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"whoami","name":"add_note"}}"#;
    let request = reqwest::Client::new().post(&resource).bearer_auth(&token);
    let request = request.header("accept", BOTH).header("content-type", "application/json").body(ambiguous);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::BAD_REQUEST);
    let too_long = a_tool(&"x".repeat(1 << 20));
    assert_eq!(post(&resource, Some(&token), too_long).await.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let stream = reqwest::Client::new().get(&resource).bearer_auth(&token);
    assert_eq!(stream.send().await.unwrap().status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn pages_of_the_origins_that_are_named_get_in_and_no_others() {
    let (issuer, resource) = serve().await;
    let token = issuer.mint().audience(&resource).sign();
    let ping = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" });
    let send = async |origin: &str| {
        let request = reqwest::Client::new().post(&resource).bearer_auth(&token).header("origin", origin);
        request.header("accept", BOTH).json(&ping).send().await.unwrap()
    };
    let own = send(PAGE).await;
    assert_eq!(own.status(), StatusCode::OK);
    assert_eq!(own.headers()["access-control-allow-origin"], PAGE);
    for other in ["https://evil.example", "null", "http://127.0.0.1:6275", &format!("{PAGE}/")] {
        let refused = send(other).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{other}");
        assert_eq!(refused.headers().get("access-control-allow-origin"), None);
    }
    let preflight = reqwest::Client::new()
        .request(reqwest::Method::OPTIONS, &resource)
        .header("origin", PAGE)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type,mcp-method");
    let preflight = preflight.send().await.unwrap();
    assert_eq!(preflight.status(), StatusCode::OK);
    let allowed = preflight.headers()["access-control-allow-headers"].to_str().unwrap();
    assert!(allowed.contains("authorization") && allowed.contains("mcp-method"), "{allowed}");
    // A page has to read where to get a token.
    let refused =
        reqwest::Client::new().post(&resource).header("origin", PAGE).json(&ping).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(refused.headers()["access-control-expose-headers"], "www-authenticate");
}

/// A request of revision 2026-07-28 with these headers.
async fn stateless(url: &str, token: Option<&str>, headers: &[(&str, &str)], message: &Value) -> Response {
    let request = reqwest::Client::new().post(url).header("accept", BOTH).json(message);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    token.into_iter().fold(request, |request, token| request.bearer_auth(token)).send().await.unwrap()
}

fn in_2026_07_28(method: &str, params: Value) -> Value {
    let mut message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    message["params"]["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { "name": "tests", "version": "1.0.0" },
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    message
}

const REVISION: (&str, &str) = ("mcp-protocol-version", "2026-07-28");
const TOOL: (&str, &str) = ("mcp-method", "tools/call");

#[tokio::test]
async fn in_revision_2026_07_28_the_headers_name_the_operation() {
    let (issuer, resource) = serve().await;
    let token = issuer.mint().audience(&resource).scope("notes:read").sign();
    let answer = async |headers: &[(&str, &str)], message: &Value| {
        let answer = stateless(&resource, Some(&token), headers, message).await;
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap_or_default())
    };

    let discover = in_2026_07_28("server/discover", json!({}));
    let (status, said) = answer(&[REVISION, ("mcp-method", "server/discover")], &discover).await;
    assert_eq!(status, 200, "{said}");
    assert!(said["result"]["supportedVersions"].as_array().unwrap().contains(&json!("2026-07-28")), "{said}");
    let call = in_2026_07_28("tools/call", json!({ "name": "list_notes" }));
    for name in ["list_notes", "=?base64?bGlzdF9ub3Rlcw==?="] {
        let (status, said) = answer(&[REVISION, TOOL, ("mcp-name", name)], &call).await;
        assert_eq!((status, &said["result"]["resultType"]), (200, &json!("complete")), "{said}");
    }

    let mut bare = call.clone();
    bare["params"]["_meta"].take();
    let mut of_another = call.clone();
    of_another["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] = "2025-11-25".into();
    let name = ("mcp-name", "list_notes");
    let write = in_2026_07_28("tools/call", json!({ "name": "add_note", "arguments": { "text": "honey" } }));
    let (refused, mismatch) = (json!("invalid_request"), json!({ "code": -32020 }));
    for (headers, message, expected, error) in [
        // The policy cannot tell what the request is.
        (vec![REVISION, name], &call, 400, &refused),
        (vec![REVISION, TOOL], &call, 400, &refused),
        (vec![REVISION, TOOL, name, name], &call, 400, &refused),
        (vec![REVISION, REVISION, TOOL, name], &call, 400, &refused),
        (vec![("mcp-protocol-version", "later"), TOOL, name], &call, 400, &refused),
        // The body says something else.
        (vec![REVISION, TOOL, name], &write, 400, &mismatch),
        (vec![REVISION, TOOL, ("mcp-name", "whoami")], &write, 400, &mismatch),
        (vec![REVISION, ("mcp-method", "tools/list")], &write, 400, &mismatch),
        (vec![REVISION, TOOL, name], &of_another, 400, &mismatch),
        (vec![REVISION, TOOL, name], &bare, 400, &json!({ "code": -32602 })),
        // An earlier revision in the header: the body decides alone.
        (vec![("mcp-protocol-version", "2025-11-25"), TOOL, name], &write, 403, &json!("insufficient_scope")),
        (vec![TOOL, name], &write, 403, &json!("insufficient_scope")),
        (
            vec![REVISION, ("mcp-method", "ping")],
            &in_2026_07_28("ping", json!({})),
            404,
            &json!({ "code": -32601 }),
        ),
    ] {
        let (status, said) = answer(&headers, message).await;
        let said = match &said["error"] {
            Value::Object(error) => json!({ "code": error["code"] }),
            other => other.clone(),
        };
        assert_eq!((status, &said), (expected, error), "{headers:?} {message}");
    }
    let (_, notes) = answer(&[REVISION, TOOL, name], &call).await;
    assert_eq!(notes["result"]["content"][0]["text"], "", "nothing was written: {notes}");
}

#[tokio::test]
async fn a_client_without_a_token_is_told_the_scopes_of_the_tool_that_it_calls() {
    let (_issuer, resource) = serve().await;
    for (tool, scope) in
        [("add_note", Some("notes:write")), ("list_notes", Some("notes:read")), ("whoami", None)]
    {
        let call = in_2026_07_28("tools/call", json!({ "name": tool }));
        let refused = stateless(&resource, None, &[REVISION, TOOL, ("mcp-name", tool)], &call).await;
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
        let challenge = refused.headers()["www-authenticate"].to_str().unwrap();
        let asked = scope.map(|scope| format!("scope=\"{scope}\""));
        match asked {
            Some(asked) => assert!(challenge.contains(&asked), "{challenge}"),
            None => assert!(!challenge.contains("scope="), "{challenge}"),
        }
        assert!(challenge.contains("resource_metadata="), "{challenge}");
    }
}

#[tokio::test]
async fn requests_for_another_host_are_refused() {
    let (issuer, resource) = serve().await;
    let token = issuer.mint().audience(&resource).sign();
    let ping = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" });
    let request = reqwest::Client::new().post(&resource).bearer_auth(&token).header("host", "evil.example");
    let refused = request.header("accept", BOTH).json(&ping).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
}
