//! Requirements operation by operation: by method and path, and by the headers of MCP.

use std::borrow::Cow;

use super::*;
use crate::check::requirement::{
    AuthorizationError, Denial, RequirementError, mcp, operation, operations, scope,
};

/// A request by its method, its path and its headers.
struct Sent<'r>(&'r str, &'r str, Vec<(&'r str, &'r str)>);

impl RequestFacts for Sent<'_> {
    fn method(&self) -> Option<&str> {
        Some(self.0)
    }

    fn path(&self) -> Option<&str> {
        Some(self.1)
    }

    fn path_parameter(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }

    fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        self.2.iter().find(|(own, _)| *own == name).map(|(_, value)| Cow::Borrowed(*value))
    }

    fn host(&self) -> Option<Cow<'_, str>> {
        None
    }
}

fn call<'r>(method: &'r str, name: &'r str) -> Sent<'r> {
    let headers = [("mcp-protocol-version", "2026-07-28"), ("mcp-method", method), ("mcp-name", name)];
    Sent("POST", "/mcp", headers.into_iter().filter(|(_, value)| !value.is_empty()).collect())
}

fn tools() -> Requirement {
    operations([
        mcp::tool("read_file").requires(scope("files:read")),
        mcp::tool("delete_file").requires(scope("files:write").and(scope("files:read"))),
        mcp::tool("gr\u{fc}\u{df}e").requires(scope("greet")),
        mcp::prompt("summary").requires(scope("prompts")),
        mcp::resource("file:///a b").requires(scope("files:read")),
        mcp::method("tools/list").any_token(),
        operation().method("DELETE").requires(scope("sessions")),
    ])
}

fn outcome(requirement: Requirement, granted: &str, sent: &Sent<'_>) -> Result<(), Failure> {
    require_of(requirement, &json!({ "scope": granted }), sent)
}

fn lacks(required: &str) -> Result<(), Failure> {
    Err(Denial::InsufficientScope { required: required.to_owned() }.into())
}

fn unknown() -> Result<(), Failure> {
    Err(Denial::OperationUnknown.into())
}

fn unreadable() -> Result<(), Failure> {
    Err(Rejection::MalformedOperation.into())
}

#[test]
fn each_tool_has_its_own_requirement_and_its_own_challenge() {
    let ask = |granted: &str, method: &str, name: &str| outcome(tools(), granted, &call(method, name));
    assert_eq!(ask("files:read", "tools/call", "read_file"), Ok(()));
    assert_eq!(ask("files:write", "tools/call", "read_file"), lacks("files:read"));
    assert_eq!(ask("files:read", "tools/call", "delete_file"), lacks("files:write files:read"));
    assert_eq!(ask("files:read files:write", "tools/call", "delete_file"), Ok(()));
    assert_eq!(ask("prompts", "prompts/get", "summary"), Ok(()));
    assert_eq!(ask("files:read", "resources/read", "file:///a b"), Ok(()));
    assert_eq!(ask("", "tools/list", ""), Ok(()));
    assert_eq!(ask("", "tools/list", "read_file"), Ok(()), "a name that the method is not about");
    assert_eq!(outcome(tools(), "sessions", &Sent("DELETE", "/mcp", vec![])), Ok(()));
    assert_eq!(outcome(tools(), "", &Sent("DELETE", "/mcp", vec![])), lacks("sessions"));
}

#[test]
fn what_is_not_listed_is_refused_in_its_negation_too() {
    let everything = "files:read files:write greet prompts sessions";
    for sent in [
        call("tools/call", "drop_database"),
        call("tools/call", "READ_FILE"),
        call("tools/call", "read_file2"),
        call("Tools/call", "read_file"),
        call("prompts/get", "read_file"),
        call("resources/list", ""),
        Sent("GET", "/mcp", vec![]),
        Sent("get", "/mcp", call("tools/call", "read_file").2),
        Sent("PUT", "/mcp", call("tools/call", "read_file").2),
    ] {
        assert_eq!(outcome(tools(), everything, &sent), unknown());
        assert_eq!(outcome(tools().not(), everything, &sent), Err(Denial::Unmet.into()));
    }
    // An adapter that knows nothing of the request lets nobody in.
    assert_eq!(require(tools(), &json!({ "scope": everything })), unknown());
    assert_eq!(require(tools().not(), &json!({ "scope": everything })), Err(Denial::Unmet.into()));
}

