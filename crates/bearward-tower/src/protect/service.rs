//! The protected service.

use std::mem;
use std::task::{Context, Poll};

use http::{Request, Response};
use tower_service::Service;

use super::ProtectFuture;
use super::future::Added;
use super::gate::{Gate, Verdict};
use crate::respond::{Respond, refuse};

/// A service that only requests with a valid token reach.
#[derive(Debug, Clone)]
pub struct ProtectService<S, R> {
    inner: S,
    gate: Gate,
    responder: R,
}

impl<S, R> ProtectService<S, R> {
    pub(super) fn new(inner: S, gate: Gate, responder: R) -> Self {
        Self { inner, gate, responder }
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

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let (mut request, verdict) = self.gate.check(request);
        match verdict {
            Verdict::Pass(token, caching) => {
                let added = Added::of(token.as_ref(), caching);
                self.gate.admit(&mut request, token);
                ProtectFuture::passed(self.inner.call(request), added)
            }
            Verdict::Refuse(failure) => {
                let answer = self.gate.server.answer_to(&failure, request.headers());
                ProtectFuture::refused(refuse(&self.responder, Some(&self.gate.server), failure, answer))
            }
            Verdict::Wait(pending, path) => {
                // The service that was polled ready is the one to call; a fresh clone takes its place.
                let clone = self.inner.clone();
                let mut inner = mem::replace(&mut self.inner, clone);
                let (gate, responder) = (self.gate.clone(), self.responder.clone());
                ProtectFuture::waiting(async move {
                    let (parts, body) = request.into_parts();
                    // The body waits aside: it need not be shared between threads.
                    let head = Request::from_parts(parts, ());
                    let result = gate.wait(&head, pending, path).await;
                    let mut request = head.map(|()| body);
                    match result {
                        Ok((token, caching)) => {
                            let added = Added::of(Some(&token), caching);
                            gate.admit(&mut request, Some(token));
                            Ok(added.to(inner.call(request).await?))
                        }
                        Err(failure) => {
                            let answer = gate.server.answer_to(&failure, request.headers());
                            Ok(refuse(&responder, Some(&gate.server), failure, answer))
                        }
                    }
                })
            }
        }
    }
}
