//! The one class.

use std::rc::Rc;
use std::sync::Arc;

use bearward_core::Requirement;
use bearward_core::check::ReplayOutcome;
use bearward_core::engine::{Readiness, Store, StoreAnswers};
use bearward_core::trust::FetchError;
use napi::bindgen_prelude::{Buffer, ClassInstance, Unknown};
use napi::{Env, Result};
use napi_derive::napi;

use crate::consultation::Entry;
use crate::driver::{AskedRoute, Driver, Observation, Question};
use crate::error::{invalid, unusable};
use crate::fetch::{Answer, FetchStep};
use crate::memory::{NativeReplayMemory, NativeRevocationList};
use crate::panic_guard::guard;
use crate::request_parts::{Request, RequestParts};
use crate::resource::ResourceDocument;
use crate::settings::{Beside, engine_config, issuer_config};
use crate::verdict::Verdict;
use crate::{checker, consultation};

/// What decides for one `auth()`.
#[napi]
pub struct NativeEngine {
    driver: Rc<Driver>,
}

#[napi]
impl NativeEngine {
    /// Builds the engine of the settings, which are JSON in the form of the core's `Settings`. Used proofs are remembered in `replays`, or in a store
    /// of JavaScript's where that is left out; tokens on the list `revocations` are refused. Throws what the
    /// operator must mend.
    #[napi(constructor)]
    pub fn new(
        settings: String,
        beside: Option<Beside>,
        replays: Option<ClassInstance<'_, NativeReplayMemory>>,
        revocations: Option<ClassInstance<'_, NativeRevocationList>>,
    ) -> Result<Self> {
        guard(|| {
            let proofs = if replays.is_some() { Store::Process } else { Store::Shared };
            let mut config = engine_config(&settings, beside.as_ref(), proofs)?;
            if let Some(revocations) = &revocations {
                config = config.revocation_list(Arc::clone(&revocations.list));
            }
            let engine = config.build().map_err(unusable)?;
            let replays = replays.as_ref().map(|replays| Rc::clone(&replays.store));
            let observation = Observation::of(beside.as_ref());
            Ok(Self { driver: Rc::new(Driver::new(engine, replays, observation)) })
        })
    }

    /// Checks a requirement, which is JSON, and gives it a handle. Throws what is wrong with it.
    #[napi]
    pub fn register(&self, requirement: String) -> Result<u32> {
        guard(|| {
            let requirement: Requirement = serde_json::from_str(&requirement)
                .map_err(|error| invalid(format!("requirement: {error}")))?;
            let checked = requirement.check().map_err(|error| invalid(format!("requirement: {error}")))?;
            self.driver.register(checked)
        })
    }

    /// The facts a requirement needs of each request: `path:<name>`, `header:<name>` or `host`.
    #[napi]
    pub fn needs(&self, requirement: u32) -> Result<Vec<String>> {
        guard(|| self.driver.needs(requirement))
    }

