//! What decides for one `auth()`, shared by its class and its function.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use bearward_core::check::ReplayOutcome;
use bearward_core::engine::{Consultation, EngineStatus, Source, StoreAnswers};
use bearward_core::memory::MemoryReplayStore;
use bearward_core::request::{CredentialError, Scheme};
use bearward_core::requirement::CheckedRequirement;
use bearward_core::{AccessToken, Credential, Engine, Failure, Now, Refusal, Route, Step};
use napi::Result;

use crate::consultation::{Consultations, Waiting};
use crate::error::invalid;
use crate::facts::{Registered, RouteFacts};
use crate::fetch::{Fetch, Flights};
use crate::settings::Beside;
use crate::time::millis;
use crate::verdict::{Answer, FailureFacts, Judged, Verdict};

/// The engine, and what JavaScript refers to by number.
pub(crate) struct Driver {
    pub(crate) engine: Engine,
    pub(crate) flights: Flights,
    pub(crate) consultations: Consultations,
    /// The proofs that were used; `None` where JavaScript asks its own store.
    replays: Option<Rc<MemoryReplayStore>>,
    /// A requirement's handle is its place here.
    requirements: RefCell<Vec<Registered>>,
    started: Instant,
    observation: Observation,
    #[cfg(feature = "panic-injection")]
    armed: std::cell::Cell<bool>,
}

/// Whether JavaScript is told what a token was judged by: that costs an object for each request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Observation {
    On,
    Off,
}

impl Observation {
    pub(crate) fn of(beside: Option<&Beside>) -> Self {
        let is_observed = beside.and_then(|beside| beside.is_observed).unwrap_or(false);
        if is_observed { Self::On } else { Self::Off }
    }
}

/// What a request asks, beyond its credential.
#[derive(Clone, Copy)]
pub(crate) struct Question<'q> {
    pub(crate) scheme: Scheme,
    pub(crate) route: AskedRoute<'q>,
    /// The request was let in before, and is asked about for another requirement: its proof is its own.
    pub(crate) admitted: bool,
}

/// What the route of a request asks for.
#[derive(Clone, Copy)]
pub(crate) struct AskedRoute<'q> {
    pub(crate) requirement: Option<u32>,
    pub(crate) facts: Option<&'q [Option<String>]>,
    /// Since when the request waits, in milliseconds of this driver's clock; `None` when it is asked about first.
    pub(crate) since: Option<f64>,
}

impl Driver {
    pub(crate) fn new(
        engine: Engine,
        replays: Option<Rc<MemoryReplayStore>>,
        observation: Observation,
    ) -> Self {
        Self {
            engine,
            flights: Flights::default(),
            consultations: Consultations::default(),
            replays,
            requirements: RefCell::default(),
            started: Instant::now(),
            observation,
            #[cfg(feature = "panic-injection")]
            armed: std::cell::Cell::new(false),
        }
    }

    /// Gives a requirement its handle.
    pub(crate) fn register(&self, requirement: CheckedRequirement) -> Result<u32> {
        let mut requirements = self.requirements.borrow_mut();
        requirements.push(Registered::new(requirement));
        u32::try_from(requirements.len() - 1).map_err(|_| invalid("too many requirements".to_owned()))
    }

    pub(crate) fn needs(&self, handle: u32) -> Result<Vec<String>> {
        Ok(registered(&self.requirements.borrow(), handle)?.needs())
    }

    pub(crate) fn decide(
        &self,
        credential: std::result::Result<Option<Credential<'_>>, CredentialError>,
        question: Question<'_>,
        now: Now,
    ) -> Result<Answer> {
        self.panic_if_armed();
        let credential = match credential {
            Ok(Some(credential)) => credential,
            Ok(None) => {
                let refusal =
                    self.with_route(question.route, |route| self.engine.missing_credential(route))?;
                return Ok(Answer::other(Verdict::failed(FailureFacts::of(&refusal), None)));
            }
            Err(error) => return Ok(self.failed(error.into(), question)),
        };
        self.with_route(question.route, |route| {
            let mut attempt = self.engine.attempt(&credential, route);
            let mut refresh = None;
            let started = |fetch: Option<Box<bearward_core::engine::Fetch>>| {
                fetch.map(|fetch| self.flights.take_off(*fetch))
            };
            let undecided = loop {
                match attempt.step(now) {
                    Step::Done(decision) => {
                        let refusal = decision.as_ref().err();
                        let near = refusal
                            .and_then(|refusal| self.engine.near_miss(refusal, credential.expose_token()))
                            .map(|near| near.to_string());
                        let answer = self.decided(decision, attempt.source(), started(refresh));
                        return answer.with_near_miss(near);
                    }
                    Step::Refresh(fetch) => refresh = Some(fetch),
                    Step::Fetch(first) => {
                        // JavaScript runs one fetch for a request. A refresh beside it is left to the next request.
                        let in_flight = first.in_flight();
                        let fetch = self.flights.take_off(*first);
                        break Verdict::wait(self.flights.flight(&in_flight), Some(fetch));
                    }
                    Step::Wait(in_flight) => {
                        break Verdict::wait(self.flights.flight(&in_flight), started(refresh));
                    }
                    Step::Resolve(issuer) => break Verdict::resolve(issuer),
                    Step::Ask(consultation) => {
                        let claim = question.admitted.then_some(ReplayOutcome::Granted);
                        let waiting = Waiting { consultation: *consultation, claim };
                        return self.consult(waiting, route, started(refresh), now);
                    }
                }
            };
            Answer::other(undecided.since(question.route.since, now))
        })
    }

