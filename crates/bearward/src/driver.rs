//! The driver of the core's attempts: it runs the loop of [`Attempt`], does what each step asks for, and waits where it must.
//!
//! Adapters to frameworks need of it what is public here, and handlers never do:
//! [`ResourceServer::try_authenticate`] decides without waiting, and [`PendingAuthentication::wait`] goes on.

use std::panic::catch_unwind;
use std::pin::{Pin, pin};
use std::sync::Arc;

use bearward_core::answer::Unavailable;
use bearward_core::engine::{Consultation, Fetch};
use bearward_core::{AccessToken, Attempt, Credential, Failure, Now, Refusal, Route, Step};
use futures_util::future::select;
use tokio::runtime::Handle;
use tokio::sync::futures::Notified;
use tokio::time::sleep;

use crate::fetch::Failed;
use crate::log::Context;
pub use crate::log::failure as log_failure;
use crate::operator_call::{RESOLVER, Trouble, Why, ask_resolver};
use crate::resolver::{ResolvingOne, Turn};
use crate::resource_server::{Http, Inner, ResourceServer};
use crate::waiting::{Awaited, SHORT_WAIT};
use crate::{fetch, introspect, measures};

/// A fetch that has not ended after this many timeouts of one `GET` never will: who waits for it looks again.
const PATIENCE: u32 = 4;

/// So often one request has its issuer resolved.
const MOST_RESOLUTIONS: u32 = 2;

/// A decision that something must be waited for. It holds no borrow, so a future can own it.
#[must_use = "a request that is not decided must not pass"]
pub struct PendingAuthentication {
    server: ResourceServer,
    pending: Pending,
    /// When the request was asked about first.
    since: Now,
}

/// What keeps a request from being decided. Its fetch, where it wants one, is under way.
enum Pending {
    Event(Awaited),
    Stores(Box<Consultation>),
}

impl ResourceServer {
    /// Decides about a credential without waiting: the path that adapters take first. Must be called within
    /// a Tokio runtime, which runs what is fetched in the background.
    ///
    /// # Errors
    /// [`PendingAuthentication`] where something must be waited for. What is inside `Ok` is the decision.
    pub fn try_authenticate(
        &self,
        credential: &Credential<'_>,
        route: Route<'_>,
    ) -> Result<Result<AccessToken, Refusal>, PendingAuthentication> {
        let since = self.now();
        let mut attempt = self.0.engine.attempt(credential, route);
        let decided = self.step(&mut attempt, credential, since, since, None);
        decided.map_err(|pending| PendingAuthentication { server: self.clone(), pending, since })
    }

    /// Steps as far as it goes without waiting, and starts what is to be fetched. `trouble` is what went wrong while this
    /// request waited.
    fn step(
        &self,
        attempt: &mut Attempt<'_>,
        credential: &Credential<'_>,
        since: Now,
        now: Now,
        trouble: Option<&Trouble>,
    ) -> Result<Result<AccessToken, Refusal>, Pending> {
        loop {
            match attempt.step(now) {
                Step::Done(result) => {
                    let (engine, source) = (&self.0.engine, attempt.source());
                    self.decided(&result, Context { engine, credential, source, trouble }, since, now);
                    return Ok(result);
                }
                Step::Refresh(fetch) => self.fetch_in_background(*fetch),
                Step::Fetch(fetch) => {
                    let in_flight = fetch.in_flight();
                    self.fetch_in_background(*fetch);
                    return Err(Pending::Event(Awaited::Fetch(in_flight)));
                }
                Step::Wait(in_flight) => return Err(Pending::Event(Awaited::Fetch(in_flight))),
                Step::Resolve(issuer) => return Err(Pending::Event(Awaited::Resolution(issuer.into()))),
                Step::Ask(consultation) => return Err(Pending::Stores(consultation)),
            }
        }
    }

