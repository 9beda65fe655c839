//! The response of a protected service, boxed only when keys must be waited for.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bearward::AccessToken;
use http::Response;
use http::header::{CACHE_CONTROL, HeaderName, HeaderValue};
use pin_project_lite::pin_project;

use super::gate::Caching;

const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// What is added to the response of the inner service.
pub(crate) struct Added {
    nonce: Option<HeaderValue>,
    caching: Caching,
}

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
        Passed { #[pin] inner: F, added: Added },
        Refused { response: Option<Response<B>> },
        Waiting { future: Pin<Box<dyn Future<Output = Result<Response<B>, E>> + Send>> },
    }
}

impl<F, B, E> ProtectFuture<F, B, E> {
    /// The inner service's response, with what is added to it.
    pub(crate) fn passed(inner: F, added: Added) -> Self {
        Self { state: State::Passed { inner, added } }
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
            Projected::Passed { inner, added } => inner.poll(context).map_ok(|response| added.to(response)),
            // A second poll after completion is a caller's error; it gets no second response.
            Projected::Refused { response } => response.take().map_or(Poll::Pending, |r| Poll::Ready(Ok(r))),
            Projected::Waiting { future } => future.as_mut().poll(context),
        }
    }
}

impl Added {
    /// For a service that is called with a token that was checked further out.
    pub(crate) const NOTHING: Self = Self { nonce: None, caching: Caching::AsItIs };

    /// For a request that passes with this token: the nonce for the client's next DPoP proof, if it needs one
    /// (RFC 9449 §8.2), and what caches must know.
    pub(super) fn of(token: Option<&AccessToken>, caching: Caching) -> Self {
        let nonce = token.and_then(AccessToken::dpop_nonce);
        Self { nonce: nonce.and_then(|nonce| nonce.as_str().parse().ok()), caching }
    }

    pub(super) fn to<B>(&self, mut response: Response<B>) -> Response<B> {
        let headers = response.headers_mut();
        if let Some(nonce) = &self.nonce {
            headers.insert(DPOP_NONCE, nonce.clone());
        }
        // What the handler says of caches is its own to say.
        if self.caching == Caching::Private && !headers.contains_key(CACHE_CONTROL) {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("private"));
        }
        response
    }
}

impl<F, B, E> fmt::Debug for ProtectFuture<F, B, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProtectFuture(..)")
    }
}
