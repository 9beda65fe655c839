//! `POST /playground/send`: a request as the API meets it, decided by the API's own engine, with every check.
//!
//! One attempt gives both the checks and the answer: a proof passes once, so a second look would see another request.

use std::borrow::Cow;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::header::HOST;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use bearward_axum::answer::Answer;
use bearward_axum::check::RequestFacts;
use bearward_axum::engine::{Route, Source};
use bearward_axum::{AccessToken, Failure};
use bearward_core::Refusal;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tower_service::Service as _;

use super::Shared;
use crate::demo::ROUTES;
use crate::demo::api::Guarded;
use crate::explain::{Expectation, Observed, Presented, observe, refused_unread};
use crate::playground::Trouble;

/// The headers that a request of the page may have.
const ALLOWED: [&str; 3] = ["authorization", "dpop", "client-cert"];

/// The handlers of the demo answer in a line.
const MOST_BODY: usize = 64 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sent {
    path: String,
    headers: Vec<(String, String)>,
}

pub(super) async fn send(
    State(shared): State<Arc<Shared>>,
    own: HeaderMap,
    Json(sent): Json<Sent>,
) -> Result<Json<Value>, Trouble> {
    let headers = headers(&own, &sent)?;
    let Some((template, parameters)) = template_of(&sent.path) else {
        return Err(Trouble::bad_request("choose a route of the demo"));
    };
    let guarded = shared.guarded.iter().find(|guarded| guarded.path == template);
    let decided = match guarded {
        None => Decided { result: Ok(None), report: None, source: None },
        Some(guarded) => {
            let facts = Facts { path: &sent.path, parameters };
            decide(&shared, guarded, &facts, &sent.path, &headers).await?
        }
    };
    let shown = json!({ "method": "GET", "path": sent.path, "headers": listed(&headers) });
    let answer = match decided.result {
        Ok(token) => handle(&shared, &sent.path, headers, token).await?,
        Err(answer) => answered(answer),
    };
    Ok(Json(json!({
        "request": shown,
        "answer": tell(answer).await?,
        "report": decided.report,
        "source": decided.source,
    })))
}

/// What was decided, and the report on it.
struct Decided {
    result: Result<Option<AccessToken>, Answer>,
    report: Option<Box<RawValue>>,
    source: Option<&'static str>,
}

/// Lets the engine of the API decide, once.
async fn decide(
    shared: &Shared,
    guarded: &Guarded,
    facts: &Facts<'_>,
    path: &str,
    headers: &HeaderMap,
) -> Result<Decided, Trouble> {
    let playground = &shared.playground;
    let server = &playground.server;
    let expectation = Expectation::of_api(
        &playground.issuer,
        &playground.audience,
        playground.introspection.clone(),
        guarded.requirement.clone(),
    );
    let expectation = expectation.map_err(|error| Trouble::bad_request(error.to_string()))?;
    let route = expectation.requirement().map_or(Route::open(), |required| Route::requiring(required, facts));
    let unread = |refusal: Refusal| {
        let report = refused_unread(&refusal, server.now());
        Ok(Decided { result: Err(refusal.answer()), report: Some(report), source: None })
    };
    let credential = match server.credential(headers, None, None) {
        Ok(Some(credential)) => credential,
        Ok(None) => return unread(server.missing_credential(route)),
        Err(refusal) => return unread(refusal),
    };
    let presented = Presented::by_request(
        credential.expose_token(),
        credential.scheme(),
        Method::GET,
        path,
        headers.clone(),
        IpAddr::V4(Ipv4Addr::LOCALHOST),
    );
    let observed = observe(server, &expectation, &presented, facts).await;
    let Observed { result, report, source } =
        observed.map_err(|error| Trouble::bad_request(error.to_string()))?;
    let result = result.map_err(|refusal| {
        let failure: &Failure = refusal.failure();
        server.log_failure(failure);
        refusal.answer()
    });
    Ok(Decided { result: result.map(Some), report: Some(report), source: Some(name_of(source)) })
}

const fn name_of(source: Source) -> &'static str {
    match source {
        Source::Cache => "cache",
        Source::Verification => "verification",
        Source::Introspection => "introspection",
    }
}