    /// The run loop: waits for what the attempt asks for, and steps again, until it is done.
    async fn run(
        &self,
        mut attempt: Attempt<'_>,
        mut pending: Pending,
        since: Now,
        credential: &Credential<'_>,
        route: Route<'_>,
    ) -> Result<AccessToken, Refusal> {
        let refuse = |failure: Failure, trouble: Option<&Trouble>| {
            self.refused(&failure, trouble);
            self.0.engine.refuse(failure, credential.scheme())
        };
        let mut resolutions = 0;
        let mut trouble = None;
        loop {
            let awaited = match pending {
                Pending::Stores(consultation) => {
                    let (stores, limits) = (&self.0.stores, self.0.engine.limits());
                    let (answers, why) = stores.answer(&consultation, self.now(), limits).await;
                    let (now, engine, source) = (self.now(), &self.0.engine, consultation.source());
                    let result = engine.conclude(*consultation, &answers, route, now);
                    let context = Context { engine, credential, source, trouble: why.as_ref() };
                    self.decided(&result, context, since, now);
                    return result;
                }
                Pending::Event(awaited) => awaited,
            };
            if Handle::try_current().is_err() {
                // Nothing can be fetched from here, so no fetch would ever end.
                let callee = "the authorization server";
                let trouble = Trouble { callee, why: Why::NoRuntime };
                return Err(refuse(Unavailable::Keys { retry_after: SHORT_WAIT }.into(), Some(&trouble)));
            }
            let ended = match &awaited {
                Awaited::Fetch(_) => self.until_ended(&awaited).await,
                // Resolved twice, and lost to other issuers both times: more are in use than may be kept.
                Awaited::Resolution(_) if resolutions == MOST_RESOLUTIONS => {
                    Err(Unavailable::Keys { retry_after: SHORT_WAIT }.into())
                }
                Awaited::Resolution(issuer) => {
                    let ended = self.until_resolved(issuer, &awaited, &mut trouble).await;
                    resolutions += u32::from(self.0.engine.is_resolved(issuer, self.now()));
                    ended
                }
            };
            ended.map_err(|failure| refuse(failure, trouble.as_ref()))?;
            match self.step(&mut attempt, credential, since, self.now(), trouble.as_ref()) {
                Ok(result) => return result,
                Err(next) => pending = next,
            }
            // Until here what the fetch brought is kept for this request.
            drop(awaited);
        }
    }

    /// Resolves an issuer, or waits for the request that does.
    async fn until_resolved(
        &self,
        issuer: &Arc<str>,
        awaited: &Awaited,
        trouble: &mut Option<Trouble>,
    ) -> Result<(), Failure> {
        let inner = &self.0;
        match inner.resolving.turn(issuer, self.now().uptime()) {
            Turn::Ours(turn) => {
                let wakeup = Wakeup::of(self, awaited.clone());
                let turn = OurTurn { issuer: turn, _wakeup: wakeup };
                // The request that had the turn before may have resolved it since.
                if !inner.engine.is_resolved(issuer, self.now()) {
                    *trouble = self.resolve(issuer, turn).await.err();
                }
                Ok(())
            }
            Turn::Theirs => self.until_ended(awaited).await,
            Turn::Unavailable => Err(Unavailable::Resolver { retry_after: SHORT_WAIT }.into()),
        }
    }

    /// Waits until this has ended. Whether it still goes on is looked at from a place among those who wait, so that
    /// what ends in between is not missed.
    pub(crate) async fn until_ended(&self, awaited: &Awaited) -> Result<(), Failure> {
        let place = self.0.waiting.join(awaited)?;
        let ended = pin!(place.ended());
        let goes_on = match awaited {
            Awaited::Fetch(in_flight) => !in_flight.has_ended(),
            Awaited::Resolution(issuer) => self.0.resolving.is_under_way(issuer),
        };
        if goes_on {
            self.listen(ended).await;
        }
        Ok(())
    }

    /// Waits until it has ended, or long enough that it must be lost: with a runtime that is not driven any more, for
    /// instance.
    async fn listen(&self, ended: Pin<&mut Notified<'_>>) {
        let limit = self.0.engine.limits().fetch_timeout.saturating_mul(PATIENCE);
        // A runtime without timers makes this panic; then only the end wakes the request.
        match catch_unwind(|| sleep(limit)) {
            Ok(patience) => {
                select(ended, pin!(patience)).await;
            }
            Err(_) => ended.await,
        }
    }

