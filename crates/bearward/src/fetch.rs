//! The HTTP side of a [`Fetch`]: bounded in time and bytes, and never led elsewhere.

use std::error::Error;

use bearward_core::engine::{Fetch, FetchProgress};
use bearward_core::trust::{FetchAnswer, FetchError, FetchOutcome, FetchRequest, Limits};
use bearward_core::wire::RedactedUrl;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, StatusCode};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};

use crate::clock::Clock;
use crate::key_request_headers::KeyRequestHeaders;

/// The client for applications without their own: verified TLS, no redirects.
pub(crate) fn default_client() -> Result<Client, reqwest::Error> {
    Client::builder()
        .redirect(Policy::none())
        .user_agent(concat!("bearward/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// A fetch that brought nothing: what an operator must know to find out why.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) url: RedactedUrl,
    pub(crate) why: FetchError,
    /// What the HTTP client says: a refused connection, an unknown host, a certificate.
    pub(crate) cause: Option<String>,
}

/// Runs a fetch to its end.
pub(crate) async fn run(
    mut fetch: Fetch,
    client: &Client,
    own_headers: &KeyRequestHeaders,
    limits: &Limits,
    clock: &Clock,
) -> Result<FetchOutcome, Failed> {
    loop {
        let url = fetch.request().shown_url();
        let answer = match own_headers.of(fetch.issuer().identifier(), fetch.request()) {
            Ok(own) => send(client, fetch.request(), own, limits).await,
            Err(why) => Err(why),
        };
        let answer = match answer {
            Ok(answer) => answer,
            Err((why, cause)) => {
                fetch.failed(why.clone(), clock.now());
                return Err(Failed { url, why, cause });
            }
        };
        let (status, headers, body) = &answer;
        let answer = FetchAnswer { status: *status, headers, body };
        match fetch.answered(answer, clock.now()) {
            Ok(FetchProgress::Next(next) | FetchProgress::Elsewhere { next, .. }) => fetch = next,
            Ok(FetchProgress::Finished(outcome)) => return Ok(outcome),
            Err(why) => return Err(Failed { url, why, cause: None }),
        }
    }
}

/// Sends one request, within the limits. What it needs by itself comes before the operator's own headers.
pub(crate) async fn send(
    client: &Client,
    request: &FetchRequest,
    own: HeaderMap,
    limits: &Limits,
) -> Result<(StatusCode, HeaderMap, Vec<u8>), (FetchError, Option<String>)> {
    let url: Url = request.url.parse().map_err(|_| (FetchError::Transport, Some("not a URL".to_owned())))?;
    let mut call = client.request(request.method.clone(), url.clone()).headers(own);
    call = call.header(ACCEPT, request.accept).timeout(limits.fetch_timeout);
    if let Some(etag) = &request.if_none_match {
        call = call.header(IF_NONE_MATCH, etag);
    }
    if let Some(authorization) = &request.authorization {
        let value = HeaderValue::try_from(authorization);
        let mut value = value.map_err(|_| (FetchError::Transport, Some("not a header".to_owned())))?;
        // The client's libraries must not log it.
        value.set_sensitive(true);
        call = call.header(AUTHORIZATION, value);
    }
    if let Some(form) = &request.form {
        call = call.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form.clone());
    }
    let mut response = call.send().await.map_err(|error| blame(&error))?;
    if *response.url() != url {
        // The application's own client may follow redirects; an answer from another place is not the issuer's.
        return Err((FetchError::Redirect, None));
    }
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| blame(&error))? {
        if body.len() + chunk.len() > request.max_bytes {
            return Err((FetchError::TooLarge, None));
        }
        body.extend_from_slice(&chunk);
    }
    Ok((status, headers, body))
}

/// What an operator is told of a failed call. The client's own words quote the URL, with its query: the innermost
/// cause does not, and what does all the same is redacted.
fn blame(error: &reqwest::Error) -> (FetchError, Option<String>) {
    if error.is_timeout() {
        (FetchError::Timeout, None)
    } else if error.is_redirect() {
        (FetchError::Redirect, None)
    } else {
        let mut cause: &dyn Error = error;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        (FetchError::Transport, Some(RedactedUrl::within(&cause.to_string())))
    }
}
