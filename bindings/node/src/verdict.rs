//! What a check says to JavaScript where a bare number does not do.

use bearward_core::{ClaimsError, Engine, Failure, Rejection};
use http::HeaderName;
use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use napi_derive::napi;

use crate::fetch::Fetch;

/// Everything but a plain acceptance.
#[napi(object)]
pub struct Verdict {
    /// `accepted`, `failed`, `wait` or `resolve`.
    pub outcome: String,
    /// Why it failed.
    pub failure: Option<FailureFacts>,
    /// The issuer to resolve.
    pub issuer: Option<String>,
    /// A fetch to run: behind the request when there is a decision, before asking again when there is none.
    pub fetch: Option<Fetch>,
}

/// A failure, as far as JavaScript may tell it.
#[napi(object)]
pub struct FailureFacts {
    /// The stable code, such as `token_expired`.
    pub code: String,
    /// The status of the answer.
    pub status: u32,
    /// The core's body: `{"error","error_description"}`.
    pub body: String,
    /// `WWW-Authenticate`.
    pub challenge: Option<String>,
    /// `Retry-After`, in seconds.
    pub retry_after: Option<u32>,
    /// The claim that is absent or malformed.
    pub claim: Option<String>,
    /// What is wrong with the route, for its operator's eyes.
    pub misconfiguration: Option<String>,
}

impl Verdict {
    pub(crate) fn accepted(fetch: Fetch) -> Self {
        Self { outcome: "accepted".to_owned(), failure: None, issuer: None, fetch: Some(fetch) }
    }

    pub(crate) fn failed(failure: FailureFacts, fetch: Option<Fetch>) -> Self {
        Self { outcome: "failed".to_owned(), failure: Some(failure), issuer: None, fetch }
    }

    pub(crate) fn wait(fetch: Option<Fetch>) -> Self {
        Self { outcome: "wait".to_owned(), failure: None, issuer: None, fetch }
    }

    pub(crate) fn resolve(issuer: String) -> Self {
        Self { outcome: "resolve".to_owned(), failure: None, issuer: Some(issuer), fetch: None }
    }
}

impl FailureFacts {
    pub(crate) fn of(failure: &Failure, engine: &Engine) -> Self {
        let answer = engine.answer(failure);
        let header = |name: HeaderName| answer.headers.get(name).and_then(|value| value.to_str().ok());
        Self {
            code: failure.code().to_owned(),
            status: answer.status.as_u16().into(),
            body: String::from_utf8_lossy(&answer.body).into_owned(),
            challenge: header(WWW_AUTHENTICATE).map(str::to_owned),
            retry_after: header(RETRY_AFTER).and_then(|seconds| seconds.parse().ok()),
            claim: claim_of(failure).map(str::to_owned),
            misconfiguration: match failure {
                Failure::Misconfigured(what) => Some(what.to_string()),
                _ => None,
            },
        }
    }
}

fn claim_of(failure: &Failure) -> Option<&'static str> {
    match failure {
        Failure::Rejected(Rejection::Claims(ClaimsError::Missing(name) | ClaimsError::Malformed(name))) => {
            Some(name)
        }
        _ => None,
    }
}
