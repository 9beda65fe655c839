//! The middleware for `wrap`.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::http::header::CACHE_CONTROL;
use actix_web::{Error, HttpMessage as _, HttpResponse};
use bearward_tower::head::{Decision, Passage, Reached, Refusing};
use bearward_tower::{AccessToken, ProtectLayer, Protection, Respond};
use futures_util::future::LocalBoxFuture;
use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service as TowerService;

use crate::{head, response};

/// Lets through what its layer lets through. Made by [`Protect`](crate::Protect) and [`require`](crate::require); clones
/// share the resource server.
#[derive(Debug, Clone)]
#[must_use]
pub struct Middleware<L>(L);

impl<L> Middleware<L> {
    pub(crate) fn of(layer: L) -> Self {
        Self(layer)
    }
}

impl Middleware<ProtectLayer> {
    /// Makes the responses to refused requests, also to those that requirements and extractors further in refuse: every
    /// `Fn(&Failure, Answer, &http::request::Parts) -> http::Response<Vec<u8>>` does, with the types of `http` 1.
    pub fn respond_with<R: Respond<Vec<u8>>>(self, responder: R) -> Middleware<ProtectLayer<Refusing<R>>> {
        Middleware(self.0.respond_with(Refusing(responder)))
    }
}

impl<L, S, B> Transform<S, ServiceRequest> for Middleware<L>
where
    L: Layer<Reached>,
    L::Service: TowerService<Request<()>, Response = Response<Passage>, Error = Infallible, Future = Decision>
        + Clone
        + 'static,
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type InitError = ();
    type Transform = Guarded<L::Service, S>;
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(Guarded { guard: self.0.layer(Reached), service: Rc::new(service) }))
    }
}

/// A service behind a [`Middleware`].
#[derive(Debug)]
pub struct Guarded<G, S> {
    guard: G,
    service: Rc<S>,
}

impl<G, S, B> Service<ServiceRequest> for Guarded<G, S>
where
    G: TowerService<Request<()>, Response = Response<Passage>, Error = Infallible, Future = Decision> + Clone,
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self::Response, Error>>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.service.poll_ready(context)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let Ok(head) = head::of(request.request()) else {
            let refused = request.into_response(HttpResponse::BadRequest().finish()).map_into_right_body();
            return Box::pin(ready(Ok(refused)));
        };
        let decision = self.guard.clone().call(head);
        let service = Rc::clone(&self.service);
        Box::pin(async move {
            let (decided, passage) = match decision.await {
                Ok(decided) => decided.into_parts(),
                Err(never) => match never {},
            };
            match passage {
                Passage::Passed(noted) => {
                    note(&request, *noted);
                    let mut passed = service.call(request).await?.map_into_left_body();
                    for (name, value) in response::headers(&decided.headers) {
                        // What the handler says of caches is its own to say.
                        if name != CACHE_CONTROL || !passed.headers().contains_key(CACHE_CONTROL) {
                            passed.headers_mut().insert(name, value);
                        }
                    }
                    Ok(passed)
                }
                Passage::Refused(body) => {
                    let refused = response::of(&Response::from_parts(decided, ()), body);
                    Ok(request.into_response(refused).map_into_right_body())
                }
            }
        })
    }
}

/// Puts the protection and the token where handlers look for them. The token that a middleware further out let in goes
/// where this one lets the request in without.
fn note(request: &ServiceRequest, mut noted: http::Extensions) {
    let mut extensions = request.extensions_mut();
    if let Some(protection) = noted.remove::<Protection>() {
        extensions.insert(protection);
    }
    match noted.remove::<AccessToken>() {
        Some(token) => {
            extensions.insert(token);
        }
        None => {
            extensions.remove::<AccessToken>();
        }
    }
}
