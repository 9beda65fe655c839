//! Tokens in form bodies (RFC 6750 §2.2), for those who must still accept them.
//!
//! Put outside the protection. A form is read whole, its `access_token` is noted, and the body goes on as it
//! came, so that the handler reads it too.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body::Body;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tower_layer::Layer;
use tower_service::Service;

/// Most bytes of a form; a longer one is answered 413.
const MOST_FORM_BYTES: usize = 64 * 1024;

/// The form of a request, in its extensions.
#[derive(Clone)]
pub(crate) struct FormCredential(pub(crate) Bytes);

/// Accepts `access_token` in `application/x-www-form-urlencoded` bodies of `POST`, `PUT` and `PATCH` (RFC 6750
/// §2.2). Put it outside the protection, which looks for what it found.
///
/// A form is read whole before the request goes on: one over 64 KiB is answered 413, one that breaks off 400.
#[derive(Debug, Clone, Copy, Default)]
pub struct FormCredentialLayer;

impl<S> Layer<S> for FormCredentialLayer {
    type Service = FormCredentialService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        FormCredentialService { inner }
    }
}

/// A service whose forms are looked through for a token.
#[derive(Debug, Clone)]
pub struct FormCredentialService<S> {
    inner: S,
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for FormCredentialService<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>> + Clone + Send + 'static,
    S::Future: Send,
    ReqBody: Body<Data = Bytes> + From<Bytes> + Send + 'static,
    ReqBody::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    ResBody: From<Vec<u8>>,
{
    type Response = Response<ResBody>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<ResBody>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        if !is_form(&request) {
            return Box::pin(inner.call(request));
        }
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            let form = match Limited::new(body, MOST_FORM_BYTES).collect().await {
                Ok(form) => form.to_bytes(),
                Err(error) => {
                    let mut response = Response::new(ResBody::from(Vec::new()));
                    *response.status_mut() = match error.is::<LengthLimitError>() {
                        true => StatusCode::PAYLOAD_TOO_LARGE,
                        false => StatusCode::BAD_REQUEST,
                    };
                    return Ok(response);
                }
            };
            parts.extensions.insert(FormCredential(form.clone()));
            inner.call(Request::from_parts(parts, ReqBody::from(form))).await
        })
    }
}

/// RFC 6750 §2.2: a form, and a method whose body has a meaning.
fn is_form<B>(request: &Request<B>) -> bool {
    let media_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = media_type.and_then(|value| value.split(';').next()).unwrap_or("").trim();
    [Method::POST, Method::PUT, Method::PATCH].contains(request.method())
        && media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}