    /// Asks the resolver, and tells the engine what it says.
    async fn resolve(&self, issuer: &str, turn: OurTurn<'_>) -> Result<(), Trouble> {
        let Inner { engine, resolver, .. } = &*self.0;
        let answer = match resolver {
            // Asked within the future, so that a resolver that panics before it gives one is caught too.
            Some(resolver) => {
                ask_resolver(async { resolver.resolve(issuer.to_owned()).await }, engine.limits()).await
            }
            None => Ok(None),
        };
        let config = answer.inspect_err(|_| turn.issuer.failed(self.now().uptime()))?;
        let learned = engine.resolved(issuer, config, self.now());
        learned.map_err(|error| Trouble { callee: RESOLVER, why: Why::Answer(error) })
    }

    pub(crate) fn fetch_in_background(&self, fetch: Fetch) {
        // Outside a runtime nothing can run it; dropped, it leaves the next request to try.
        let Ok(runtime) = Handle::try_current() else { return };
        // A separate task: a client that hangs up must not cancel the fetch for all.
        runtime.spawn(self.running(fetch).finish());
    }

    pub(crate) fn running(&self, fetch: Fetch) -> RunningFetch {
        let wakeup = Wakeup::of(self, Awaited::Fetch(fetch.in_flight()));
        RunningFetch { fetch, wakeup }
    }

    /// A request that came at `since` was decided about.
    fn decided(&self, result: &Result<AccessToken, Refusal>, context: Context<'_>, since: Now, now: Now) {
        // A request that waited was looked at just now; of another the clock must tell how long it took.
        let ended = || if now.uptime() == since.uptime() { self.now() } else { now };
        let took = || ended().uptime().saturating_sub(since.uptime());
        self.0.measures.decided(context.engine, result, context.source, took);
        self.0.log.decision(result, context, now);
    }
}

impl PendingAuthentication {
    /// Waits until the credential can be decided about. Credential and route are those it was tried with.
    ///
    /// # Errors
    /// [`Refusal`], which has the response.
    pub async fn wait(self, credential: &Credential<'_>, route: Route<'_>) -> Result<AccessToken, Refusal> {
        let Self { server, pending, since } = self;
        let attempt = server.0.engine.attempt(credential, route.waiting_since(since.uptime()));
        server.run(attempt, pending, since, credential, route).await
    }
}

/// A fetch under way. Cut off at any point, even before it began, it first lets go of the fetch, then tells
/// those who wait, so that one of them takes it up.
pub(crate) struct RunningFetch {
    fetch: Fetch,
    wakeup: Wakeup,
}

impl RunningFetch {
    pub(crate) async fn finish(self) -> Result<(), Failed> {
        let Self { wakeup, fetch } = self;
        let inner = &wakeup.server.0;
        let Inner { engine, http, clock, stores, log, .. } = &**inner;
        let Http { client, key_request_headers } = http;
        let (issuer, limits) = (Arc::clone(fetch.issuer()), engine.limits());
        let Fetch::Introspection(call) = fetch else {
            let result = fetch::run(fetch, client, key_request_headers, limits, clock).await;
            measures::fetched(engine, &issuer, &result);
            log.fetched(engine, &issuer, &result, clock.now());
            return result.map(drop);
        };
        let store = stores.introspections.as_deref();
        let (result, unshared) = introspect::run(call, store, client, limits, clock, log).await;
        measures::introspected(engine, &issuer, &result);
        log.introspected(engine, &issuer, &result, clock.now());
        if let (Some(unshared), Some(store)) = (unshared, store) {
            // Those who wait must not wait for the store.
            wakeup.wake();
            if let Err(trouble) = unshared.share(store, limits).await {
                log.introspection_store(&trouble, clock.now());
            }
        }
        result.map(drop)
    }
}

/// The turn to resolve an issuer. It ends before those who wait are told, so that one of them can have it.
struct OurTurn<'s> {
    issuer: ResolvingOne<'s>,
    _wakeup: Wakeup,
}

/// Tells those who wait for something that it has ended.
struct Wakeup {
    server: ResourceServer,
    awaited: Awaited,
}

impl Wakeup {
    fn of(server: &ResourceServer, awaited: Awaited) -> Self {
        Self { server: server.clone(), awaited }
    }

    fn wake(&self) {
        self.server.0.waiting.wake(&self.awaited);
    }
}

impl Drop for Wakeup {
    fn drop(&mut self) {
        self.wake();
    }
}
