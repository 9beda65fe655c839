//! The endpoint of the Streamable HTTP transport: the SDK's service, behind the policy.
//!
//! 1. Since revision 2026-07-28 a request names its operation in headers. Bearward's layer decides by them, before the body
//!    is read; the SDK refuses a body that is about something else.
//! 2. Requests of earlier revisions name it in the body alone. For them the same policy is asked once the body is there.
//! 3. The server keeps no sessions: the SDK's sessions belong to those who know their ID, whatever their token says. Each
//!    request has its own token, and is the request of that token's subject.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, post, post_service};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bearward_axum::check::{AuthorizationError, CheckedRequirement};
use bearward_axum::engine::Route;
use bearward_axum::layers::{Framework, HttpFacts, PathParameters, refusal};
use bearward_axum::requirement::mcp;
use bearward_axum::{AccessToken, Authorized, ConfigError, Protect, ResourceServer};
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use serde::Deserialize;
use tower::ServiceExt as _;

use crate::policy::policy;
use crate::tools::Notes;

/// The first revision whose requests name their operation in headers.
const REVISION: &str = "2026-07-28";

/// The longest body of a request, in bytes.
const MAX_BODY: usize = 1 << 20;

/// The service of the SDK, which accepts requests to the host of the resource alone.
pub(crate) fn service(api: &ResourceServer) -> StreamableHttpService<Notes, NeverSessionManager> {
    let document = api.resource_metadata().and_then(|document| document.url().parse::<Uri>().ok());
    let host = document.as_ref().and_then(Uri::authority).map(ToString::to_string);
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_max_request_body_bytes(MAX_BODY)
        // No host at all would be every host.
        .with_allowed_hosts([host.unwrap_or_else(|| "localhost".to_owned())]);
    let notes = Notes::default();
    StreamableHttpService::new(move || Ok(notes.clone()), Arc::default(), config)
}

/// The route of the endpoint.
pub(crate) fn endpoint(api: &ResourceServer) -> Result<MethodRouter, ConfigError> {
    let service = post_service(service(api));
    let by_headers = service.clone().layer(api.require(policy())?);
    let rule = Arc::new(ByBody { api: api.clone(), policy: policy().check()? });
    let permitted: MethodRouter<(), Infallible> = service.layer(from_fn_with_state(rule, permit_by_body));
    Ok(post(decide).with_state(Decision { by_headers, by_body: permitted.layer(api.layer()) }))
}

/// The two ways to the service.
#[derive(Clone)]
struct Decision {
    by_headers: MethodRouter<(), Infallible>,
    by_body: MethodRouter<(), Infallible>,
}

async fn decide(State(decision): State<Decision>, request: Request) -> Result<Response, Infallible> {
    let revision = request.headers().get("mcp-protocol-version");
    // Revisions are dates, which are in the order of their texts.
    match revision.is_some_and(|revision| revision.as_bytes() >= REVISION.as_bytes()) {
        true => decision.by_headers.oneshot(request).await,
        false => decision.by_body.oneshot(request).await,
    }
}

struct ByBody {
    api: ResourceServer,
    policy: CheckedRequirement,
}

async fn permit_by_body(
    State(rule): State<Arc<ByBody>>,
    Authorized(token): Authorized,
    request: Request,
    next: Next,
) -> Response {
    let (mut head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    match rule.permit(token, &body) {
        Ok(token) => {
            head.extensions.insert(token);
            next.run(Request::from_parts(head, Body::from(body))).await
        }
        Err(error) => refusal(error.into(), &head),
    }
}

impl ByBody {
    fn permit(&self, token: AccessToken, body: &[u8]) -> Result<AccessToken, AuthorizationError> {
        let call = named_in_headers(body)?;
        let no_parameters = PathParameters::default();
        let facts = HttpFacts::of(&call, Framework::NONE, &no_parameters);
        Route::requiring(&self.policy, &facts).authorize(token, self.api.now().date())
    }
}

/// As much of a message as the policy asks for.
#[derive(Deserialize)]
struct Message {
    method: String,
    #[serde(default)]
    params: Option<Named>,
}

#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    name: Option<String>,
}

/// The request that a body would be in revision 2026-07-28, without the body.
fn named_in_headers(body: &[u8]) -> Result<Request<()>, AuthorizationError> {
    let malformed = AuthorizationError::MalformedOperation;
    let Message { method, params } = serde_json::from_slice(body).map_err(|_| malformed.clone())?;
    let mut call = Request::post("/mcp")
        .header("mcp-protocol-version", HeaderValue::from_static(REVISION))
        .header("mcp-method", method);
    if let Some(name) = params.and_then(|params| params.name) {
        // A name may have characters that a header cannot.
        call = call.header("mcp-name", format!("=?base64?{}?=", STANDARD.encode(name)));
    }
    let call = call.body(()).map_err(|_| malformed)?;
    // Refuses what another reader of the body could understand otherwise, such as two members of one name.
    mcp::check_body(call.headers(), body)?;
    Ok(call)
}
