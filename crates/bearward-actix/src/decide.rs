//! The layers of `bearward-tower`, asked about a head without a body: what they would pass on comes back.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use bearward_tower::Failure;
use bearward_tower::bearward::answer::Answer;
use bearward_tower::{ProtectFuture, Respond};
use http::request::Parts;
use http::{Extensions, Request, Response};
use tower_service::Service;

/// What becomes of a request: the body of what the layers answer.
pub enum Outcome {
    Refused(Vec<u8>),
    /// With what handlers are to find in the request.
    Passed(Box<Extensions>),
}

/// In the place of the handler: tells that the request reaches it.
#[derive(Clone, Copy, Debug)]
pub struct Reached;

/// The future of a decision.
pub(crate) type Decision = ProtectFuture<Ready<Result<Response<Outcome>, Infallible>>, Outcome, Infallible>;

impl Service<Request<()>> for Reached {
    type Response = Response<Outcome>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Outcome>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        let (head, ()) = request.into_parts();
        ready(Ok(Response::new(Outcome::Passed(Box::new(head.extensions)))))
    }
}

/// Nothing passes by default.
impl Default for Outcome {
    fn default() -> Self {
        Self::Refused(Vec::new())
    }
}

impl From<Vec<u8>> for Outcome {
    fn from(body: Vec<u8>) -> Self {
        Self::Refused(body)
    }
}

/// A responder of the application, which can but refuse.
#[derive(Debug, Clone)]
pub struct Refusing<R>(pub(crate) R);

impl<R: Respond<Vec<u8>>> Respond<Outcome> for Refusing<R> {
    fn respond(&self, failure: &Failure, answer: Answer, head: &Parts) -> Response<Outcome> {
        self.0.respond(failure, answer, head).map(Outcome::Refused)
    }
}
