//! How a refusal becomes the service's own response type.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bearward::{Answer, Failure, Misconfiguration, Panicked, ResourceServer};
use http::Response;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};

/// Makes the response to a refused request. Every `Fn(&Failure, Answer) -> Response<B>` is one.
///
/// If it panics, the client gets Bearward's own answer without its body, and the log an error.
///
/// ```
/// use bearward_tower::{Answer, Failure, Protect, ResourceServer};
/// use http_body_util::Full;
/// use bytes::Bytes;
///
/// let api = ResourceServer::builder()
///     .issuer("https://tenant.example/oidc")
///     .audience("https://api.example.com")
///     .build()?;
/// let layer = api.layer().respond_with(|failure: &Failure, answer: Answer| {
///     let mut response = http::Response::new(Full::<Bytes>::from(failure.code()));
///     *response.status_mut() = answer.status;
///     *response.headers_mut() = answer.headers; // keep the challenge
///     response
/// });
/// # let _ = layer;
/// # Ok::<(), bearward_tower::ConfigError>(())
/// ```
pub trait Respond<B> {
    /// The response to this failure; `answer` is what Bearward would send.
    fn respond(&self, failure: &Failure, answer: Answer) -> Response<B>;
}

/// Sends Bearward's own answer, for body types that can be made of bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct DefaultResponder;

impl<B: From<Vec<u8>>> Respond<B> for DefaultResponder {
    fn respond(&self, _: &Failure, answer: Answer) -> Response<B> {
        let mut response = Response::new(B::from(answer.body));
        *response.status_mut() = answer.status;
        *response.headers_mut() = answer.headers;
        response
    }
}

impl<B, F: Fn(&Failure, Answer) -> Response<B>> Respond<B> for F {
    fn respond(&self, failure: &Failure, answer: Answer) -> Response<B> {
        self(failure, answer)
    }
}

/// The response to a failure, with the failure in its extensions for outer layers to see. `server` is the one that
/// refuses, where there is one.
pub(crate) fn refuse<B: Default>(
    responder: &impl Respond<B>,
    server: Option<&ResourceServer>,
    failure: Failure,
    answer: Answer,
) -> Response<B> {
    let (status, headers) = (answer.status, answer.headers.clone());
    // The responder gets nothing of ours that it could leave half done.
    let response = catch_unwind(AssertUnwindSafe(|| responder.respond(&failure, answer)));
    let mut response = response.unwrap_or_else(|_| {
        let panicked = Misconfiguration::Panicked(Panicked("the responder")).into();
        match server {
            Some(server) => server.log_failure(&panicked),
            None => bearward::log_failure(&panicked),
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
