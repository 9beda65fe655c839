//! What a check says to JavaScript where a bare number does not do.

use bearward_core::answer::{Rejection, Unavailable};
use bearward_core::check::{ClaimsError, ConfirmationError, ProofError};
use bearward_core::engine::Source;
use bearward_core::trust::{IntrospectionError, Issuer};
use bearward_core::{AccessToken, Failure, Now, Refusal};
use http::HeaderName;
use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use napi::bindgen_prelude::Either;
use napi_derive::napi;

use crate::consultation::Consult;
use crate::fetch::Fetch;

/// Everything but a plain acceptance.
#[napi(object)]
#[derive(Default)]
pub struct Verdict {
    /// Of readiness `ready`, `wait` or `unavailable`.
    #[napi(ts_type = "'accepted' | 'failed' | 'wait' | 'resolve' | 'consult' | 'ready' | 'unavailable'")]
    pub outcome: String,
    /// Why it failed.
    pub failure: Option<FailureFacts>,
    /// The issuer to resolve.
    pub issuer: Option<String>,
    /// A fetch to run: behind the request when there is a decision, before asking again when there is none.
    pub fetch: Option<Fetch>,
    /// What a request without a decision waits for: a fetch of this number, its own or another's.
    pub flight: Option<u32>,
    /// Since when a request without a decision waits, to be handed in when it is asked about again.
    pub since: Option<f64>,
    /// The stores to ask.
    pub consult: Option<Consult>,
    /// `DPoP-Nonce`, where the request was let in and the client should use another one next time.
    pub dpop_nonce: Option<String>,
    /// The token that was verified, wherever the request had it; there whenever the outcome is `accepted`.
    pub token: Option<String>,
    /// The claims set, as JSON, where it is not in the token: what the authorization server answered about it.
    pub claims: Option<String>,
    /// The JWT that the token stands for, where the authorization server answered with one.
    pub jwt: Option<String>,
    /// The organization that the request may act for, where JavaScript cannot read it out of the claims; empty where
    /// there is none.
    pub organization: Option<String>,
    /// What the token was judged by, where the decision is observed.
    pub judged: Option<Judged>,
}

/// How a decision about a token came about.
#[napi(object)]
pub struct Judged {
    /// The identifier of the trusted issuer by whose keys and rules it was judged; absent without a trusted issuer.
    pub issuer: Option<String>,
    /// Whether the token was found in a cache.
    pub is_cached: bool,
}

impl Judged {
    pub(crate) fn by(decision: &Result<AccessToken, Refusal>, source: Source) -> Self {
        let issuer = match decision {
            Ok(token) => Some(token.issuer()),
            Err(refusal) => refusal.issuer().map(Issuer::identifier),
        };
        Self { issuer: issuer.map(str::to_owned), is_cached: source == Source::Cache }
    }
}

/// How a check ended, before it is put in a form for JavaScript.
pub(crate) enum Answer {
    /// The token may pass; a fetch may be run behind the request.
    Accepted(AccessToken, Option<Box<Fetch>>),
    /// Anything else.
    Other(Box<Verdict>),
}

/// What stands for a token that may pass, where JavaScript knows which one it is and there is nothing else to say.
const ACCEPTED: u32 = 0;

impl Answer {
    pub(crate) fn other(verdict: Verdict) -> Self {
        Self::Other(Box::new(verdict))
    }

    /// The same with what the operator may have meant.
    pub(crate) fn with_near_miss(mut self, near_miss: Option<String>) -> Self {
        if let Self::Other(verdict) = &mut self
            && let Some(failure) = &mut verdict.failure
        {
            failure.near_miss = near_miss;
        }
        self
    }

    /// For a caller that handed over the one text the token is in.
    pub(crate) fn brief(self) -> Either<u32, Verdict> {
        match self {
            Self::Accepted(token, None) if token.dpop_nonce().is_none() && !has_claims_elsewhere(&token) => {
                Either::A(ACCEPTED)
            }
            answer => Either::B(answer.full()),
        }
    }

    /// For a caller that handed over several places a token may be in: it is told which one was verified.
    pub(crate) fn full(self) -> Verdict {
        match self {
            Self::Accepted(token, fetch) => Verdict::accepted(&token, fetch.map(|fetch| *fetch)),
            Self::Other(verdict) => *verdict,
        }
    }
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
    /// `WWW-Authenticate`, one value for each accepted scheme.
    pub challenges: Vec<String>,
    /// `DPoP-Nonce`.
    pub dpop_nonce: Option<String>,
    /// `Retry-After`, in seconds.
    pub retry_after: Option<u32>,
    /// The claim that is absent or malformed.
    pub claim: Option<String>,
    /// What is wrong with the route, for its operator's eyes.
    pub misconfiguration: Option<String>,
    /// Why the issuer could not be asked about the token, for its operator's eyes; absent where no answer came, since
    /// the fetch's own error says more.
    pub not_introspected: Option<String>,
    /// The configured issuer or audience that the token almost names, for its operator's eyes.
    pub near_miss: Option<String>,
}

