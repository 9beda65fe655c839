//! The layer that checks a requirement on a token that an outer layer has validated.

use std::sync::Arc;
use std::task::{Context, Poll};

use bearward::answer::{Misconfiguration, Rejection};
use bearward::check::CheckedRequirement;
use bearward::engine::Route;
use bearward::memory::PerThreadArc;
use bearward::requirement::Requirement;
use bearward::{AccessToken, ConfigError, Failure};
use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use crate::facts::{HttpFacts, PathParameters};
use crate::protect::{Added, ProtectFuture};
use crate::protection::Protection;
use crate::refusal::{DefaultResponder, refuse_within};
use crate::respond::Respond;

/// Requires this of tokens that a [`ProtectLayer`](crate::ProtectLayer) further out has validated. Where none
/// stands further out, every request is answered 500: nothing passes unprotected.
///
/// # Errors
/// [`ConfigError`] when the requirement means nothing: an empty list of scopes, for instance.
pub fn require(requirement: Requirement) -> Result<RequireLayer, ConfigError> {
    Ok(RequireLayer { requirement: Arc::new(requirement.check()?), responder: DefaultResponder })
}

/// Checks a requirement. Made by [`require`].
#[derive(Debug, Clone)]
#[must_use]
pub struct RequireLayer<R = DefaultResponder> {
    requirement: Arc<CheckedRequirement>,
    responder: R,
}

impl<R> RequireLayer<R> {
    /// Makes the responses to requests that this layer refuses. Without it, the responder of the protection further out
    /// does.
    pub fn respond_with<Q>(self, responder: Q) -> RequireLayer<Q> {
        RequireLayer { requirement: self.requirement, responder }
    }
}

impl<S, R: Clone> Layer<S> for RequireLayer<R> {
    type Service = RequireService<S, R>;

    fn layer(&self, inner: S) -> Self::Service {
        RequireService { inner, settings: PerThreadArc::new(self.clone()) }
    }
}

/// A service that only tokens which meet a requirement reach.
#[derive(Debug)]
pub struct RequireService<S, R> {
    inner: S,
    settings: PerThreadArc<RequireLayer<R>>,
}

impl<S: Clone, R> Clone for RequireService<S, R> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), settings: self.settings.clone() }
    }
}

impl<S, R, ReqBody, ResBody> Service<Request<ReqBody>> for RequireService<S, R>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    R: Respond<ResBody>,
    ResBody: Default,
{
    type Response = Response<ResBody>;
    type Error = S::Error;
    type Future = ProtectFuture<S::Future, ResBody, S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<ReqBody>) -> Self::Future {
        match self.settings.check(&mut request) {
            Ok(()) => ProtectFuture::passed(self.inner.call(request), Added::NOTHING),
            Err((failure, scopes)) => {
                let (head, _) = request.into_parts();
                ProtectFuture::refused(refuse_within(&self.settings.responder, failure, &scopes, &head))
            }
        }
    }
}

impl<R> RequireLayer<R> {
    /// Decides. A refusal comes with the scopes to ask for.
    fn check<B>(&self, request: &mut Request<B>) -> Result<(), (Failure, String)> {
        let Some(protection) = request.extensions().get::<Protection>() else {
            return Err((Misconfiguration::NotProtected.into(), String::new()));
        };
        let (framework, now) = (protection.framework(), protection.resource_server().now().date());
        let path = PathParameters::for_requirement(Some(&self.requirement), framework, request);
        let facts = HttpFacts::of(request, framework, &path);
        let result: Result<AccessToken, Failure> = match request.extensions().get::<AccessToken>() {
            Some(token) => {
                Route::requiring(&self.requirement, &facts).authorize(token.clone(), now).map_err(Into::into)
            }
            None => Err(Rejection::MissingCredential.into()),
        };
        match result {
            Ok(token) => {
                request.extensions_mut().insert(token);
                Ok(())
            }
            Err(failure) => Err((failure, self.requirement.challenge_scopes(&facts).into_owned())),
        }
    }
}
