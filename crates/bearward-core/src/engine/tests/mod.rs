//! The whole path with made-up time, theme by theme.

mod cached;
mod claims;
mod configuration;
mod details;
mod fetching;
mod introspection;
mod issuers;
mod load_balancer;
mod operations;
mod organizations;
mod places;
mod proofs;
mod provider_places;
mod required_claims;
mod refused;
mod requirements;
mod resolving;
mod revocations;
mod rotation;
mod secret_beside_keys;
mod status;
mod three_valued;
mod scopes;
mod tokens;
mod trail;
mod without_audience;

use serde_json::{Value, json};

use super::*;
use crate::answer::challenge::Answer;
use crate::answer::failure::{Failure, Misconfiguration, Rejection, Unavailable};
use crate::check::access_token::AccessToken;
use crate::check::confirmation::NonceError;
use crate::check::requirement::Requirement;
use crate::check::rule::Rule;
use crate::check::validation::ClaimsError;
use crate::engine::fetch::FetchProgress;
use crate::mint;
use crate::mint::SigningKey;
use crate::token::error::TokenError;
use crate::trust::fetch_answer::FetchAnswer;
use crate::trust::fetch_outcome::{FetchError, FetchOutcome};
use crate::trust::introspection::IntrospectionProblem;
use crate::trust::issuer::IssuerError;
use crate::trust::issuer::IssuerProblem;

const ISSUER: &str = "https://issuer.example";
const AUDIENCE: &str = "https://api.example.com";

/// The calendar when the uptime is zero.
const START: u64 = 1_700_000_000;

/// So many seconds after the start, on both clocks.
fn at(seconds: u64) -> Now {
    Now::new(secs(START + seconds), secs(seconds))
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The key of the issuer, where one is enough.
fn key() -> SigningKey {
    SigningKey::ed25519("k", 1)
}

/// An issuer that nothing must be fetched for.
fn issuer() -> IssuerConfig {
    IssuerConfig::new(ISSUER).static_keys(mint::jwks([&key()]))
}

fn config() -> EngineConfig {
    // A small cache: each test builds many.
    let limits = Limits { max_cached_tokens: 64, ..Limits::default() };
    EngineConfig::new().issuer(issuer()).audience(AUDIENCE).limits(limits)
}

fn engine() -> Engine {
    config().build().unwrap()
}

/// Good claims for an hour, with these members changed; `null` takes one out.
fn claims(changes: &Value) -> Value {
    let mut claims = json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "subject", "client_id": "client", "jti": "1",
        "iat": START, "exp": START + 3600,
    });
    let members = claims.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => members.remove(name),
            value => members.insert(name.clone(), value.clone()),
        };
    }
    claims
}

fn token(changes: &Value) -> String {
    key().token(&claims(changes))
}

/// What a request hears when it asks.
#[derive(Debug)]
pub(crate) struct Asked {
    /// What it waits for, or how it ends; [`Step::Wait`] also where it runs the fetch itself.
    pub(crate) step: Step,
    /// The fetch that it starts.
    pub(crate) fetch: Option<Fetch>,
    source: Source,
}

/// Asks once.
pub(crate) fn asked(mut attempt: Attempt<'_>, now: Now) -> Asked {
    let mut started = None;
    let step = loop {
        match attempt.step(now) {
            Step::Refresh(fetch) => started = Some(*fetch),
            Step::Fetch(fetch) => {
                let in_flight = fetch.in_flight();
                started = Some(*fetch);
                break Step::Wait(in_flight);
            }
            step => break step,
        }
    };
    Asked { step, fetch: started, source: attempt.source() }
}

fn check(engine: &Engine, token: &str, now: Now) -> Asked {
    check_for(engine, token, Route::open(), now)
}

fn check_for(engine: &Engine, token: &str, route: Route<'_>, now: Now) -> Asked {
    let credential = Credential::from_token(token, engine.credential_rules()).unwrap();
    asked(engine.attempt(&credential, route), now)
}

/// What is decided where nothing may be fetched.
fn decide(engine: &Engine, token: &str, now: Now) -> Result<AccessToken, Failure> {
    settled(check(engine, token, now))
}

fn settled(check: Asked) -> Result<AccessToken, Failure> {
    assert!(check.fetch.is_none(), "a fetch is asked for");
    decided(check.step)
}

fn decided(step: Step) -> Result<AccessToken, Failure> {
    match step {
        Step::Done(result) => result.map_err(Refusal::into_failure),
        other => panic!("{other:?}"),
    }
}

/// The answer to a failure of a request with a bearer token.
fn answer_of(engine: &Engine, failure: &Failure) -> Answer {
    engine.refuse(failure.clone(), Scheme::Bearer).answer()
}

/// Why a token is refused at the start, with nothing fetched, and with status 401.
fn refusal(engine: &Engine, token: &str) -> Rejection {
    let failure = decide(engine, token, at(0)).unwrap_err();
    assert_eq!(answer_of(engine, &failure).status, 401, "{failure:?}");
    let Failure::Rejected(rejection) = failure else { panic!("{failure:?}") };
    rejection
}

/// What a requirement says to a token with these claims.
fn require(requirement: Requirement, changes: &Value) -> Result<(), Failure> {
    require_of(requirement, changes, &NoFacts)
}

fn require_of(requirement: Requirement, changes: &Value, facts: &dyn RequestFacts) -> Result<(), Failure> {
    let requirement = requirement.check().unwrap();
    let (engine, token) = (engine(), token(changes));
    let route = || Route::requiring(&requirement, facts);
    let new = settled(check_for(&engine, &token, route(), at(1))).map(drop);
    let again = settled(check_for(&engine, &token, route(), at(1))).map(drop);
    assert_eq!(new, again, "the answer to a cached token is another");
    new
}

/// An answer to a fetch.
#[derive(Clone)]
struct Reply {
    status: u16,
    headers: http::HeaderMap,
    body: String,
}

impl Reply {
    fn new(status: u16, body: impl Into<String>) -> Self {
        Self { status, headers: http::HeaderMap::new(), body: body.into() }
    }

    fn keys<'k>(keys: impl IntoIterator<Item = &'k SigningKey>) -> Self {
        Self::new(200, mint::jwks(keys))
    }

    fn metadata(issuer: &str, jwks_uri: &str) -> Self {
        Self::new(200, json!({ "issuer": issuer, "jwks_uri": jwks_uri }).to_string())
    }

    fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, value.parse().unwrap());
        self
    }
}

/// Gives one answer.
fn answer(fetch: Fetch, reply: &Reply, now: Now) -> Result<FetchProgress, FetchError> {
    let status = http::StatusCode::from_u16(reply.status).unwrap();
    fetch.answered(FetchAnswer { status, headers: &reply.headers, body: reply.body.as_bytes() }, now)
}

/// Gives the last answer of a flight.
fn finish_fetch(fetch: Fetch, reply: &Reply, now: Now) -> FetchOutcome {
    match answer(fetch, reply, now).unwrap() {
        FetchProgress::Finished(outcome) => outcome,
        other => panic!("{other:?}"),
    }
}

/// The fetch of a request that has to wait for it.
fn waited_fetch(check: Asked) -> Fetch {
    assert!(matches!(check.step, Step::Wait(_)), "{:?}", check.step);
    check.fetch.unwrap()
}

fn waits(check: &Asked) -> bool {
    matches!(check.step, Step::Wait(_))
}

fn missing(claim: &'static str) -> Rejection {
    ClaimsError::Missing(claim).into()
}

fn malformed(claim: &'static str) -> Rejection {
    ClaimsError::Malformed(claim).into()
}
