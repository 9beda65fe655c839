//! `POST /playground/token`: the token endpoint decides what the client may have; then the token gets its lifetime and flaw.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bearward_issuer::RunningIssuer;
use reqwest::Client;
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Shared;
use super::config::{CLIENTS, ORGANIZATIONS};
use super::flaw::{Flaw, Form, finished};
use crate::demo::AUDIENCE;
use crate::playground::Trouble;

const ANOTHER_API: &str = "https://other.example.com";

/// The issuer is in this process; more than this is a hang.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a person chose.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    client: String,
    target: Target,
    organization: String,
    scopes: Vec<String>,
    /// Whether the subject is to be authenticated with the class `mfa`, now.
    mfa: bool,
    /// In seconds.
    lifetime: Option<u32>,
    flaw: Option<String>,
    binding: Binding,
    /// The proof for the token endpoint, where the token is to be bound to its key.
    dpop_proof: Option<String>,
}

/// Whom the token is for.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Target {
    Api,
    ApiWithinOrganization,
    Organization,
    AnotherApi,
}

/// What the token is bound to.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Binding {
    Bearer,
    Dpop,
    Certificate,
}

/// For calls of the issuer on this machine, which go through no proxy.
pub(super) fn client() -> Result<Client, reqwest::Error> {
    Client::builder().no_proxy().redirect(Policy::none()).timeout(PATIENCE).build()
}

pub(super) async fn token(
    State(shared): State<Arc<Shared>>,
    Json(wanted): Json<Wanted>,
) -> Result<Json<Value>, Trouble> {
    let Some(issuer) = &shared.playground.embedded else {
        return Err(Trouble::new(
            StatusCode::NOT_FOUND,
            "this demo runs no authorization server; paste a token",
        ));
    };
    let granted = request(&shared, issuer, &wanted).await?;
    let token = match (wanted.lifetime, &wanted.flaw) {
        (None, None) => granted,
        (lifetime, flaw) => changed(&shared, issuer, &granted, lifetime, flaw.as_deref()).await?,
    };
    Ok(Json(json!({ "access_token": token })))
}

/// Asks the token endpoint, as any client does (RFC 6749 §4.4).
async fn request(shared: &Shared, issuer: &RunningIssuer, wanted: &Wanted) -> Result<String, Trouble> {
    let known = |list: &[&str], name: &str| list.contains(&name);
    if !CLIENTS.iter().any(|(id, _)| *id == wanted.client) || !known(&ORGANIZATIONS, &wanted.organization) {
        return Err(Trouble::bad_request("choose a client and an organization of the demo"));
    }
    let secret = format!("{}-secret", wanted.client);
    let scopes = wanted.scopes.join(" ");
    let mut form =
        vec![("grant_type", "client_credentials"), ("client_id", &wanted.client), ("client_secret", &secret)];
    match wanted.target {
        Target::Organization => {}
        Target::AnotherApi => form.push(("resource", ANOTHER_API)),
        Target::Api | Target::ApiWithinOrganization => form.push(("resource", AUDIENCE)),
    }
    if matches!(wanted.target, Target::Organization | Target::ApiWithinOrganization) {
        form.push(("organization_id", &wanted.organization));
    }
    if !scopes.is_empty() {
        form.push(("scope", &scopes));
    }
    if wanted.mfa {
        form.push(("acr_values", "mfa"));
    }
    let mut headers = Vec::new();
    match (wanted.binding, &wanted.dpop_proof) {
        (Binding::Bearer, _) => {}
        (Binding::Dpop, Some(proof)) => headers.push(("dpop", proof.as_str())),
        (Binding::Dpop, None) => {
            return Err(Trouble::bad_request("a token for a key needs a proof of that key"));
        }
        (Binding::Certificate, _) => headers.push(("client-cert", &shared.certificates[0])),
    }
    let answer = post(shared, &issuer.token_endpoint(), &form, &headers).await?;
    let token = answer.get("access_token").and_then(Value::as_str);
    token.map(str::to_owned).ok_or_else(|| Trouble::new(StatusCode::BAD_GATEWAY, "the issuer gave no token"))
}

/// The same token with another lifetime, or a flaw.
async fn changed(
    shared: &Shared,
    issuer: &RunningIssuer,
    granted: &str,
    lifetime: Option<u32>,
    flaw: Option<&str>,
) -> Result<String, Trouble> {
    let (form, claims) = match claims_of(granted) {
        Some(claims) => (Form::Jwt, claims),
        None => (Form::Opaque, introspected(shared, issuer, granted).await?),
    };
    let token = claims.into_iter().fold(issuer.mint(), |token, (name, value)| token.claim(name, value));
    let token = match lifetime {
        Some(seconds) => token.expires_in(seconds.into()),
        None => token,
    };
    let Some(code) = flaw else { return Ok(finished(token, &form, issuer)) };
    let flaw = Flaw::named(code).ok_or_else(|| Trouble::bad_request("choose a flaw of the list"))?;
    flaw.apply(token, &form, issuer).ok_or_else(|| {
        Trouble::bad_request(
            "an opaque token has neither header nor signature: choose another client for this flaw",
        )
    })
}

/// The claims of a JWT of the demo's issuer, to make another from; `None` where the token is opaque.
fn claims_of(token: &str) -> Option<Map<String, Value>> {
    let payload = token.split('.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

/// What the issuer says of an opaque token (RFC 7662 §2.2), as claims to make another from.
async fn introspected(
    shared: &Shared,
    issuer: &RunningIssuer,
    token: &str,
) -> Result<Map<String, Value>, Trouble> {
    let form = [("token", token), ("client_id", "api"), ("client_secret", "api-secret")];
    let mut claims = post(shared, &issuer.introspection_endpoint(), &form, &[]).await?;
    for name in ["active", "token_type"] {
        claims.remove(name);
    }
    Ok(claims)
}

async fn post(
    shared: &Shared,
    url: &str,
    form: &[(&str, &str)],
    headers: &[(&str, &str)],
) -> Result<Map<String, Value>, Trouble> {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let mut call = shared.http.post(url).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
    for (name, value) in headers {
        call = call.header(*name, *value);
    }
    let down = |_| {
        Trouble::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "The authorization server does not answer. Start it, or send the token that you have.",
        )
    };
    let response = call.send().await.map_err(down)?;
    let is_success = response.status().is_success();
    let bytes = response.bytes().await.map_err(down)?;
    let answer: Map<String, Value> = serde_json::from_slice(&bytes).unwrap_or_default();
    if is_success {
        return Ok(answer);
    }
    let text = |name| answer.get(name).and_then(Value::as_str).unwrap_or("no reason given");
    Err(Trouble::bad_request(format!(
        "The authorization server refuses to issue this token: {} ({}).",
        text("error"),
        text("error_description")
    )))
}
