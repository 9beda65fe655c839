//! Asks the engine, and fetches what it wants until it knows.
//!
//! `bearward` fetches for APIs and keeps the reasons for its log; here every step is told.

use std::error::Error as _;
use std::time::{Duration, Instant, SystemTime};

use bearward_axum::ResourceServer;
use bearward_core::check::{CheckedRequirement, RequestFacts};
use bearward_core::engine::{Explanation, Fetch, FetchProgress};
use bearward_core::trust::{
    FetchAnswer, FetchError, FetchOutcome, FetchRequest, IntrospectionError, MetadataError, SkippedKey,
};
use bearward_core::wire::RedactedUrl;
use bearward_core::{Credential, Engine, Now, Route, Step};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};

use super::raw_json::RawJson;
use super::sender::PresentedSender;
use super::token::PresentedToken;
use crate::usage::UsageError;

/// How often, and for how long, a fetch of somebody else is waited for: ten seconds in all.
const MOST_WAITS: u32 = 500;
const WAIT: Duration = Duration::from_millis(20);

/// What came of asking and fetching.
pub(super) struct Settled {
    pub(super) explanation: Explanation,
    pub(super) fetched: Vec<Fetched>,
    /// What the issuer says of the token, where it was asked.
    pub(super) introspected: Option<RawJson>,
}

/// One fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fetched {
    pub(super) url: RedactedUrl,
    /// What came of it, in words.
    pub(super) result: String,
    pub(super) ended: Ended,
}

/// What was heard so far.
#[derive(Default)]
struct Told {
    fetched: Vec<Fetched>,
    introspected: Option<RawJson>,
}

/// Whether a fetch got the keys any nearer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    Well,
    Badly,
}

/// The clocks that an engine is asked by: one engine is always asked by the same.
pub(super) enum Clock<'s> {
    /// Those of this process, since this reading.
    Own(Instant),
    /// Those of a resource server.
    Of(&'s ResourceServer),
}

impl Clock<'_> {
    pub(super) fn start() -> Self {
        Self::Own(Instant::now())
    }

    pub(super) fn now(&self) -> Now {
        let started = match self {
            Self::Own(started) => started,
            Self::Of(server) => return server.now(),
        };
        // A calendar before 1970 is a broken one; the far future refuses every token.
        let since_epoch = SystemTime::UNIX_EPOCH.elapsed().unwrap_or(Duration::MAX);
        Now::new(since_epoch, started.elapsed())
    }
}

/// Asks until nothing must be fetched any more.
pub(super) async fn settle(
    engine: &Engine,
    presented: &PresentedToken,
    sender: &PresentedSender,
    requirement: Option<&CheckedRequirement>,
    facts: &dyn RequestFacts,
    clock: &Clock<'_>,
) -> Result<Settled, UsageError> {
    let client = client()?;
    let route = requirement.map_or(Route::open(), |requirement| Route::requiring(requirement, facts));
    let route = route.waiting_since(clock.now().uptime());
    let (mut told, mut waits) = (Told::default(), 0);
    loop {
        let explanation = match Credential::from_token(presented.expose(), engine.credential_rules()) {
            Ok(credential) => engine.explain_credential(&sender.present(credential), route, clock.now()),
            // It is no credential at all, which is explained too.
            Err(_) => engine.explain(presented.expose(), route, clock.now()),
        };
        match explanation.step {
            Step::Fetch(fetch) => run(*fetch, engine, &client, clock, &mut told).await,
            // A request of the API fetches it.
            Step::Wait(_) if waits < MOST_WAITS => {
                waits += 1;
                tokio::time::sleep(WAIT).await;
            }
            _ => {
                let Told { fetched, introspected } = told;
                return Ok(Settled { explanation, fetched, introspected });
            }
        }
    }
}

fn client() -> Result<Client, UsageError> {
    let client = Client::builder()
        .redirect(Policy::none())
        .user_agent(concat!("bearward/", env!("CARGO_PKG_VERSION")))
        .build();
    client.map_err(|error| UsageError::new(format!("cannot set up TLS: {}", root_cause(&error))))
}

