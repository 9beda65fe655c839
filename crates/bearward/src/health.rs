//! What a probe is told: whether this process can serve requests with tokens.
//!
//! 1. Nothing is waited for. What is missing is fetched in the background, no oftener than for requests.
//! 2. Keys in hand are used until they are too old to serve, also while their refresh fails: an outage of the
//!    authorization server takes no instance out of service that can go on.
//! 3. One issuer's keys are enough. The tokens of the others are answered 503, and another instance could not serve
//!    them either.

use bearward_core::engine::Readiness;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};

use crate::ResourceServer;

/// So many fetches a probe starts. With more issuers, the next probes start the others.
const MOST_STARTED: usize = 16;

/// Whether this process can serve requests with tokens: for a readiness probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// The configured issuers whose tokens can be verified: their keys are in hand, or they are asked about tokens.
    pub ready_issuers: usize,
    /// The others.
    pub missing_issuers: usize,
    /// Whether a resolver names further issuers.
    pub resolves_issuers: bool,
}

impl Health {
    /// Whether the tokens of a configured issuer can be verified, or a resolver names issuers.
    #[must_use]
    pub const fn is_ready(self) -> bool {
        self.ready_issuers > 0 || self.resolves_issuers
    }

    /// 200, or 503 where no token can be verified.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        if self.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
    }

    /// A JSON text for a person who reads the probe's answer. It names no issuer.
    #[must_use]
    pub fn json(self) -> String {
        let Self { ready_issuers, missing_issuers, .. } = self;
        let ready = self.is_ready();
        format!(r#"{{"ready":{ready},"ready_issuers":{ready_issuers},"missing_issuers":{missing_issuers}}}"#)
    }

    /// The answer to a readiness probe, for the route of any framework: [`status`](Self::status) and [`json`](Self::json), for
    /// no cache to keep, with `Retry-After` beside 503.
    #[must_use]
    pub fn response(self) -> Response<String> {
        let mut response = answered(self.json());
        *response.status_mut() = self.status();
        if !self.is_ready() {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// The answer to a liveness probe, for the route of any framework: 200, always. A process that answers at all is alive.
#[must_use]
pub fn live() -> Response<String> {
    answered(r#"{"live":true}"#.to_owned())
}

fn answered(json: String) -> Response<String> {
    let mut response = Response::new(json);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

impl ResourceServer {
    /// Whether this process can serve requests with tokens, answered at once: for a readiness probe. Where keys are missing
    /// or due, it starts to fetch them in the background. Must be called within a Tokio runtime, which runs what is fetched.
    ///
    /// [`ready`](Self::ready) waits for the keys, and tells what keeps them away.
    #[must_use]
    pub fn health(&self) -> Health {
        let resolves_issuers = self.resolves_issuers();
        let mut health = Health { ready_issuers: 0, missing_issuers: 0, resolves_issuers };
        let mut started = 0;
        for issuer in self.engine().issuers() {
            let now = self.now();
            if started < MOST_STARTED
                && let Readiness::Refresh(fetch) | Readiness::Fetch(fetch) =
                    self.engine().readiness(issuer, now)
            {
                self.fetch_in_background(*fetch);
                started += 1;
            }
            let has_keys = self.engine().has_keys(issuer, now);
            let count = if has_keys { &mut health.ready_issuers } else { &mut health.missing_issuers };
            *count += 1;
        }
        health
    }
}
