//! The one class.

use std::time::Instant;

use bearward_core::{
    Check, Credential, CredentialError, Engine, Failure, Now, Outcome, Rejection, Requirement, Route,
};
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use napi::bindgen_prelude::{Buffer, Either};
use napi::{Error, Result, Status};
use napi_derive::napi;

use crate::facts::{Registered, SentFacts};
use crate::fetch::{Answer, FetchStep, Flights};
use crate::header_text::HeaderText;
use crate::panic_guard::guard;
use crate::settings::{IssuerSettings, Settings, millis};
use crate::verdict::{FailureFacts, Verdict};

/// What a check gives back for a token that may pass, when there is nothing else to say.
const ACCEPTED: u32 = 0;

/// What decides for one `auth()`.
#[napi]
pub struct NativeEngine {
    engine: Engine,
    /// A requirement's handle is its place here.
    requirements: Vec<Registered>,
    flights: Flights,
    started: Instant,
    #[cfg(feature = "panic-injection")]
    armed: std::cell::Cell<bool>,
}

#[napi]
impl NativeEngine {
    /// Builds the engine of the settings, which are JSON. Throws what the operator must mend.
    #[napi(constructor)]
    pub fn new(settings: String) -> Result<Self> {
        guard(|| {
            let engine = Settings::read(&settings)
                .and_then(|config| config.build().map_err(|error| error.to_string()))
                .map_err(invalid)?;
            Ok(Self {
                engine,
                requirements: Vec::new(),
                flights: Flights::default(),
                started: Instant::now(),
                #[cfg(feature = "panic-injection")]
                armed: std::cell::Cell::new(false),
            })
        })
    }

    /// Checks a requirement, which is JSON, and gives it a handle. Throws what is wrong with it.
    #[napi]
    pub fn register(&mut self, requirement: String) -> Result<u32> {
        guard(|| {
            let requirement: Requirement = serde_json::from_str(&requirement)
                .map_err(|error| invalid(format!("requirement: {error}")))?;
            let checked = requirement.check().map_err(|error| invalid(format!("requirement: {error}")))?;
            self.requirements.push(Registered::new(checked));
            u32::try_from(self.requirements.len() - 1)
                .map_err(|_| invalid("too many requirements".to_owned()))
        })
    }

    /// The facts a requirement needs of each request: `path:<name>`, `header:<name>` or `host`.
    #[napi]
    pub fn needs(&self, requirement: u32) -> Result<Vec<String>> {
        guard(|| Ok(self.registered(requirement)?.needs()))
    }

    /// Decides about a request whose one credential is in its one `Authorization` header, for a route that
    /// any valid token may pass. `date` is `Date.now()`.
    #[napi]
    pub fn check(&self, authorization: HeaderText, date: f64) -> Result<Either<u32, Verdict>> {
        guard(|| {
            self.panic_if_armed();
            let rules = self.engine.credential_rules();
            let credential = Credential::from_authorization(authorization.as_str(), rules);
            self.decide(credential, self.now(date), None, None)
        })
    }

    /// The same, for a route with a requirement.
    #[napi]
    pub fn check_requirement(
        &self,
        authorization: HeaderText,
        date: f64,
        requirement: u32,
        facts: Option<Vec<Option<String>>>,
    ) -> Result<Either<u32, Verdict>> {
        guard(|| {
            self.panic_if_armed();
            let rules = self.engine.credential_rules();
            let credential = Credential::from_authorization(authorization.as_str(), rules);
            self.decide(credential, self.now(date), Some(requirement), facts.as_deref())
        })
    }

    /// Decides about a request that may hold its credential, or several, in other places too: all its
    /// `Authorization` headers, its query, and its form.
    #[napi]
    pub fn check_parts(
        &self,
        authorization: Vec<String>,
        query: Option<String>,
        form: Option<String>,
        date: f64,
        requirement: Option<u32>,
        facts: Option<Vec<Option<String>>>,
    ) -> Result<Either<u32, Verdict>> {
        guard(|| {
            self.panic_if_armed();
            let rules = self.engine.credential_rules();
            let mut headers = HeaderMap::new();
            for value in &authorization {
                // Node hands over Latin-1 as text; beyond ASCII nothing is a credential.
                let value = HeaderValue::try_from(value.as_str());
                headers.append(AUTHORIZATION, value.unwrap_or(HeaderValue::from_static(",")));
            }
            let form = form.as_deref().map(str::as_bytes);
            let credential = Credential::extract(&headers, query.as_deref(), form, rules);
            self.decide(credential, self.now(date), requirement, facts.as_deref())
        })
    }

