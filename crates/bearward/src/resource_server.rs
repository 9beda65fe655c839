//! The resource server: the engine with a clock, an HTTP client and a log.

use std::fmt;
use std::panic::catch_unwind;
use std::pin::{Pin, pin};
use std::sync::Arc;

use bearward_core::answer::{ResourceMetadata, Unavailable};
use bearward_core::engine::{Consultation, Fetch};
use bearward_core::memory::{Occupancy, RevocationList};
use bearward_core::request::{Scheme, Sender};
use bearward_core::{AccessToken, Attempt, Credential, Engine, Failure, Now, Refusal, Route, Step};
use futures_util::future::select;
use reqwest::Client;
use tokio::runtime::Handle;
use tokio::sync::futures::Notified;
use tokio::time::sleep;

use crate::clock::Clock;
use crate::connection::ClientConnection;
use crate::fetch::Failed;
use crate::key_request_headers::KeyRequestHeaders;
use crate::log::{Context, Log};
use crate::measures::{self, Measures};
use crate::operator_call::{RESOLVER, Trouble, Why, ask_resolver};
use crate::resolver::{IssuerResolver, Resolving, ResolvingOne, Turn};
use crate::shared_stores::SharedStores;
use crate::waiting::{Awaited, SHORT_WAIT, Waiting};
use crate::{fetch, introspect};

/// A fetch that has not landed after this many timeouts of one `GET` never will: who waits for it looks again.
const PATIENCE: u32 = 4;

/// So often one request has its issuer resolved.
const MOST_RESOLUTIONS: u32 = 2;

/// Protects an API: one for the whole process, cheap to clone.
#[derive(Clone)]
pub struct ResourceServer(Arc<Inner>);

/// What fetches are made with.
pub(crate) struct Http {
    pub(crate) client: Client,
    pub(crate) key_request_headers: KeyRequestHeaders,
}