/// The headers of the request: those of the page's choice, and the host that the page itself is reached by.
fn headers(own: &HeaderMap, sent: &Sent) -> Result<HeaderMap, Trouble> {
    let mut headers = HeaderMap::new();
    if let Some(host) = own.get(HOST) {
        headers.insert(HOST, host.clone());
    }
    for (name, value) in &sent.headers {
        let allowed = ALLOWED.iter().find(|allowed| *allowed == name);
        let Some(name) = allowed else {
            return Err(Trouble::bad_request("this header is not for this page"));
        };
        let value = HeaderValue::from_str(value);
        let value =
            value.map_err(|_| Trouble::bad_request(format!("{name}: a header cannot have this value")))?;
        headers.append(HeaderName::from_static(name), value);
    }
    Ok(headers)
}

/// The route that a path is of, and the parameters in it.
fn template_of(path: &str) -> Option<(&'static str, Vec<(&'static str, String)>)> {
    let parts: Vec<_> = path.split('/').collect();
    ROUTES.iter().filter(|route| route.method == "GET").find_map(|route| {
        let template: Vec<_> = route.path.split('/').collect();
        let mut parameters = Vec::new();
        let fits = template.len() == parts.len()
            && template.iter().zip(&parts).all(|(template, part)| {
                match template.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
                    Some(name) => {
                        parameters.push((name, (*part).to_owned()));
                        // Nothing that would have to be decoded.
                        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                    }
                    None => template == part,
                }
            });
        fits.then_some((route.path, parameters))
    })
}

/// What the requirement of a route may know of the request.
struct Facts<'p> {
    path: &'p str,
    parameters: Vec<(&'static str, String)>,
}

impl RequestFacts for Facts<'_> {
    fn method(&self) -> Option<&str> {
        Some("GET")
    }

    fn path(&self) -> Option<&str> {
        Some(self.path)
    }

    fn path_parameter(&self, name: &str) -> Option<Cow<'_, str>> {
        let found = self.parameters.iter().find(|(own, _)| *own == name);
        found.map(|(_, value)| Cow::Borrowed(value.as_str()))
    }

    fn header(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }

    fn host(&self) -> Option<Cow<'_, str>> {
        None
    }
}

/// Runs the handler of the route, with the token that was let in.
async fn handle(
    shared: &Shared,
    path: &str,
    headers: HeaderMap,
    token: Option<AccessToken>,
) -> Result<Response<Body>, Trouble> {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = path.parse().map_err(|_| Trouble::bad_request("choose a route of the demo"))?;
    *request.headers_mut() = headers;
    if let Some(token) = token {
        request.extensions_mut().insert(token);
    }
    let answer: Result<_, Infallible> = shared.handlers.clone().call(request).await;
    Ok(answer.unwrap_or_else(|never| match never {}))
}

fn answered(answer: Answer) -> Response<Body> {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response
}

async fn tell(answer: Response<Body>) -> Result<Value, Trouble> {
    let (head, body) = answer.into_parts();
    let body = to_bytes(body, MOST_BODY).await;
    let body = body.map_err(|_| Trouble::new(StatusCode::BAD_GATEWAY, "the handler's answer is too long"))?;
    Ok(json!({
        "status": head.status.as_u16(),
        "reason": head.status.canonical_reason().unwrap_or_default(),
        "headers": listed(&head.headers),
        "body": String::from_utf8_lossy(&body),
    }))
}

fn listed(headers: &HeaderMap) -> Vec<(&str, Cow<'_, str>)> {
    headers.iter().map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_finds_its_route_and_nothing_else_does() {
        assert_eq!(template_of("/api/private"), Some(("/api/private", vec![])));
        let (path, parameters) = template_of("/api/organizations/org_1/data").unwrap();
        assert_eq!(path, "/api/organizations/{org}/data");
        assert_eq!(parameters, [("org", "org_1".to_owned())]);
        for path in [
            "",
            "/",
            "/api",
            "/api/private/",
            "/playground/state",
            "/api/organizations//data",
            "/api/organizations/%2e/data",
        ] {
            assert_eq!(template_of(path), None, "{path}");
        }
    }
}
