//! The response of a protected service, boxed only when keys must be waited for.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::Response;
use pin_project_lite::pin_project;

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
        Passed { #[pin] inner: F },
        Refused { response: Option<Response<B>> },
        Waiting { future: Pin<Box<dyn Future<Output = Result<Response<B>, E>> + Send>> },
    }
}

impl<F, B, E> ProtectFuture<F, B, E> {
    pub(crate) fn passed(inner: F) -> Self {
        Self { state: State::Passed { inner } }
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
            Projected::Passed { inner } => inner.poll(context),
            // A second poll after completion is a caller's error; it gets no second response.
            Projected::Refused { response } => response.take().map_or(Poll::Pending, |r| Poll::Ready(Ok(r))),
            Projected::Waiting { future } => future.as_mut().poll(context),
        }
    }
}

impl<F, B, E> fmt::Debug for ProtectFuture<F, B, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProtectFuture(..)")
    }
}