/// One flight: metadata, then keys. Whatever goes wrong, the engine hears of it and says so when asked again.
async fn run(mut fetch: Fetch, engine: &Engine, client: &Client, clock: &Clock<'_>, told: &mut Told) {
    loop {
        let request = fetch.request().clone();
        let mut tell = |ended, result| told.fetched.push(Fetched { url: request.shown_url(), result, ended });
        let (status, headers, body) = match send(client, &request, engine.limits().fetch_timeout).await {
            Ok(answer) => answer,
            Err(why) => {
                tell(Ended::Badly, why);
                // The words are told; what the engine says of it is not.
                return fetch.failed(FetchError::Transport, clock.now());
            }
        };
        let expected = fetch.issuer().identifier().to_owned();
        match fetch.answered(FetchAnswer { status, headers: &headers, body: &body }, clock.now()) {
            Ok(FetchProgress::Next(next)) => {
                tell(Ended::Well, "its metadata".to_owned());
                fetch = next;
            }
            // Most servers publish their metadata at one of the places alone.
            Ok(FetchProgress::Elsewhere { next, why: FetchError::Status(404) }) => {
                tell(Ended::Well, format!("{status}: not here"));
                fetch = next;
            }
            // Nor is anything wrong where one of them leaves out the endpoint. Whether it was found, the check says.
            Ok(FetchProgress::Elsewhere {
                next,
                why: FetchError::Introspection(IntrospectionError::NoEndpoint),
            }) => {
                tell(Ended::Well, "its metadata, without an introspection endpoint".to_owned());
                fetch = next;
            }
            Ok(FetchProgress::Elsewhere { next, why }) => {
                tell(Ended::Badly, blame(&why, &expected, &headers));
                fetch = next;
            }
            Ok(FetchProgress::Finished(outcome)) => {
                if matches!(outcome, FetchOutcome::Introspected { .. }) {
                    told.introspected = answer(&body);
                }
                return tell(Ended::Well, loaded(&outcome));
            }
            // The other places have been told of.
            Err(FetchError::NoMetadata(places)) => {
                let Some(last) = places.last() else { return };
                return tell(Ended::Badly, blame(&last.why, &expected, &headers));
            }
            Err(why) => return tell(Ended::Badly, blame(&why, &expected, &headers)),
        }
    }
}

/// The claims in an answer about a token: JSON, a signed answer (RFC 9701) or the JWT behind it.
fn answer(body: &[u8]) -> Option<RawJson> {
    let text = std::str::from_utf8(body).ok()?.trim();
    let whole = RawJson::read(text).or_else(|| RawJson::of_part(text, 1))?;
    match whole.get("token_introspection") {
        Some(inner) => RawJson::read(&inner.to_string()),
        None => Some(whole),
    }
}

fn loaded(outcome: &FetchOutcome) -> String {
    match outcome {
        FetchOutcome::Loaded { keys, skipped } if skipped.is_empty() => format!("a key set of {keys}"),
        FetchOutcome::Loaded { keys, skipped } => {
            let why = SkippedKey::list(skipped);
            format!("a key set of {keys}, and {} that cannot be used: {why}", skipped.len())
        }
        FetchOutcome::Introspected { .. } => "what the issuer says of the token".to_owned(),
        _ => "the key set has not changed".to_owned(),
    }
}

fn blame(why: &FetchError, expected: &str, headers: &HeaderMap) -> String {
    match why {
        FetchError::Redirect => {
            let target = headers.get(LOCATION).and_then(|target| target.to_str().ok()).unwrap_or("nowhere");
            format!("{why}: it points to {}", RedactedUrl::of(target))
        }
        FetchError::Metadata(MetadataError::IssuerMismatch { found: Some(found) })
            if differ_in_slash(found.as_str(), expected) =>
        {
            format!("{why}; the trailing slash makes the difference")
        }
        // The check says what to make of it.
        FetchError::Introspection(IntrospectionError::ClientRefused(status)) => {
            format!("it answered {status}")
        }
        other => other.to_string(),
    }
}

async fn send(
    client: &Client,
    request: &FetchRequest,
    timeout: Duration,
) -> Result<(StatusCode, HeaderMap, Vec<u8>), String> {
    let mut call = client.request(request.method.clone(), &request.url);
    call = call.header(ACCEPT, request.accept).timeout(timeout);
    if let Some(authorization) = &request.authorization {
        call = call.header(AUTHORIZATION, authorization);
    }
    if let Some(form) = &request.form {
        call = call.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form.clone());
    }
    let mut response = call.send().await.map_err(|error| explain(&error, timeout))?;
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| explain(&error, timeout))? {
        if body.len() + chunk.len() > request.max_bytes {
            return Err(FetchError::TooLarge.to_string());
        }
        body.extend_from_slice(&chunk);
    }
    Ok((status, headers, body))
}

fn explain(error: &reqwest::Error, timeout: Duration) -> String {
    if error.is_timeout() {
        return format!("no complete answer within {} seconds", timeout.as_secs());
    }
    format!("{}: {}", FetchError::Transport, root_cause(error))
}

/// The innermost error is the one that says what happened: a refused connection, an unknown host, a
/// certificate that is not trusted.
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause = error.source();
    while let Some(inner) = cause.and_then(|cause| cause.source()) {
        cause = Some(inner);
    }
    // Where there is no cause, the client's own words quote the URL.
    RedactedUrl::within(&cause.map_or_else(|| error.to_string(), ToString::to_string))
}

/// Whether the one is the other with a slash at its end.
pub(super) fn differ_in_slash(one: &str, other: &str) -> bool {
    one.strip_suffix('/') == Some(other) || other.strip_suffix('/') == Some(one)
}
