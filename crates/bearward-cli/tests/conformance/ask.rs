//! One case: its request is sent, and the answer compared to the last byte.

use std::sync::LazyLock;

use http::header::{CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use reqwest::{Client, Url};
use serde_json::Value;

use crate::suite::{self, Case, Expectation, Refusal};
use crate::target::{CODE, Target};
use crate::text::{self, Placeholders};
use crate::token;

static CLIENT: LazyLock<Client> = LazyLock::new(Client::new);

/// What came back.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// Runs a case; the error says what differs.
pub(crate) async fn run(target: &Target, case: &Case) -> Result<(), String> {
    let token = case.token.as_ref().map(|token| token::mint(token, target));
    let token = String::from_utf8(token.unwrap_or_default()).unwrap();
    let placeholders = [("{token}", token), ("{audience}", target.audience().to_owned())];
    let method = Method::from_bytes(case.request.method.as_deref().unwrap_or("GET").as_bytes()).unwrap();
    let answer = send(target, case, method.clone(), &placeholders).await;
    match &case.expect {
        Expectation::Named(name) if name == "accepted" => equal("status", answer.status, 200),
        Expectation::Named(name) => refused(&answer, suite::refusal(name), &method),
        Expectation::Exactly { status, json } => {
            equal("status", answer.status, *status)?;
            let body: Value = serde_json::from_slice(&answer.body).map_err(|error| error.to_string())?;
            equal("body", body, text::fill_value(json, &placeholders, 0, &Value::Null))
        }
    }
}

async fn send(target: &Target, case: &Case, method: Method, placeholders: Placeholders<'_>) -> Answer {
    let mut url = Url::parse(target.url()).unwrap();
    let path = case.request.path.as_deref().unwrap_or("/api/private");
    url.set_path(path);
    assert_eq!(url.path(), path, "{}: the client would send another path", case.name);
    url.set_query(case.request.query.as_deref().map(|query| text::fill(query, placeholders)).as_deref());

    let mut headers = HeaderMap::new();
    for (name, value) in case.request.headers.clone().unwrap_or_else(|| default_headers(case)) {
        // A character of the file is a byte on the wire.
        let value: Vec<u8> =
            text::fill(&value, placeholders).chars().map(|c| u8::try_from(c).unwrap()).collect();
        headers.append(
            HeaderName::from_bytes(name.to_ascii_lowercase().as_bytes()).unwrap(),
            HeaderValue::from_bytes(&value).unwrap(),
        );
    }
    let mut request = CLIENT.request(method, url).headers(headers);
    if let Some(body) = &case.request.body {
        request = request.body(text::fill(body, placeholders));
    }
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, body: response.bytes().await.unwrap().to_vec() }
}

/// A token is sent in the header, unless the case has another way of sending it.
fn default_headers(case: &Case) -> Vec<(String, String)> {
    let elsewhere = [&case.request.query, &case.request.body].into_iter().flatten();
    match case.token.is_some() && !elsewhere.into_iter().any(|part| part.contains("{token}")) {
        true => vec![("Authorization".to_owned(), "Bearer {token}".to_owned())],
        false => Vec::new(),
    }
}

fn refused(answer: &Answer, row: &Refusal, method: &Method) -> Result<(), String> {
    let header = |name| -> Vec<_> {
        let values = answer.headers.get_all(name).iter();
        values.map(|value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect()
    };
    equal("code", header(HeaderName::from_static(CODE)), vec![row.code.clone()])?;
    equal("status", answer.status, row.status)?;
    equal("WWW-Authenticate", header(WWW_AUTHENTICATE), row.challenges.clone())?;
    equal("Content-Type", header(CONTENT_TYPE), vec!["application/json".to_owned()])?;
    equal("Cache-Control", header(CACHE_CONTROL), vec!["no-store".to_owned()])?;
    let body = if method == Method::HEAD { "" } else { &row.body };
    equal("body", String::from_utf8_lossy(&answer.body).into_owned(), body.to_owned())
}

fn equal<T: PartialEq + std::fmt::Debug>(what: &str, found: T, expected: T) -> Result<(), String> {
    match found == expected {
        true => Ok(()),
        false => Err(format!("{what}\n  found    {found:?}\n  expected {expected:?}")),
    }
}
