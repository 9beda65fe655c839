//! How a refusal becomes the service's own response type.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bearward::answer::{Answer, Misconfiguration, Refusal};
use bearward::check::Panicked;
use bearward::{Failure, ResourceServer};
use http::Response;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::request::Parts;

use crate::grpc::{self, GrpcAnswers};

/// Makes the response to a refused request. Every `Fn(&Failure, Answer, &Parts) -> Response<B>` is one; the last
/// argument is the head of the request.
///
/// To a gRPC request, Bearward sends gRPC's answer: HTTP status 200, and the status of the call in the headers. A responder
/// that keeps the status and the headers keeps that.
///
/// A responder of a [`ProtectLayer`](crate::ProtectLayer) also answers what requirements and extractors further in
/// refuse. If it panics, the client gets Bearward's own answer without its body, and the log an error.
///
/// ```
/// use bearward_tower::{Failure, ProtectLayer, ResourceServer};
/// use bearward_tower::bearward::answer::Answer;
/// use http::request::Parts;
/// use http_body_util::Full;
/// use bytes::Bytes;
///
/// let api = ResourceServer::builder()
///     .issuer("https://tenant.example/oidc")
///     .audience("https://api.example.com")
///     .build()?;
/// let layer = ProtectLayer::new(api).respond_with(|failure: &Failure, answer: Answer, head: &Parts| {
///     let text = format!("{} {}: {}", head.method, head.uri.path(), failure.code());
///     let mut response = http::Response::new(Full::<Bytes>::from(text));
///     *response.status_mut() = answer.status;
///     *response.headers_mut() = answer.headers; // keep the challenge
///     response
/// });
/// # let _ = layer;
/// # Ok::<(), bearward_tower::ConfigError>(())
/// ```
pub trait Respond<B> {
    /// The response to this failure; `answer` is what Bearward would send, and `head` the request's.
    fn respond(&self, failure: &Failure, answer: Answer, head: &Parts) -> Response<B>;
}

impl<B, F: Fn(&Failure, Answer, &Parts) -> Response<B>> Respond<B> for F {
    fn respond(&self, failure: &Failure, answer: Answer, head: &Parts) -> Response<B> {
        self(failure, answer, head)
    }
}

/// The response to a failure, with the failure in its extensions for outer layers to see. `server` is the one that
/// refuses, where there is one.
pub(crate) fn refuse<B: Default>(
    responder: &impl Respond<B>,
    server: Option<&ResourceServer>,
    refusal: Refusal,
    head: &Parts,
    grpc: GrpcAnswers,
) -> Response<B> {
    let answer = refusal.answer();
    let failure = refusal.into_failure();
    let answer = grpc::translate(answer, &failure, head, grpc);
    let (status, headers) = (answer.status, answer.headers.clone());
    // The responder gets nothing of ours that it could leave half done.
    let response = catch_unwind(AssertUnwindSafe(|| responder.respond(&failure, answer, head)));
    let mut response = response.unwrap_or_else(|_| {
        let panicked = Misconfiguration::Panicked(Panicked("the responder")).into();
        match server {
            Some(server) => server.log_failure(&panicked),
            None => bearward::driver::log_failure(&panicked),
        }
        let mut response = Response::new(B::default());
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        response.headers_mut().remove(CONTENT_TYPE);
        response.headers_mut().remove(CONTENT_LENGTH);
        response
    });
    response.extensions_mut().insert(failure);
    response
}