impl Verdict {
    pub(crate) fn accepted(token: &AccessToken, fetch: Option<Fetch>) -> Self {
        let elsewhere = has_claims_elsewhere(token);
        Self {
            outcome: "accepted".to_owned(),
            fetch,
            dpop_nonce: token.dpop_nonce().map(|nonce| nonce.as_str().to_owned()),
            token: Some(token.expose_token().to_owned()),
            claims: elsewhere.then(|| token.claims_json().to_owned()),
            jwt: token.expose_jwt().filter(|_| elsewhere).map(str::to_owned),
            ..Self::default()
        }
    }

    pub(crate) fn for_organization(self, organization: Option<&str>) -> Self {
        Self { organization: Some(organization.unwrap_or_default().to_owned()), ..self }
    }

    /// What needs no more than a word.
    pub(crate) fn of(outcome: &str) -> Self {
        Self { outcome: outcome.to_owned(), ..Self::default() }
    }

    pub(crate) fn failed(failure: FailureFacts, fetch: Option<Fetch>) -> Self {
        Self { outcome: "failed".to_owned(), failure: Some(failure), fetch, ..Self::default() }
    }

    pub(crate) fn wait(flight: u32, fetch: Option<Fetch>) -> Self {
        Self { outcome: "wait".to_owned(), flight: Some(flight), fetch, ..Self::default() }
    }

    pub(crate) fn resolve(issuer: String) -> Self {
        Self { outcome: "resolve".to_owned(), issuer: Some(issuer), ..Self::default() }
    }

    /// For a request that is asked about again: it came when it was asked about first.
    pub(crate) fn since(self, since: Option<f64>, now: Now) -> Self {
        Self { since: Some(since.unwrap_or(now.uptime().as_secs_f64() * 1000.0)), ..self }
    }

    pub(crate) fn consult(consult: Consult, fetch: Option<Fetch>) -> Self {
        Self { outcome: "consult".to_owned(), consult: Some(consult), fetch, ..Self::default() }
    }
}

/// Whether the claims are in another text than the payload of the token that the client presented.
fn has_claims_elsewhere(token: &AccessToken) -> bool {
    !token.has_claims_in_payload()
}

impl FailureFacts {
    pub(crate) fn of(refusal: &Refusal) -> Self {
        let (failure, answer) = (refusal.failure(), refusal.answer());
        let header = |name: HeaderName| answer.headers.get(name).and_then(|value| value.to_str().ok());
        let challenges = answer.headers.get_all(WWW_AUTHENTICATE).iter();
        Self {
            code: failure.code().to_owned(),
            status: answer.status.as_u16().into(),
            body: String::from_utf8_lossy(&answer.body).into_owned(),
            challenges: challenges.filter_map(|value| value.to_str().ok()).map(str::to_owned).collect(),
            dpop_nonce: failure.dpop_nonce().map(|nonce| nonce.as_str().to_owned()),
            retry_after: header(RETRY_AFTER).and_then(|seconds| seconds.parse().ok()),
            claim: claim_of(failure).map(str::to_owned),
            misconfiguration: match failure {
                Failure::Misconfigured(what) => Some(what.to_string()),
                _ => None,
            },
            not_introspected: not_introspected(failure),
            near_miss: None,
        }
    }
}

/// What no fetch has told: its metadata came, and has nothing to ask at.
fn not_introspected(failure: &Failure) -> Option<String> {
    let Failure::Unavailable(Unavailable::Introspection { why, .. }) = failure else { return None };
    match why {
        IntrospectionError::NoEndpoint | IntrospectionError::Endpoint(_) | IntrospectionError::Signing => {
            Some(why.to_string())
        }
        _ => None,
    }
}

fn claim_of(failure: &Failure) -> Option<&'static str> {
    match failure {
        Failure::Rejected(Rejection::Claims(ClaimsError::Missing(name) | ClaimsError::Malformed(name))) => {
            Some(name)
        }
        Failure::Rejected(Rejection::Confirmation(ConfirmationError::Proof(ProofError::Claim(name)))) => {
            Some(name)
        }
        _ => None,
    }
}
