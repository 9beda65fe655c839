//! The API of the demo in this process, and what it answers.

use bearward_axum::check::DpopPolicy;
use bearward_axum::{IssuerConfig, ResourceServer};
use bearward_issuer::DpopKey;
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::Value;

use crate::served;

pub(crate) const AUDIENCE: &str = "https://api.example.com";
pub(crate) const OTHER_AUDIENCE: &str = "https://other.example.com";
pub(crate) const ACCEPTED: (u16, &str, &str) = (200, "", "");

/// The API for tokens of this issuer; gives its URL.
pub(crate) async fn serve(issuer: IssuerConfig) -> String {
    serve_with(issuer, DpopPolicy::accepted()).await
}

/// The same, with this policy about proofs.
pub(crate) async fn serve_with(issuer: IssuerConfig, dpop: DpopPolicy) -> String {
    let builder = ResourceServer::builder().issuer(issuer).audience(AUDIENCE).dpop(dpop);
    let api = bearward_cli::demo::behind_proxy(builder).build().unwrap();
    served::serve(bearward_cli::demo::api(&api).unwrap()).await
}

/// Status, error code and its description.
pub(crate) type Answer = (u16, String, String);

pub(crate) fn told((status, code, description): &Answer) -> (u16, &str, &str) {
    (*status, code, description)
}

pub(crate) async fn bearer(api: &str, path: &str, token: &str) -> Answer {
    call(api, path, &format!("Bearer {token}"), None).await
}

/// With a fresh proof of this key for this token.
pub(crate) async fn proven(api: &str, path: &str, token: &str, key: &DpopKey) -> Answer {
    let proof = key.proof("GET", &format!("{api}{path}")).access_token(token).sign();
    call(api, path, &format!("DPoP {token}"), Some(&proof)).await
}

async fn call(api: &str, path: &str, authorization: &str, proof: Option<&str>) -> Answer {
    let mut headers = HeaderMap::new();
    headers.insert("authorization", HeaderValue::from_str(authorization).unwrap());
    if let Some(proof) = proof {
        headers.insert("dpop", HeaderValue::from_str(proof).unwrap());
    }
    let request = reqwest::Client::new().get(format!("{api}{path}")).headers(headers);
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let body: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    (status, text("error"), text("error_description"))
}

/// Sends a form with a client's credentials (`client_secret_basic`); the answer's body, empty or JSON.
pub(crate) async fn post(url: &str, client: &str, form: &[(&str, &str)], headers: HeaderMap) -> Value {
    let secret = format!("{client}-secret");
    let request =
        reqwest::Client::new().post(url).basic_auth(client, Some(secret)).headers(headers).form(form);
    let body = request.send().await.unwrap().text().await.unwrap();
    serde_json::from_str(&body).unwrap_or(Value::String(body))
}

/// A document of the authorization server.
pub(crate) async fn document(url: &str) -> Value {
    let text = reqwest::get(url).await.unwrap().text().await.unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The access token of a successful answer.
pub(crate) fn access_token(answer: &Value) -> String {
    answer["access_token"].as_str().unwrap_or_else(|| panic!("no token: {answer}")).to_owned()
}
