//! The resource server: the engine with a clock, an HTTP client and a log.

use std::fmt;
use std::sync::Arc;

use bearward_core::answer::ResourceMetadata;
use bearward_core::memory::{Occupancy, RevocationList};
use bearward_core::request::{Scheme, Sender};
use bearward_core::{AccessToken, Credential, Engine, Failure, Now, Refusal, Route};
use reqwest::Client;

use crate::clock::Clock;
use crate::connection::ClientConnection;
use crate::key_request_headers::KeyRequestHeaders;
use crate::log::Log;
use crate::measures::{self, Measures};
use crate::operator_call::Trouble;
use crate::resolver::{IssuerResolver, Resolving};
use crate::shared_stores::SharedStores;
use crate::waiting::Waiting;

/// Protects an API: one for the whole process, cheap to clone.
#[derive(Clone)]
pub struct ResourceServer(pub(crate) Arc<Inner>);

/// What fetches are made with.
pub(crate) struct Http {
    pub(crate) client: Client,
    pub(crate) key_request_headers: KeyRequestHeaders,
}

/// What the clones of a resource server share.
pub(crate) struct Inner {
    pub(crate) engine: Engine,
    pub(crate) http: Http,
    pub(crate) clock: Clock,
    pub(crate) resolver: Option<Box<dyn IssuerResolver>>,
    pub(crate) stores: SharedStores,
    pub(crate) resolving: Resolving,
    pub(crate) waiting: Waiting,
    pub(crate) log: Log,
    pub(crate) measures: Measures,
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

    /// A request was refused without a decision about a token.
    pub(crate) fn refused(&self, failure: &Failure, trouble: Option<&Trouble>) {
        measures::refused(failure.code());
        self.0.log.failure(failure, trouble, self.now().uptime());
    }
}

impl fmt::Debug for ResourceServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let issuers: Vec<_> = self.0.engine.issuers().map(|issuer| issuer.identifier()).collect();
        f.debug_struct("ResourceServer").field("issuers", &issuers).finish_non_exhaustive()
    }
}
