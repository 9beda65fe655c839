//! The API that the demo protects: what any API of one's own would look like.

use std::time::Duration;

use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::{MethodRouter, get, post};
use axum::{Json, Router};
use bearward_axum::builder::ResourceServerBuilder;
use bearward_axum::request::{CertificateHeader, ProxyHeaders};
use bearward_axum::requirement::{
    Requirement, acr, all_scopes, authorization_details, claim, max_age, mcp, operation, operations,
    organization, scope,
};
use bearward_axum::{AuthInfo, Authorized, ConfigError, Protect, ResourceServer};
use serde::Serialize;
use serde_json::{Value, json};

/// The address that the demo's proxy connects from: curl on this machine plays it. Other addresses of the loopback
/// network are not trusted.
const PROXY: &str = "127.0.0.1";

/// How long an authentication is recent enough for what matters most.
const FIVE_MINUTES: Duration = Duration::from_secs(300);

/// Trusts the demo's proxy for the client's certificate, in `Client-Cert` (RFC 9440), and for nothing else: the demo's
/// clients use its own URL.
pub fn behind_proxy<I, A>(server: ResourceServerBuilder<I, A>) -> ResourceServerBuilder<I, A> {
    let headers = ProxyHeaders::none().client_certificate(CertificateHeader::ClientCert);
    server.trusted_proxies([PROXY], headers)
}

/// Has the scopes of the demo's files include one another: a client that may write them may read them.
pub fn with_implied_scopes<I, A>(server: ResourceServerBuilder<I, A>) -> ResourceServerBuilder<I, A> {
    server.implies("files:admin", ["files:write"]).implies("files:write", ["files:read"])
}

/// A route that needs a token.
pub(super) struct Guarded {
    /// Its path, with parameters in braces.
    pub(super) path: &'static str,
    /// What the token must have beside being valid.
    pub(super) requirement: Option<Requirement>,
    handler: MethodRouter,
}

/// Every route that needs a token.
pub(super) fn guarded_routes() -> Vec<Guarded> {
    let read_and_write = || all_scopes(["api:read", "api:write"]);
    let step_up = acr(["mfa"]).and(max_age(FIVE_MINUTES));
    let data_of_organization = organization().from_path("org").and(scope("read:data"));
    // Its tokens are made for the organization, not for this API.
    let member_of_organization =
        organization().logto_permissions().from_path("org").and(scope("read:member"));

    let open = |path, handler| Guarded { path, requirement: None, handler };
    let needs = |path, requirement, handler| Guarded { path, requirement: Some(requirement), handler };
    vec![
        open("/api/private", get(private)),
        needs("/api/private-scoped", scope("read:messages"), get(private_scoped)),
        needs("/api/protected", read_and_write(), get(info)),
        needs("/api/protected/detailed", read_and_write(), get(info)),
        open("/secured/token", get(secured_token)),
        needs("/secured/scope", all_scopes(["openid", "profile"]), get(secured_scope)),
        needs("/secured/claim", claim("role").equals("admin"), get(secured_claim)),
        needs("/api/step-up", step_up, get(step_up_done)),
        needs("/api/organizations/{org}/data", data_of_organization, get(data)),
        needs("/api/organizations/{org}/members", member_of_organization, get(members)),
        needs("/api/files", scope("files:read"), get(info)),
        needs("/api/payments", payment(), get(info)),
        needs("/api/reports/{name}", reports(), get(info)),
        needs("/mcp", tools(), post(info)),
    ]
}

/// The routes of the demo API, protected by `server`.
///
/// # Errors
/// [`ConfigError`] when a requirement means nothing, which none of these does.
pub fn api(server: &ResourceServer) -> Result<Router, ConfigError> {
    let open = Router::new().route("/api/public", get(public)).fallback(not_found);
    guarded_routes().into_iter().try_fold(open, |router, Guarded { path, requirement, handler }| {
        let layer = match requirement {
            Some(requirement) => server.require(requirement)?,
            None => server.layer(),
        };
        // Each layer is around the whole route: a request without a token is refused before its method is looked at, and is
        // told the scopes of the route.
        Ok(router.route(path, handler.layer(layer)))
    })
}

/// The same routes for requests that are decided about already: the extensions of each hold its token.
pub(super) fn handlers() -> Router {
    let open = Router::new().route("/api/public", get(public)).fallback(not_found);
    guarded_routes().into_iter().fold(open, |router, guarded| router.route(guarded.path, guarded.handler))
}

/// One payment of an account, as an authorization server grants it (RFC 9396).
fn payment() -> Requirement {
    authorization_details("payment_initiation")
        .actions(["initiate"])
        .locations(["https://api.example.com/payments"])
        .member("currency", "EUR")
        .granted()
}

/// Reports by their path: some need more than others.
fn reports() -> Requirement {
    let yearly = || operation().path("/api/reports/yearly");
    operations([
        yearly().method("GET").requires(scope("reports:read")),
        yearly().method("HEAD").any_token(),
        operation()
            .method("GET")
            .path("/api/reports/salaries")
            .requires(all_scopes(["reports:read", "reports:salaries"])),
    ])
}

/// The tools of an MCP server, by the headers of a request (revision 2026-07-28).
fn tools() -> Requirement {
    operations([
        mcp::tool("read_file").requires(scope("files:read")),
        mcp::tool("delete_file").requires(all_scopes(["files:write", "files:delete"])),
        mcp::resource("file:///Grüße").requires(scope("files:read")),
        mcp::method("tools/list").any_token(),
    ])
}

async fn public() -> Json<Value> {
    Json(json!({ "message": "Anyone may read this." }))
}

async fn private(Authorized(token): Authorized) -> Json<Value> {
    Json(json!({ "message": "Only a valid token lets you read this.", "subject": token.subject() }))
}

async fn private_scoped(Authorized(token): Authorized) -> Json<Value> {
    Json(json!({
        "message": "Only the scope read:messages lets you read this.",
        "scopes": token.scopes().collect::<Vec<_>>(),
    }))
}

/// What a handler usually wants to know of a token.
#[derive(Serialize)]
struct Protected {
    auth: AuthInfo,
}

async fn info(Authorized(token): Authorized) -> Json<Protected> {
    Json(Protected { auth: token.info() })
}

async fn secured_token(Authorized(token): Authorized) -> Json<Value> {
    Json(json!({ "message": "A valid token.", "issuer": token.issuer() }))
}

async fn secured_scope(Authorized(token): Authorized) -> Json<Value> {
    let scopes: Vec<_> = token.scopes().collect();
    Json(json!({ "message": "The scopes openid and profile.", "scopes": scopes }))
}

async fn secured_claim(Authorized(token): Authorized) -> Json<Value> {
    Json(json!({ "message": "The claim role, with the value admin.", "role": token.claim("role") }))
}

async fn step_up_done(Authorized(token): Authorized) -> Json<Value> {
    Json(json!({
        "message": "Only a subject with a fresh second factor reads this.",
        "acr": token.claim("acr"),
    }))
}

async fn members(Path(organization): Path<String>, Authorized(token): Authorized) -> Json<Value> {
    Json(json!({
        "organization": organization,
        "members": ["ada", "grace", "hedy"],
        "readBy": token.subject(),
    }))
}

async fn data(Path(organization): Path<String>, Authorized(token): Authorized) -> Json<Value> {
    Json(json!({ "organization": organization, "data": [3, 1, 4, 1, 5], "readBy": token.subject() }))
}

async fn not_found() -> (StatusCode, Json<Value>) {
    (
        StatusCode::NOT_FOUND,
        Json(json!({ "error": "not_found", "error_description": "GET / lists what is here" })),
    )
}