    /// The function that decides about a request whose one credential is in its one `Authorization` header:
    /// `(authorization, date, requirement?, facts?)`. `date` is `Date.now()`. It is no method, since every request pays
    /// for what a method checks of its receiver.
    #[napi(
        ts_return_type = "(authorization: string, date: number, requirement?: number, facts?: Array<string | undefined>, since?: number) => 0 | Verdict"
    )]
    pub fn checker<'e>(&self, env: &'e Env) -> Result<Unknown<'e>> {
        guard(|| checker::function(env, Rc::clone(&self.driver)))
    }

    /// The token that `check_parts` decides about, not verified; nothing where it would not look at any.
    #[napi]
    pub fn token_of(&self, parts: RequestParts) -> Result<Option<String>> {
        guard(|| {
            let request = Request::read(&parts);
            let credential = request.credential(self.driver.engine.credential_rules());
            Ok(credential.ok().flatten().map(|credential| credential.expose_token().to_owned()))
        })
    }

    /// Decides about a request whose credential may be elsewhere, or that must show who sent it. An acceptance
    /// says which token was verified. `since` is what the first verdict on it said, when it is asked about again.
    #[napi]
    pub fn check_parts(
        &self,
        parts: RequestParts,
        date: f64,
        requirement: Option<u32>,
        facts: Option<Vec<Option<String>>>,
        since: Option<f64>,
    ) -> Result<Verdict> {
        guard(|| {
            let request = Request::read(&parts);
            let question = Question {
                scheme: request.scheme(),
                route: AskedRoute { requirement, facts: facts.as_deref(), since },
                admitted: parts.admitted,
            };
            let credential = request.credential(self.driver.engine.credential_rules());
            Ok(self.driver.decide(credential, question, self.driver.now(date))?.full())
        })
    }

    /// Whether what stands in the store of revocations refuses a request, so that its proof need not be claimed.
    #[napi]
    pub fn is_revoked(&self, id: u32, entries: Vec<Entry>) -> Result<bool> {
        guard(|| {
            let entries = consultation::entries(&entries);
            Ok(entries.is_none_or(|entries| self.driver.consultations.is_revoked(id, &entries)))
        })
    }

    /// Decides with what the stores said; what they did not say refuses the request.
    #[napi]
    pub fn conclude(
        &self,
        id: u32,
        entries: Option<Vec<Entry>>,
        claimed: Option<bool>,
        date: f64,
        requirement: Option<u32>,
        facts: Option<Vec<Option<String>>>,
    ) -> Result<Verdict> {
        guard(|| {
            let waiting =
                self.driver.consultations.take(id).ok_or_else(|| invalid("no such question".to_owned()))?;
            let answers = StoreAnswers {
                revocations: entries.as_deref().and_then(consultation::entries),
                claim: claimed
                    .map(|first| if first { ReplayOutcome::Granted } else { ReplayOutcome::Replayed }),
            };
            let route = AskedRoute { requirement, facts: facts.as_deref(), since: None };
            Ok(self.driver.conclude(waiting, answers, route, self.driver.now(date))?.full())
        })
    }

    /// Takes the resolver's word on an issuer: its settings as JSON, or nothing when it is not trusted.
    /// Throws when they cannot work.
    #[napi]
    pub fn resolved(&self, issuer: String, settings: Option<String>, date: f64) -> Result<()> {
        guard(|| {
            let config = settings.as_deref().map(issuer_config).transpose()?;
            self.driver.engine.resolved(&issuer, config, self.driver.now(date)).map_err(unusable)
        })
    }

    /// Whether the keys of an issuer are there: `ready`, `wait` with what to wait for or to fetch, or `unavailable`
    /// for the moment.
    #[napi]
    pub fn readiness(&self, issuer: String, date: f64) -> Result<Verdict> {
        guard(|| {
            let now = self.driver.now(date);
            let Some(issuer) = self.driver.engine.issuer(&issuer, now) else {
                return Ok(Verdict::of("unavailable"));
            };
            Ok(match self.driver.engine.readiness(&issuer, now) {
                Readiness::Ready => Verdict::of("ready"),
                Readiness::Refresh(fetch) => {
                    let fetch = self.driver.flights.take_off(*fetch);
                    Verdict { fetch: Some(fetch), ..Verdict::of("ready") }
                }
                Readiness::Unavailable { .. } => Verdict::of("unavailable"),
                Readiness::Wait(in_flight) => Verdict::wait(self.driver.flights.flight(&in_flight), None),
                Readiness::Fetch(fetch) => {
                    let fetch = self.driver.flights.take_off(*fetch);
                    Verdict::wait(fetch.flight, Some(fetch))
                }
            })
        })
    }

    /// Takes the answer to a fetch.
    #[napi]
    pub fn fetch_answered(&self, id: u32, answer: Answer, body: Buffer, date: f64) -> Result<FetchStep> {
        guard(|| Ok(self.driver.flights.answered(id, &answer, &body, self.driver.now(date))))
    }

    /// A fetch brought no answer, or not in time. Gives the stable name of that.
    #[napi]
    pub fn fetch_failed(&self, id: u32, timed_out: bool, date: f64) -> Result<String> {
        guard(|| {
            let why = if timed_out { FetchError::Timeout } else { FetchError::Transport };
            let code = why.code().to_owned();
            self.driver.flights.failed(id, why, self.driver.now(date));
            Ok(code)
        })
    }

    /// Whether keys of an issuer are in hand that are not too old to serve.
    #[napi]
    pub fn has_keys(&self, issuer: String, date: f64) -> Result<bool> {
        guard(|| {
            let (engine, now) = (&self.driver.engine, self.driver.now(date));
            Ok(engine.issuer(&issuer, now).is_some_and(|issuer| engine.has_keys(&issuer, now)))
        })
    }

    /// What the engine holds at the moment, as JSON: also of these issuers, which a resolver has named.
    #[napi]
    pub fn status(&self, resolved: Vec<String>, date: f64) -> Result<String> {
        guard(|| {
            let status = self.driver.status(&resolved, self.driver.now(date));
            serde_json::to_string(&status).map_err(|error| invalid(format!("status: {error}")))
        })
    }

    /// What clients are told of the resource, where the settings describe one.
    #[napi(getter)]
    pub fn resource_metadata(&self) -> Option<ResourceDocument> {
        self.driver.engine.resource_metadata().map(ResourceDocument::of)
    }

    /// The longest time of one fetch, in milliseconds.
    #[napi(getter)]
    pub fn fetch_timeout(&self) -> f64 {
        self.driver.engine.limits().fetch_timeout.as_secs_f64() * 1000.0
    }

    /// The most requests that may wait for one fetch.
    #[napi(getter)]
    pub fn max_waiting(&self) -> u32 {
        u32::try_from(self.driver.engine.limits().max_waiting_requests).unwrap_or(u32::MAX)
    }
}

#[cfg(feature = "panic-injection")]
#[napi]
impl NativeEngine {
    /// Makes the next check panic.
    #[napi]
    pub fn panic_next(&self) {
        self.driver.arm();
    }
}