#[test]
fn a_call_that_cannot_be_read_is_refused_whatever_else_is_permitted() {
    let with = |name: &'static str, value: Option<&'static str>| {
        let mut headers = call("tools/call", "read_file").2;
        headers.retain(|(own, _)| *own != name);
        headers.extend(value.map(|value| (name, value)));
        Sent("POST", "/mcp", headers)
    };
    for (name, value) in [
        // Older servers do not compare the headers with the body.
        ("mcp-protocol-version", None),
        ("mcp-protocol-version", Some("2025-11-25")),
        ("mcp-protocol-version", Some("2026-07-27")),
        ("mcp-protocol-version", Some("3")),
        ("mcp-protocol-version", Some("9999-99-9")),
        ("mcp-protocol-version", Some("2026-07-28 ")),
        ("mcp-protocol-version", Some("draft")),
        ("mcp-method", None),
        ("mcp-method", Some("")),
        ("mcp-method", Some("=?base64?!?=")),
        ("mcp-name", None),
        ("mcp-name", Some("")),
        ("mcp-name", Some("=?base64?cmVhZF9maWxl")),
        ("mcp-name", Some("=?base64?cmVhZF9maWxl=?=")),
        ("mcp-name", Some("=?base64?/w==?=")),
        ("mcp-name", Some("=?base64??=")),
    ] {
        let any = || {
            let read = mcp::tool("read_file").requires(scope("a"));
            operations([read, operation().method("POST").any_token()])
        };
        for requirement in [tools(), tools().not(), any(), any().not()] {
            assert_eq!(outcome(requirement, "files:read a", &with(name, value)), unreadable(), "{value:?}");
        }
    }
    for later in ["2026-07-28", "2026-12-01", "2030-01-01"] {
        let sent = with("mcp-protocol-version", Some(later));
        assert_eq!(outcome(tools(), "files:read", &sent), Ok(()), "{later}");
    }
}

#[test]
fn a_name_in_base64_is_the_name_that_it_stands_for() {
    let ask = |name: &str| outcome(tools(), "files:read greet", &call("tools/call", name));
    assert_eq!(ask("=?base64?Z3LDvMOfZQ==?="), Ok(()));
    assert_eq!(ask("=?base64?cmVhZF9maWxl?="), Ok(()));
    assert_eq!(ask("=?base64?ZGVsZXRlX2ZpbGU=?="), lacks("files:write files:read"));
    assert_eq!(ask("=?BASE64?cmVhZF9maWxl?="), unknown());
}

#[test]
fn each_operation_that_a_request_is_must_be_permitted() {
    let both = || {
        operations([
            mcp::method("tools/call").requires(scope("tools")),
            mcp::tool("delete_file").requires(scope("files:write")),
        ])
    };
    let ask = |granted: &str, tool: &str| outcome(both(), granted, &call("tools/call", tool));
    assert_eq!(ask("tools", "other"), Ok(()));
    assert_eq!(ask("tools", "delete_file"), lacks("tools files:write"));
    assert_eq!(ask("files:write", "delete_file"), lacks("tools files:write"));
    assert_eq!(ask("files:write tools", "delete_file"), Ok(()));
}

#[test]
fn a_path_is_compared_as_it_was_sent() {
    let rule = || {
        operations([
            operation().method("GET").path("/files").requires(scope("read")),
            operation().path("/admin").requires(scope("admin")),
        ])
    };
    let ask = |method: &str, path: &str| outcome(rule(), "read", &Sent(method, path, vec![]));
    assert_eq!(ask("GET", "/files"), Ok(()));
    assert_eq!(ask("GET", "/admin"), lacks("admin"));
    for path in ["/files/", "/Files", "/%66iles", "//files", "/files/..", "/x/../files", "/%61dmin", "/"] {
        assert_eq!(ask("GET", path), unknown(), "{path}");
    }
    for method in ["HEAD", "get", "POST"] {
        assert_eq!(ask(method, "/files"), unknown(), "{method}");
    }
}

#[test]
fn a_request_without_a_token_is_told_the_scopes_of_its_operation() {
    let requirement = tools().and(scope("api")).check().unwrap();
    for (sent, scopes) in [
        (call("tools/call", "delete_file"), "files:write files:read api"),
        (call("tools/list", ""), "api"),
        (call("tools/call", "other"), "api"),
        (Sent("POST", "/mcp", vec![]), "api"),
    ] {
        assert_eq!(requirement.challenge_scopes(&sent), scopes);
        let answer = engine().missing_credential(Route::requiring(&requirement, &sent)).answer();
        let challenge = answer.headers["www-authenticate"].to_str().unwrap();
        assert!(challenge.contains(&format!("scope=\"{scopes}\"")), "{challenge}");
    }
}