    /// Decides with what the stores said; what they did not say refuses the request.
    pub(crate) fn conclude(
        &self,
        waiting: Waiting,
        answers: StoreAnswers,
        asked: AskedRoute<'_>,
        now: Now,
    ) -> Result<Answer> {
        self.with_route(asked, |route| self.settle(waiting, answers, route, None, now))
    }

    fn settle(
        &self,
        Waiting { consultation, claim }: Waiting,
        mut answers: StoreAnswers,
        route: Route<'_>,
        fetch: Option<Fetch>,
        now: Now,
    ) -> Answer {
        let refused = answers.revocations.as_ref().is_some_and(|entries| consultation.is_revoked_by(entries));
        let told = consultation.revocation_query().is_none() || answers.revocations.is_some();
        answers.claim = claim.or(answers.claim);
        // A request that is refused anyway needs no proof to be remembered.
        if told && !refused && answers.claim.is_none() {
            answers.claim = self.claim(&consultation, now);
        }
        let source = consultation.source();
        self.decided(self.engine.conclude(consultation, &answers, route, now), source, fetch)
    }

    fn consult(&self, waiting: Waiting, route: Route<'_>, fetch: Option<Fetch>, now: Now) -> Answer {
        let Waiting { consultation, claim } = &waiting;
        let claim_there = claim.is_none() && self.replays.is_none() && consultation.replay_claim().is_some();
        if claim_there || consultation.revocation_query().is_some() {
            return Answer::other(Verdict::consult(self.consultations.add(waiting, claim_there), fetch));
        }
        self.settle(waiting, StoreAnswers::default(), route, fetch, now)
    }

    /// Claims a proof of this process's own memory; nothing where it has none, or no place.
    fn claim(&self, consultation: &Consultation, now: Now) -> Option<ReplayOutcome> {
        let due = consultation.replay_claim()?;
        self.replays.as_ref()?.claim(due.key, due.expires_at, now.date()).ok()
    }

    fn with_route<T>(&self, asked: AskedRoute<'_>, ask: impl FnOnce(Route<'_>) -> T) -> Result<T> {
        // What is no time was not handed out here: the request came just now.
        let since = asked.since.and_then(|since| Duration::try_from_secs_f64(since / 1000.0).ok());
        let waiting = |route: Route<'_>| match since {
            Some(since) => ask(route.waiting_since(since)),
            None => ask(route),
        };
        let Some(handle) = asked.requirement else {
            return Ok(waiting(Route::open()));
        };
        let requirements = self.requirements.borrow();
        let registered = registered(&requirements, handle)?;
        let facts = RouteFacts { registered, values: asked.facts.unwrap_or_default() };
        Ok(waiting(Route::requiring(&registered.requirement, &facts)))
    }

    fn decided(
        &self,
        decision: std::result::Result<AccessToken, Refusal>,
        source: Source,
        fetch: Option<Fetch>,
    ) -> Answer {
        match self.observation {
            Observation::Off => self.told(decision, fetch),
            Observation::On => {
                let judged = Judged::by(&decision, source);
                Answer::other(Verdict { judged: Some(judged), ..self.told(decision, fetch).full() })
            }
        }
    }

    fn told(&self, decision: std::result::Result<AccessToken, Refusal>, fetch: Option<Fetch>) -> Answer {
        match decision {
            Ok(token) if self.must_tell_organization(&token) => {
                Answer::other(Verdict::accepted(&token, fetch).for_organization(token.organization()))
            }
            Ok(token) => Answer::Accepted(token, fetch.map(Box::new)),
            Err(refusal) => Answer::other(Verdict::failed(FailureFacts::of(&refusal), fetch)),
        }
    }

    /// JavaScript reads the organization out of the claims, by the claim that holds for all issuers. It is told where
    /// that is not enough.
    fn must_tell_organization(&self, token: &AccessToken) -> bool {
        token.confirmed_organization().is_some()
            || token.organization_claim() != self.engine.organization_claim()
    }

    /// What the engine and this process's memory of proofs hold; `resolved` are the identifiers of issuers that
    /// JavaScript has named.
    pub(crate) fn status(&self, resolved: &[String], now: Now) -> EngineStatus {
        let mut status = self.engine.status(now);
        let named = resolved.iter().filter_map(|issuer| self.engine.issuer_status(issuer, now));
        status.issuers.extend(named);
        status.issuers.sort_by(|one, other| one.identifier.cmp(&other.identifier));
        status.issuers.dedup_by(|one, other| one.identifier == other.identifier);
        if let Some(replays) = &self.replays {
            status.used_proofs = Some(replays.occupancy());
        }
        status
    }

    /// The calendar is JavaScript's, so that a test that sets `Date` sets it here too; ages are measured on
    /// the addon's own clock, which nobody sets. In a calendar that is broken, everything has expired.
    pub(crate) fn now(&self, date: f64) -> Now {
        let date = if date.is_finite() { date } else { f64::MAX };
        Now::new(millis(date), self.started.elapsed())
    }

    /// Makes the next check panic.
    #[cfg(feature = "panic-injection")]
    pub(crate) fn arm(&self) {
        self.armed.set(true);
    }

    fn failed(&self, failure: Failure, question: Question<'_>) -> Answer {
        let refusal = self.engine.refuse(failure, question.scheme);
        Answer::other(Verdict::failed(FailureFacts::of(&refusal), None))
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

fn registered(requirements: &[Registered], handle: u32) -> Result<&Registered> {
    let found = usize::try_from(handle).ok().and_then(|place| requirements.get(place));
    found.ok_or_else(|| invalid("no such requirement".to_owned()))
}
