//! The authorization endpoint (RFC 6749 §3.1): a page that asks the user, and the answer that takes the browser back.
//!
//! 1. Until client and redirect URI are known to be right, a mistake is shown here and goes nowhere (§4.1.2.1).
//! 2. Every answer to the client names the issuer (RFC 9207).
//! 3. The page is for the user's browser at this host alone: another `Host` (DNS rebinding), another `Origin`, a frame,
//!    and a decision without the handle of the page are refused.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use axum::response::{Html, IntoResponse, Response};
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderName, LOCATION, ORIGIN, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderMap, StatusCode};
use serde_json::Map;

use super::consent::{Complaint, Question};
use super::refusal::form_body;
use super::state::IssuerState;
use crate::clock;
use crate::code_flow::pkce::CodeChallenge;
use crate::code_flow::redirect_uri::RedirectUri;
use crate::code_flow::registration::RegisteredClient;
use crate::code_flow::store::Authorization;
use crate::config::{AccessTokenFormat, Client, RequestedClaims, User};
use crate::grant::decision::{Grant, decide};
use crate::grant::error::{ErrorCode, TokenError};
use crate::grant::form::Form;
use crate::grant::request::TokenRequest;

/// A longer one has no use, and would be remembered.
const MAX_STATE: usize = 2048;

