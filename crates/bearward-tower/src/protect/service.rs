//! The protected service.

use std::any::Any;
use std::mem;
use std::sync::OnceLock;
use std::task::{Context, Poll};

use bearward::answer::Refusal;
use bearward::memory::PerThreadArc;
use http::request::Parts;
use http::{Request, Response};
use tower_service::Service;

use super::ProtectFuture;
use super::future::Added;
use super::gate::Gate;
use crate::protection::Protection;
use crate::refusal::{DefaultResponder, refuse};
use crate::respond::Respond;

/// A service that only requests with a valid token reach.
#[derive(Debug)]
pub struct ProtectService<S, R> {
    inner: S,
    guard: PerThreadArc<Guard<R>>,
}

/// What the clones of a service share: frameworks clone it for each request.
#[derive(Debug)]
struct Guard<R> {
    gate: Gate,
    responder: R,
    /// Made with the first request, which tells the type of the service's bodies.
    protection: OnceLock<Protection>,
}

impl<S, R> ProtectService<S, R> {
    pub(super) fn new(inner: S, gate: Gate, responder: R) -> Self {
        Self { inner, guard: PerThreadArc::new(Guard { gate, responder, protection: OnceLock::new() }) }
    }
}

impl<S: Clone, R> Clone for ProtectService<S, R> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), guard: self.guard.clone() }
    }
}

impl<R> Guard<R> {
    fn protection<B: 'static>(&self) -> &Protection
    where
        R: Respond<B> + Clone + Send + Sync + 'static,
    {
        self.protection.get_or_init(|| {
            let protection = Protection::new(self.gate.server.clone(), self.gate.framework);
            // The default one looks for a responder in the protection: it must not find itself there.
            match (&self.responder as &dyn Any).is::<DefaultResponder>() {
                true => protection,
                false => protection.responding(self.responder.clone()),
            }
        })
    }

    fn refuse<B: Default>(&self, refusal: Refusal, head: &Parts) -> Response<B>
    where
        R: Respond<B>,
    {
        let Gate { server, framework, .. } = &self.gate;
        refuse(&self.responder, Some(server), refusal, head, framework.grpc)
    }
}

impl<S, R, ReqBody, ResBody> Service<Request<ReqBody>> for ProtectService<S, R>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send,
    R: Respond<ResBody> + Clone + Send + Sync + 'static,
    ReqBody: Send + 'static,
    ResBody: Default + Send + 'static,
{
    type Response = Response<ResBody>;
    type Error = S::Error;
    type Future = ProtectFuture<S::Future, ResBody, S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<ReqBody>) -> Self::Future {
        let guard = &self.guard;
        match guard.gate.check(&mut request) {
            Ok(Ok((token, caching))) => {
                let added = Added::of(token.as_ref(), caching);
                guard.protection().admit(&mut request, token);
                ProtectFuture::passed(self.inner.call(request), added)
            }
            Ok(Err(refusal)) => {
                let (head, _) = request.into_parts();
                ProtectFuture::refused(guard.refuse(refusal, &head))
            }
            Err(waiting) => {
                // The service that was polled ready is the one to call; a fresh clone takes its place.
                let clone = self.inner.clone();
                let mut inner = mem::replace(&mut self.inner, clone);
                let guard = guard.clone();
                ProtectFuture::waiting(async move {
                    let (parts, body) = request.into_parts();
                    // The body waits aside: it need not be shared between threads.
                    let head = Request::from_parts(parts, ());
                    match guard.gate.wait(&head, *waiting).await {
                        Ok((token, caching)) => {
                            let mut request = head.map(|()| body);
                            let added = Added::of(token.as_ref(), caching);
                            guard.protection().admit(&mut request, token);
                            Ok(added.to(inner.call(request).await?))
                        }
                        Err(refusal) => {
                            let (head, ()) = head.into_parts();
                            Ok(guard.refuse(refusal, &head))
                        }
                    }
                })
            }
        }
    }
}
