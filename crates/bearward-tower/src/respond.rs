//! What makes the responses to refused requests.

use bearward::Failure;
use bearward::answer::Answer;
use http::Response;
use http::request::Parts;

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