struct Inner {
    engine: Engine,
    http: Http,
    clock: Clock,
    resolver: Option<Box<dyn IssuerResolver>>,
    stores: SharedStores,
    resolving: Resolving,
    waiting: Waiting,
    log: Log,
    measures: Measures,
}

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
    pub(crate) fn new(
        engine: Engine,
        http: Http,
        clock: Clock,
        resolver: Option<Box<dyn IssuerResolver>>,
        stores: SharedStores,
    ) -> Self {
        let waiting = Waiting::new(engine.limits().max_waiting_requests);
        Self(Arc::new(Inner {
            engine,
            http,
            clock,
            resolver,
            stores,
            resolving: Resolving::default(),
            waiting,
            log: Log::new(),
            measures: Measures::new(),
        }))
    }

    /// Takes the credential out of a request and decides about it, fetching what must be fetched. What is known
    /// of the connection is taken from the request's extensions ([`ClientConnection`]).
    ///
    /// # Errors
    /// [`Refusal`], which has the response.
    pub async fn authenticate<B>(
        &self,
        request: &http::Request<B>,
        route: Route<'_>,
    ) -> Result<AccessToken, Refusal> {
        let (uri, headers) = (request.uri(), request.headers());
        let Some(credential) = self.credential(headers, uri.query(), None)? else {
            return Err(self.missing_credential(route));
        };
        let connection = ClientConnection::of(request.extensions());
        let sender = Sender::at(request.method().as_str(), uri, headers, connection);
        self.authenticate_credential(&credential.sent_by(sender), route).await
    }

    /// Takes the credential out of a request; `None` where nothing was presented.
    ///
    /// # Errors
    /// [`Refusal`] when it was presented in a wrong way.
    pub fn credential<'r>(
        &self,
        headers: &'r http::HeaderMap,
        query: Option<&'r str>,
        form: Option<&'r [u8]>,
    ) -> Result<Option<Credential<'r>>, Refusal> {
        let credential = Credential::extract(headers, query, form, self.0.engine.credential_rules());
        credential.map_err(|error| self.refuse(error, Scheme::of(headers)))
    }

    /// The refusal of a request to this route that presented nothing, logged. Its challenges name the scopes that the route
    /// requires.
    #[must_use]
    pub fn missing_credential(&self, route: Route<'_>) -> Refusal {
        let refusal = self.0.engine.missing_credential(route);
        self.refused(&refusal, None);
        refusal
    }

    /// The refusal of a request for a failure that was found outside this resource server, logged: for adapters that check
    /// a requirement themselves. `scheme` is the one that the client used. What [`authenticate`](Self::authenticate) and
    /// its siblings refuse is logged already.
    #[must_use]
    pub fn refuse(&self, failure: impl Into<Failure>, scheme: Scheme) -> Refusal {
        let refusal = self.0.engine.refuse(failure, scheme);
        self.refused(&refusal, None);
        refusal
    }

    /// The same for a request whose token this resource server has let in: a requirement or an extractor further in refuses
    /// it. The log and the metrics name the token's issuer.
    #[must_use]
    pub fn refuse_token(&self, failure: impl Into<Failure>, token: &AccessToken) -> Refusal {
        let refusal = self.0.engine.refuse_token(failure, token);
        measures::refused_token(&self.0.engine, &refusal);
        self.0.log.refused_token(&refusal, self.now().uptime());
        refusal
    }

    /// Logs a failure that concerns no request's credential, such as a responder that panicked.
    pub fn log_failure(&self, failure: &Failure) {
        self.refused(failure, None);
    }

    /// Decides about a credential, fetching what must be fetched.
    ///
    /// # Errors
    /// [`Refusal`], which has the response.
    pub async fn authenticate_credential(
        &self,
        credential: &Credential<'_>,
        route: Route<'_>,
    ) -> Result<AccessToken, Refusal> {
        match self.try_authenticate(credential, route) {
            Ok(result) => result,
            Err(pending) => pending.wait(credential, route).await,
        }
    }

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

    /// What this resource server's clocks say.
    #[must_use]
    pub fn now(&self) -> Now {
        self.0.clock.now()
    }

    /// The list of revocations that this process holds: what the application
    /// [revokes](RevocationList::revoke) on it is refused from then on. It is the one that the builder was given, or that
    /// the settings ask for (`revocations`); `None` where there is neither.
    #[must_use]
    pub fn revocation_list(&self) -> Option<&Arc<RevocationList>> {
        self.0.engine.revocation_list()
    }

    /// The protected resource metadata (RFC 9728), and where to serve it: to anyone, without a token. `None` where
    /// no [resource](crate::builder::ResourceServerBuilder::resource) is configured.
    #[must_use]
    pub fn resource_metadata(&self) -> Option<&ResourceMetadata> {
        self.0.engine.resource_metadata()
    }

    /// Whether both are one resource server: clones are, those that were built alike are not.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The engine that decides.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    pub(crate) fn waiting_requests(&self) -> Occupancy {
        self.0.waiting.occupancy()
    }

    pub(crate) fn resolves_issuers(&self) -> bool {
        self.0.resolver.is_some()
    }

    pub(crate) fn shared_stores(&self) -> Vec<&'static str> {
        self.0.stores.names()
    }

    fn log_trouble(&self, failure: &Failure, trouble: Option<&Trouble>) {
        self.0.log.failure(failure, trouble, self.now().uptime());
    }

    /// A request was refused without a decision about a token.
    fn refused(&self, failure: &Failure, trouble: Option<&Trouble>) {
        measures::refused(failure.code());
        self.log_trouble(failure, trouble);
    }

    /// A request that came at `since` was decided about.
    fn decided(&self, result: &Result<AccessToken, Refusal>, context: Context<'_>, since: Now, now: Now) {
        // A request that waited was looked at just now; of another the clock must tell how long it took.
        let ended = || if now.uptime() == since.uptime() { self.now() } else { now };
        let took = || ended().uptime().saturating_sub(since.uptime());
        self.0.measures.decided(context.engine, result, context.source, took);
        self.0.log.decision(result, context, now);
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
                let landing = Landing::of(self, awaited.clone());
                let turn = OurTurn { issuer: turn, _landing: landing };
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
        // A runtime without timers makes this panic; then there is only the word of those who land.
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
        runtime.spawn(self.flight(fetch).land());
    }

    pub(crate) fn flight(&self, fetch: Fetch) -> Flight {
        let landing = Landing::of(self, Awaited::Fetch(fetch.in_flight()));
        Flight { fetch, landing }
    }
}

/// A fetch under way. Cut off at any point, even before it began, it first lets go of the fetch, then tells
/// those who wait, so that one of them takes it up.
pub(crate) struct Flight {
    fetch: Fetch,
    landing: Landing,
}

impl Flight {
    pub(crate) async fn land(self) -> Result<(), Failed> {
        let Self { landing, fetch } = self;
        let inner = &landing.server.0;
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
            landing.wake();
            if let Err(trouble) = unshared.share(store, limits).await {
                log.introspection_store(&trouble, clock.now());
            }
        }
        result.map(drop)
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

/// The turn to resolve an issuer. It ends before those who wait are told, so that one of them can have it.
struct OurTurn<'s> {
    issuer: ResolvingOne<'s>,
    _landing: Landing,
}

/// Tells those who wait for something that it has ended.
struct Landing {
    server: ResourceServer,
    awaited: Awaited,
}

impl Landing {
    fn of(server: &ResourceServer, awaited: Awaited) -> Self {
        Self { server: server.clone(), awaited }
    }

    fn wake(&self) {
        self.server.0.waiting.wake(&self.awaited);
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        self.wake();
    }
}

impl fmt::Debug for ResourceServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let issuers: Vec<_> = self.0.engine.issuers().map(|issuer| issuer.identifier()).collect();
        f.debug_struct("ResourceServer").field("issuers", &issuers).finish_non_exhaustive()
    }
}
