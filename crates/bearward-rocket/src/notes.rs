//! What is noted of a request between the fairing, the routes and the request guards: in the request-local cache, under a
//! type that no other crate can name.

use std::ptr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bearward_tower::bearward::connection::ClientConnection;
use bearward_tower::{AccessToken, Failure, Protection};
use http::{Extensions, HeaderMap};
use rocket::http::Method;
use rocket::{Request, Route};

/// The notes of one request.
pub(crate) struct Notes(Mutex<Noted>);

#[derive(Default)]
struct Noted {
    is_watched: bool,
    /// Rocket makes a `GET` of a `HEAD` that no route takes, before the routes are asked again.
    came_as_head: bool,
    /// What a fairing of the application knows of the connection.
    connection: Option<ClientConnection>,
    /// The last route that said what it needs.
    declared: Option<RouteId>,
    /// Whether that route's protection let the request in.
    is_admitted: bool,
    /// Of that route, else of one before it that forwarded the request.
    protection: Option<Protection>,
    token: Option<AccessToken>,
    /// The route whose protection let the token in.
    admitted_by: Option<RouteId>,
    /// What the response is to have beside the handler's own headers.
    added: HeaderMap,
    /// What a request guard of a route refused.
    found: Option<(RouteId, Failure)>,
    /// Whether a route of ours runs its request guards or its handler.
    is_running: bool,
    /// Why that route is to run no further.
    stopped: Option<Failure>,
    /// What the client is answered.
    answered: Option<Failure>,
}

/// A route of the running server, by its place in memory: it is there as long as the server runs.
#[derive(Clone, Copy, PartialEq, Eq)]
struct RouteId(usize);

impl RouteId {
    fn of(request: &Request<'_>) -> Option<Self> {
        request.route().map(|route| Self(ptr::from_ref::<Route>(route).addr()))
    }
}

/// What the protection of the current route has let in.
pub(crate) enum Admitted {
    With(AccessToken),
    /// The protection is optional, and no credential was sent.
    Without,
}

/// As long as a route of ours runs.
#[must_use]
pub(crate) struct Running<'n>(&'n Notes);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.lock().is_running = false;
    }
}

impl Notes {
    /// The notes of a request. Without the fairing they are never begun.
    pub(crate) fn of<'r>(request: &'r Request<'_>) -> &'r Self {
        request.local_cache(|| Self(Mutex::default()))
    }

    fn lock(&self) -> MutexGuard<'_, Noted> {
        // A handler that panics holds no lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins anew, as the client sent the request: clones of a local request share their cache.
    pub(crate) fn begin(&self, method: Method) {
        let mut noted = self.lock();
        // A fairing before may have told of the connection.
        let connection = noted.connection.take();
        let came_as_head = method == Method::Head;
        *noted = Noted { is_watched: true, came_as_head, connection, ..Noted::default() };
    }

    /// Whether the fairing is attached.
    pub(crate) fn is_watched(&self) -> bool {
        self.lock().is_watched
    }

    pub(crate) fn came_as_head(&self) -> bool {
        self.lock().came_as_head
    }

    pub(crate) fn connect(&self, connection: ClientConnection) {
        self.lock().connection = Some(connection);
    }

    pub(crate) fn connection(&self) -> Option<ClientConnection> {
        self.lock().connection.clone()
    }

    /// The current route says what it needs, and has let nothing in yet.
    pub(crate) fn declare(&self, request: &Request<'_>) {
        let mut noted = self.lock();
        noted.declared = RouteId::of(request);
        noted.is_admitted = false;
        noted.added.clear();
    }

    /// Whether the route that answers has said what it needs; so has a request that no route took.
    pub(crate) fn is_declared(&self, request: &Request<'_>) -> bool {
        RouteId::of(request).is_none_or(|route| self.lock().declared == Some(route))
    }

    /// The protection of the current route lets the request in.
    pub(crate) fn admit(&self, mut noted_by_layer: Extensions, added: HeaderMap) {
        let mut noted = self.lock();
        noted.is_admitted = true;
        noted.protection = noted_by_layer.remove();
        noted.token = noted_by_layer.remove();
        noted.admitted_by = noted.declared;
        noted.added = added;
    }

    /// What the current route's protection let in; `None` where no protection did.
    pub(crate) fn admitted(&self, request: &Request<'_>) -> Option<Admitted> {
        let noted = self.lock();
        if !noted.is_admitted || noted.declared.is_none() || noted.declared != RouteId::of(request) {
            return None;
        }
        Some(noted.token.clone().map_or(Admitted::Without, Admitted::With))
    }

    /// Puts what a protection before has noted where the layers look for it: a DPoP proof passes once, also where a route
    /// forwards the request to another.
    ///
    /// An organization that the requirement of another route has confirmed is confirmed for that route alone, by its path
    /// parameters.
    pub(crate) fn write_to(&self, extensions: &mut Extensions) {
        let noted = self.lock();
        let is_own = noted.admitted_by.is_some() && noted.admitted_by == noted.declared;
        if let Some(protection) = &noted.protection {
            extensions.insert(protection.clone());
        }
        if let Some(token) = noted.token.clone() {
            extensions.insert(if is_own { token } else { token.without_confirmed_organization() });
        }
    }

    /// A request guard refuses. `false` where no route of ours runs, which would answer by the failure.
    pub(crate) fn find(&self, request: &Request<'_>, failure: Failure) -> bool {
        let mut noted = self.lock();
        noted.found = RouteId::of(request).map(|route| (route, failure));
        noted.is_running
    }

    /// What a request guard refused last: also in a route before, where a guard of the application keeps what it was told.
    pub(crate) fn found(&self) -> Option<Failure> {
        self.lock().found.as_ref().map(|(_, failure)| failure.clone())
    }

    /// Whether a request guard of the current route refused.
    pub(crate) fn has_found(&self, request: &Request<'_>) -> bool {
        let noted = self.lock();
        noted.found.as_ref().is_some_and(|(route, _)| RouteId::of(request) == Some(*route))
    }

    /// Request guards and the handler run from here on, until this is dropped: also where the handler panics.
    pub(crate) fn run(&self) -> Running<'_> {
        let mut noted = self.lock();
        noted.is_running = true;
        noted.stopped = None;
        Running(self)
    }

    /// A request guard refuses, and no handler may make something else of it. `false` where no route of ours runs, which
    /// would stop.
    pub(crate) fn stop(&self, failure: Failure) -> bool {
        let mut noted = self.lock();
        if noted.is_running {
            noted.stopped = Some(failure);
        }
        noted.is_running
    }

    /// Why the current route is to run no further.
    pub(crate) fn stopped(&self) -> Option<Failure> {
        self.lock().stopped.take()
    }

    /// The client is answered by a refusal.
    pub(crate) fn answer(&self, failure: Option<Failure>) {
        let mut noted = self.lock();
        noted.added.clear();
        noted.answered = failure;
    }

    pub(crate) fn answered(&self) -> Option<Failure> {
        self.lock().answered.clone()
    }

    pub(crate) fn take_added(&self) -> HeaderMap {
        std::mem::take(&mut self.lock().added)
    }
}