const PAGE: [(HeaderName, &str); 5] = [
    (CACHE_CONTROL, "no-store"),
    (CONTENT_SECURITY_POLICY, "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
    (X_FRAME_OPTIONS, "DENY"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // With `no-referrer` a browser would send the decision with `Origin: null`.
    (REFERRER_POLICY, "same-origin"),
];

/// Where the answer to a request goes, once that is known to be right.
struct Return {
    client: Arc<RegisteredClient>,
    redirect_uri: RedirectUri,
    state: Option<String>,
}

/// `GET`: shows the user what is asked for.
pub(crate) async fn ask(
    State(state): State<Arc<IssuerState>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    if !is_for_this_host(&state, &headers) {
        return complaint(StatusCode::MISDIRECTED_REQUEST, "this server has another name");
    }
    let mut form = Form::parse(query.unwrap_or_default().as_bytes());
    let back = match Return::of(&state, &mut form) {
        Ok(back) => back,
        Err(reason) => return complaint(StatusCode::BAD_REQUEST, reason),
    };
    match question(&state, &mut form, &back) {
        Ok((challenge, grant)) => {
            let Return { client, redirect_uri, state: client_state } = back;
            let page = Question::new(&client, &redirect_uri, &grant);
            let authorization = Authorization {
                client: Arc::clone(&client),
                redirect_uri: redirect_uri.clone(),
                state: client_state,
                challenge,
                grant,
            };
            let handle = state.code_flow().ask(authorization, clock::unix_seconds());
            let page = page.render(&state.paths.authorization, &handle);
            (PAGE, Html(page)).into_response()
        }
        Err(error) => back.refuse(&state, error),
    }
}

/// `POST`: what the user decided.
pub(crate) async fn decide_question(
    State(state): State<Arc<IssuerState>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    if !is_for_this_host(&state, &headers) || !is_of_own_page(&state, &headers) {
        return complaint(StatusCode::FORBIDDEN, "this decision is of another page");
    }
    let now = clock::unix_seconds();
    let decision = form_body(&headers, body).and_then(|body| {
        let mut form = Form::parse(&body);
        Ok((form.take("request")?.unwrap_or_default(), form.take("decision")?))
    });
    let Ok((handle, decision)) = decision else {
        return complaint(StatusCode::BAD_REQUEST, "this is not a decision");
    };
    let Some(authorization) = state.code_flow().decided(&handle, now) else {
        return complaint(StatusCode::BAD_REQUEST, "this request was decided before, or is too old");
    };
    let back = Return {
        client: Arc::clone(&authorization.client),
        redirect_uri: authorization.redirect_uri.clone(),
        state: authorization.state.clone(),
    };
    if decision.as_deref() != Some("allow") {
        return back.refuse(&state, ErrorCode::AccessDenied.because("the user did not allow it"));
    }
    tracing::info!(client_id = ?back.client.id, audience = ?authorization.grant.audience, "access allowed");
    let code = state.code_flow().issue(authorization, now);
    back.send(&state, &[("code", &code)])
}

/// Whether a browser takes this server for what it is: a name of somebody else's that resolves to the loopback
/// interface would give that one's pages the rights of the server's own.
pub(crate) fn is_for_this_host(state: &IssuerState, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => Some(host.as_bytes()) == state.authority().map(str::as_bytes),
        _ => false,
    }
}

/// Programs send no `Origin`; a browser sends that of the page.
fn is_of_own_page(state: &IssuerState, headers: &HeaderMap) -> bool {
    headers.get_all(ORIGIN).iter().all(|origin| origin.as_bytes() == state.origin().as_bytes())
}

fn complaint(status: StatusCode, reason: &'static str) -> Response {
    tracing::info!(reason, "authorization request refused");
    (status, PAGE, Html(Complaint(reason).to_string())).into_response()
}

/// What the user is asked, and what the code will be bound to.
fn question(
    state: &IssuerState,
    form: &mut Form,
    back: &Return,
) -> Result<(CodeChallenge, Grant), TokenError> {
    let user = state.config.user.as_ref().ok_or(ErrorCode::ServerError.because("there is no user"))?;
    match form.take("response_type")?.as_deref() {
        Some("code") => {}
        Some(_) => return Err(ErrorCode::UnsupportedResponseType.because("the only response type is code")),
        None => return Err(ErrorCode::InvalidRequest.because("response_type is missing")),
    }
    if form.take("code_challenge_method")?.as_deref() != Some("S256") {
        return Err(ErrorCode::InvalidRequest.because("code_challenge_method must be S256"));
    }
    let challenge = form.take("code_challenge")?.as_deref().and_then(CodeChallenge::parse);
    let challenge =
        challenge.ok_or(ErrorCode::InvalidRequest.because("code_challenge is not a SHA-256 hash"))?;
    let mut resources = form.take_all("resource");
    resources.dedup();
    if resources.len() > 1 {
        return Err(ErrorCode::InvalidTarget.because("a token is for one resource"));
    }
    let request =
        TokenRequest { resource: resources.pop(), scope: form.take("scope")?, ..TokenRequest::default() };
    let grant = decide(&state.config, RequestedClaims::Refuse, &on_behalf_of(user, &back.client), request)?;
    Ok((challenge, grant))
}

/// The client with the rights of its user.
fn on_behalf_of(user: &User, client: &RegisteredClient) -> Client {
    let mut claims: Map<_, _> = user.claims.clone();
    claims.insert("sub".to_owned(), user.subject.as_str().into());
    Client {
        id: client.id.clone(),
        secret: String::new(),
        roles: user.roles.clone(),
        claims,
        access_token_format: AccessTokenFormat::Jwt,
        acr_values: Vec::new(),
    }
}

impl Return {
    fn of(state: &IssuerState, form: &mut Form) -> Result<Self, &'static str> {
        let mut take = |name| form.take(name).map_err(|_| "a parameter is repeated");
        let client_id = take("client_id")?.ok_or("client_id is missing")?;
        let client =
            state.code_flow().client(&client_id).map(Arc::clone).ok_or("no such client is registered")?;
        let redirect_uri = take("redirect_uri")?.ok_or("redirect_uri is missing")?;
        let redirect_uri = RedirectUri::parse(&redirect_uri).filter(|uri| client.may_be_sent_to(uri));
        let redirect_uri = redirect_uri.ok_or("the client has not registered this redirect_uri")?;
        let client_state = take("state")?;
        if client_state.as_ref().is_some_and(|state| state.len() > MAX_STATE) {
            return Err("state is too long");
        }
        Ok(Self { client, redirect_uri, state: client_state })
    }

    fn refuse(&self, state: &IssuerState, TokenError { code, description }: TokenError) -> Response {
        tracing::info!(code = code.as_str(), reason = description, "authorization refused");
        self.send(state, &[("error", code.as_str()), ("error_description", description)])
    }

    fn send(&self, state: &IssuerState, answer: &[(&str, &str)]) -> Response {
        let mut parameters = answer.to_vec();
        parameters.extend(self.state.as_deref().map(|state| ("state", state)));
        parameters.push(("iss", &state.url));
        let headers = [
            (LOCATION, self.redirect_uri.with(&parameters)),
            (CACHE_CONTROL, "no-store".to_owned()),
            (REFERRER_POLICY, "no-referrer".to_owned()),
        ];
        (StatusCode::SEE_OTHER, headers).into_response()
    }
}
