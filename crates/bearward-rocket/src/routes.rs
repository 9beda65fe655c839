//! Routes that check each request before its handler and its request guards run.

use std::convert::Infallible;
use std::future::poll_fn;
use std::task::Poll;

use bearward_tower::bearward::answer::Misconfiguration;
use bearward_tower::head::{Decision, Passage, Reached, Refusing};
use bearward_tower::{DefaultResponder, ProtectLayer, Respond};
use http::Response;
use rocket::http::Status;
use rocket::route::{Handler, Outcome};
use rocket::{Data, Request, Route};
use tower_layer::Layer;
use tower_service::Service;

use crate::notes::Notes;
use crate::refused::{REFUSED, misconfigured, refuse};
use crate::{head, response};

/// Makes routes that let through what a layer lets through: for settings that [`Protect`](crate::Protect) has not.
///
/// ```
/// use bearward_rocket::bearward_tower::ProtectLayer;
/// use bearward_rocket::{Answer, Failure, ProtectRoutes, ResourceServer};
/// use rocket::{get, routes};
///
/// #[get("/private")]
/// fn private() {}
///
/// let api = ResourceServer::builder()
///     .issuer("https://tenant.example/oidc")
///     .audience("https://api.example.com")
///     .build()?;
/// let protect = ProtectRoutes::new(ProtectLayer::new(api)).respond_with(
///     |failure: &Failure, answer: Answer, _: &http::request::Parts| {
///         let mut response = http::Response::new(failure.code().as_bytes().to_vec());
///         *response.status_mut() = answer.status;
///         *response.headers_mut() = answer.headers; // keep the challenge
///         response
///     },
/// );
/// let rocket = rocket::build().mount("/", protect.around(routes![private]));
/// # let _ = rocket;
/// # Ok::<(), bearward_rocket::ConfigError>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct ProtectRoutes<R = DefaultResponder> {
    layer: ProtectLayer<R>,
}

impl ProtectRoutes {
    /// Lets through what this layer lets through.
    pub fn new(layer: ProtectLayer) -> Self {
        Self { layer: layer.framework(head::rocket()) }
    }

    /// Makes the responses to refused requests, also to those that request guards refuse: every
    /// `Fn(&Failure, Answer, &http::request::Parts) -> http::Response<Vec<u8>>` does, with the types of `http` 1.
    pub fn respond_with<R: Respond<Vec<u8>>>(self, responder: R) -> ProtectRoutes<Refusing<R>> {
        ProtectRoutes { layer: self.layer.respond_with(Refusing(responder)) }
    }
}

impl<R: Respond<Passage> + Clone + Send + Sync + 'static> ProtectRoutes<R> {
    /// The same routes, with the check before each handler and its request guards.
    #[must_use]
    pub fn around(&self, routes: impl Into<Vec<Route>>) -> Vec<Route> {
        let gate = self.layer.layer(Reached);
        around(routes.into(), PROTECTED, |handler| Box::new(Protected { gate: gate.clone(), handler }))
    }
}

/// The same routes, open to all: what a request has of credentials is not looked at.
///
/// [`Bearward`](crate::Bearward) answers 500 for routes that say nothing about tokens, so that none is open by mistake.
#[must_use]
pub fn public(routes: impl Into<Vec<Route>>) -> Vec<Route> {
    around(routes.into(), PUBLIC, |handler| Box::new(Public { handler }))
}

/// The end of the name of a protected route. Rocket prints names at launch.
const PROTECTED: &str = ": checks tokens";
/// The end of the name of a public route.
const PUBLIC: &str = ": public";

fn around(
    mut routes: Vec<Route>,
    label: &str,
    wrap: impl Fn(Box<dyn Handler>) -> Box<dyn Handler>,
) -> Vec<Route> {
    for route in &mut routes {
        route.handler = wrap(route.handler.clone());
        let name = route.name.as_deref().unwrap_or("route");
        route.name = Some(format!("{name}{label}").into());
    }
    routes
}

/// Whether a route says what it needs.
pub(crate) fn is_declared(route: &Route) -> bool {
    route.name.as_deref().is_some_and(|name| [PROTECTED, PUBLIC].iter().any(|label| name.ends_with(label)))
}

/// The handler of a protected route.
#[derive(Clone)]
struct Protected<G> {
    gate: G,
    handler: Box<dyn Handler>,
}

#[rocket::async_trait]
impl<G> Handler for Protected<G>
where
    G: Service<http::Request<()>, Response = Response<Passage>, Error = Infallible, Future = Decision>
        + Clone
        + Send
        + Sync
        + 'static,
{
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r> {
        let notes = Notes::of(request);
        if !notes.is_watched() {
            return Outcome::Success(misconfigured(request));
        }
        notes.declare(request);
        let Ok(head) = head::of(request) else { return Outcome::Error(Status::BadRequest) };
        let decided = match self.gate.clone().call(head).await {
            Ok(decided) => decided,
            Err(never) => match never {},
        };
        match decided.body() {
            Passage::Refused(_) => {
                notes.answer(decided.extensions().get().cloned());
                Outcome::Success(response::of(decided))
            }
            Passage::Passed(_) => {
                let (parts, passage) = decided.into_parts();
                if let Passage::Passed(noted) = passage {
                    notes.admit(*noted, parts.headers);
                }
                run(&*self.handler, request, data).await
            }
        }
    }
}

/// The handler of a public route.
#[derive(Clone)]
struct Public {
    handler: Box<dyn Handler>,
}

#[rocket::async_trait]
impl Handler for Public {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r> {
        Notes::of(request).declare(request);
        run(&*self.handler, request, data).await
    }
}

/// What the handler answers; where a request guard of ours refused, that refusal instead of what a catcher would make of
/// its status.
///
/// A guard that stops the route waits for ever: its route is not asked again, so the handler does not run, also where it
/// takes `Option` of the guard.
async fn run<'r>(handler: &dyn Handler, request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r> {
    let notes = Notes::of(request);
    let running = notes.run();
    let mut handling = handler.handle(request, data);
    let handled = poll_fn(|context| {
        let polled = handling.as_mut().poll(context);
        match notes.stopped() {
            Some(failure) => Poll::Ready(Err(failure)),
            None => polled.map(Ok),
        }
    });
    let handled = handled.await;
    drop(running);
    let failure = match handled {
        Err(failure) => failure,
        Ok(Outcome::Error(status)) if status == REFUSED => {
            notes.found().unwrap_or_else(|| Misconfiguration::NotProtected.into())
        }
        Ok(answered) => return answered,
    };
    Outcome::Success(refuse(failure, request))
}
