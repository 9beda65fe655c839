//! The response of a protected service, boxed only when keys must be waited for.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{HeaderName, HeaderValue, Response};
use pin_project_lite::pin_project;

const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

pin_project! {
    /// The response of a [`ProtectService`](super::ProtectService) or a
    /// [`RequireService`](crate::RequireService).
    pub struct ProtectFuture<F, B, E> {
        #[pin]
        state: State<F, B, E>,
    }
}

pin_project! {
    #[project = Projected]
    enum State<F, B, E> {
        Passed { #[pin] inner: F, nonce: Option<HeaderValue> },
        Refused { response: Option<Response<B>> },
        Waiting { future: Pin<Box<dyn Future<Output = Result<Response<B>, E>> + Send>> },
    }
}

impl<F, B, E> ProtectFuture<F, B, E> {
    /// The inner service's response, with the nonce for the client's next DPoP proof, if it needs one.
    pub(crate) fn passed(inner: F, nonce: Option<HeaderValue>) -> Self {
        Self { state: State::Passed { inner, nonce } }
    }

    pub(crate) fn refused(response: Response<B>) -> Self {
        Self { state: State::Refused { response: Some(response) } }
    }

    pub(super) fn waiting(future: impl Future<Output = Result<Response<B>, E>> + Send + 'static) -> Self {
        Self { state: State::Waiting { future: Box::pin(future) } }
    }
}

impl<F, B, E> Future for ProtectFuture<F, B, E>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            Projected::Passed { inner, nonce } => {
                inner.poll(context).map_ok(|response| with_nonce(response, nonce.take()))
            }
            // A second poll after completion is a caller's error; it gets no second response.
            Projected::Refused { response } => response.take().map_or(Poll::Pending, |r| Poll::Ready(Ok(r))),
            Projected::Waiting { future } => future.as_mut().poll(context),
        }
    }
}

/// RFC 9449 §8.2: a new nonce may come with any answer.
pub(super) fn with_nonce<B>(mut response: Response<B>, nonce: Option<HeaderValue>) -> Response<B> {
    if let Some(nonce) = nonce {
        response.headers_mut().insert(DPOP_NONCE, nonce);
    }
    response
}

impl<F, B, E> fmt::Debug for ProtectFuture<F, B, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProtectFuture(..)")
    }
}