    /// Takes the resolver's word on an issuer: its settings as JSON, or nothing when it is not trusted.
    /// Throws when they cannot work.
    #[napi]
    pub fn resolved(&self, issuer: String, settings: Option<String>, date: f64) -> Result<()> {
        guard(|| {
            let config = settings.as_deref().map(IssuerSettings::read).transpose().map_err(invalid)?;
            self.engine.resolved(&issuer, config, self.now(date)).map_err(|error| invalid(error.to_string()))
        })
    }

    /// Takes the answer to a fetch.
    #[napi]
    pub fn fetch_answered(&self, id: u32, answer: Answer, body: Buffer, date: f64) -> Result<FetchStep> {
        guard(|| Ok(self.flights.answered(id, &answer, &body, self.now(date))))
    }

    /// No answer to a fetch came.
    #[napi]
    pub fn fetch_failed(&self, id: u32, date: f64) -> Result<()> {
        guard(|| {
            self.flights.failed(id, self.now(date));
            Ok(())
        })
    }

    /// The most requests that may wait for one fetch.
    #[napi(getter)]
    pub fn most_waiting(&self) -> u32 {
        u32::try_from(self.engine.limits().waiting_requests).unwrap_or(u32::MAX)
    }
}

#[cfg(feature = "panic-injection")]
#[napi]
impl NativeEngine {
    /// Makes the next check panic.
    #[napi]
    pub fn panic_next(&self) {
        self.armed.set(true);
    }
}

impl NativeEngine {
    fn decide(
        &self,
        credential: std::result::Result<Option<Credential<'_>>, CredentialError>,
        now: Now,
        requirement: Option<u32>,
        facts: Option<&[Option<String>]>,
    ) -> Result<Either<u32, Verdict>> {
        let credential = match credential {
            Ok(Some(credential)) => credential,
            Ok(None) => return Ok(self.failed(&Rejection::MissingCredential.into())),
            Err(error) => return Ok(self.failed(&error.into())),
        };
        let Check { outcome, fetch, .. } = match requirement {
            None => self.engine.check(&credential, Route::open(), now),
            Some(handle) => {
                let registered = self.registered(handle)?;
                let facts = SentFacts { registered, values: facts.unwrap_or_default() };
                self.engine.check(&credential, Route::requiring(&registered.requirement, &facts), now)
            }
        };
        let fetch = fetch.map(|fetch| self.flights.take_off(fetch));
        Ok(match (outcome, fetch) {
            (Outcome::Done(Ok(_)), None) => Either::A(ACCEPTED),
            (Outcome::Done(Ok(_)), Some(fetch)) => Either::B(Verdict::accepted(fetch)),
            (Outcome::Done(Err(failure)), fetch) => {
                Either::B(Verdict::failed(FailureFacts::of(&failure, &self.engine), fetch))
            }
            (Outcome::Wait, fetch) => Either::B(Verdict::wait(fetch)),
            (Outcome::Resolve(issuer), _) => Either::B(Verdict::resolve(issuer)),
        })
    }

    /// The calendar is JavaScript's, so that a test that sets `Date` sets it here too; ages are measured on
    /// the addon's own clock, which nobody sets.
    fn now(&self, date: f64) -> Now {
        Now::new(millis(date), self.started.elapsed())
    }

    fn failed(&self, failure: &Failure) -> Either<u32, Verdict> {
        Either::B(Verdict::failed(FailureFacts::of(failure, &self.engine), None))
    }

    fn registered(&self, handle: u32) -> Result<&Registered> {
        let found = usize::try_from(handle).ok().and_then(|place| self.requirements.get(place));
        found.ok_or_else(|| invalid("no such requirement".to_owned()))
    }

    #[cfg(feature = "panic-injection")]
    #[allow(clippy::panic)]
    fn panic_if_armed(&self) {
        if self.armed.take() {
            panic!("injected");
        }
    }

    #[cfg(not(feature = "panic-injection"))]
    #[allow(clippy::unused_self)]
    fn panic_if_armed(&self) {}
}

fn invalid(message: String) -> Error {
    Error::new(Status::InvalidArg, message)
}