#[test]
fn operations_as_data_are_the_same_requirement() {
    let requirement = operations([
        mcp::tool("delete_file").requires(scope("files:write")),
        operation().method("GET").any_token(),
    ]);
    let data = json!({ "operations": [
        { "mcp_method": "tools/call", "mcp_name": "delete_file", "requires": { "scope": "files:write" } },
        { "method": "GET", "any_token": true },
    ] });
    assert_eq!(serde_json::to_value(&requirement).unwrap(), data);
    assert_eq!(serde_json::from_value::<Requirement>(data).unwrap(), requirement);
    for wrong in [
        json!({ "method": "GET", "require": { "scope": "a" } }),
        json!({ "method": null, "any_token": true }),
        json!({ "method": "GET", "requires": null }),
        json!({ "mcp_tool": "x", "any_token": true }),
    ] {
        assert!(serde_json::from_value::<Requirement>(json!({ "operations": [wrong] })).is_err(), "{wrong}");
    }
}

#[test]
fn operations_that_mean_nothing_are_refused_when_they_are_checked() {
    let of =
        |data: Value| serde_json::from_value::<Requirement>(json!({ "operations": data })).unwrap().check();
    assert_eq!(of(json!([])).unwrap_err(), RequirementError::Empty("operations"));
    let any = |mut operation: Value| {
        operation["any_token"] = json!(true);
        operation
    };
    for operation in [
        any(json!({})),
        json!({ "method": "GET" }),
        json!({ "method": "GET", "any_token": false }),
        json!({ "method": "GET", "any_token": true, "requires": { "scope": "a" } }),
        any(json!({ "method": "" })),
        any(json!({ "method": "G T" })),
        any(json!({ "path": "mcp" })),
        any(json!({ "path": "" })),
        any(json!({ "path": "/mcp?a" })),
        any(json!({ "mcp_method": "" })),
        any(json!({ "mcp_method": "tools/call", "mcp_name": "" })),
        any(json!({ "mcp_name": "x" })),
        any(json!({ "method": "POST", "mcp_name": "x" })),
        any(json!({ "method": "GET", "mcp_method": "tools/list" })),
    ] {
        assert!(of(json!([operation])).is_err(), "{operation}");
    }
    assert!(of(json!([any(json!({ "path": "/a" })), any(json!({ "method": "GET" }))])).is_err());
    let inner = json!([{ "method": "GET", "requires": { "all_scopes": [] } }]);
    assert_eq!(of(inner).unwrap_err(), RequirementError::Empty("scopes"));
}

#[test]
fn a_body_about_something_else_than_its_headers_is_refused() {
    let headers = |method: &str, name: &str| -> http::HeaderMap {
        let parsed = |(name, value): (&str, &str)| {
            (http::HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap())
        };
        call(method, name).2.into_iter().map(parsed).collect()
    };
    let body = |method: &str, parameters: Value| json!({ "id": 1, "method": method, "params": parameters });
    let read = headers("tools/call", "read_file");
    let good = body("tools/call", json!({ "name": "read_file", "arguments": { "name": "delete_file" } }));
    for (headers, body) in [
        (&read, good.clone()),
        (&headers("tools/call", "=?base64?cmVhZF9maWxl?="), good.clone()),
        (&headers("resources/read", "file:///a"), body("resources/read", json!({ "uri": "file:///a" }))),
        (&headers("tools/list", ""), body("tools/list", json!({}))),
    ] {
        assert_eq!(mcp::check_body(headers, body.to_string().as_bytes()), Ok(()), "{body}");
    }
    for body in [
        body("tools/call", json!({ "name": "delete_file" })).to_string(),
        body("tools/call", json!({ "name": ["read_file"] })).to_string(),
        body("tools/call", json!({ "uri": "read_file" })).to_string(),
        body("tools/call", json!(["read_file"])).to_string(),
        body("tools/list", json!({ "name": "read_file" })).to_string(),
        json!([good]).to_string(),
        r#"{"method":"tools/call","params":{"name":"delete_file","name":"read_file"}}"#.to_owned(),
        r#"{"method":"tools/call","params":{},"params":{"name":"read_file"}}"#.to_owned(),
        r#"{"method":"tools/call","params":{"name":"read_file"}} {}"#.to_owned(),
        String::new(),
    ] {
        let refused = mcp::check_body(&read, body.as_bytes());
        assert_eq!(refused, Err(AuthorizationError::MalformedOperation), "{body}");
    }
    let mut twice = read.clone();
    twice.append("mcp-name", "delete_file".parse().unwrap());
    let old = headers("tools/call", "read_file").into_iter().filter_map(|(name, value)| {
        let name = name?;
        (name != "mcp-protocol-version").then_some((name, value))
    });
    for headers in [twice, old.collect()] {
        assert!(mcp::check_body(&headers, good.to_string().as_bytes()).is_err(), "{headers:?}");
    }
}
