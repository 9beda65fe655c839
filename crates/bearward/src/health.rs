//! What a probe is told: whether this process can serve requests with tokens.
//!
//! 1. Nothing is waited for. What is missing is fetched in the background, no oftener than for requests.
//! 2. Keys in hand are used until they are too old to serve, also while their refresh fails: an outage of the
//!    authorization server takes no instance out of service that can go on.
//! 3. One issuer's keys are enough. The tokens of the others are answered 503, and another instance could not serve
//!    them either.

use bearward_core::engine::Readiness;
use http::StatusCode;

use crate::ResourceServer;

/// Whether this process can serve requests with tokens: for a readiness probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// The configured issuers whose keys are in hand.
    pub ready_issuers: usize,
    /// The others.
    pub missing_issuers: usize,
}

impl Health {
    /// Whether the keys of an issuer are in hand, or no issuer is configured, so that a resolver names them.
    #[must_use]
    pub const fn is_ready(self) -> bool {
        self.ready_issuers > 0 || self.missing_issuers == 0
    }

    /// 200, or 503 where no token could be verified.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        if self.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
    }

    /// A JSON text for a person who reads the probe's answer. It names no issuer.
    #[must_use]
    pub fn json(self) -> String {
        let Self { ready_issuers, missing_issuers } = self;
        let ready = self.is_ready();
        format!(r#"{{"ready":{ready},"ready_issuers":{ready_issuers},"missing_issuers":{missing_issuers}}}"#)
    }
}

impl ResourceServer {
    /// Whether this process can serve requests with tokens, answered at once: for a readiness probe. Where keys are missing
    /// or due, it starts to fetch them in the background. Must be called within a Tokio runtime, which runs what is fetched.
    ///
    /// [`ready`](Self::ready) waits for the keys, and tells what keeps them away.
    #[must_use]
    pub fn health(&self) -> Health {
        let mut health = Health { ready_issuers: 0, missing_issuers: 0 };
        for issuer in self.engine().issuers() {
            let now = self.now();
            if let Readiness::Refresh(fetch) | Readiness::Fetch(fetch) = self.engine().readiness(issuer, now)
            {
                self.fetch_in_background(*fetch);
            }
            let has_keys = self.engine().has_keys(issuer, now);
            let count = if has_keys { &mut health.ready_issuers } else { &mut health.missing_issuers };
            *count += 1;
        }
        health
    }
}
