//! What handlers take: the token, or its claims as a type of the application.

use std::fmt;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, HttpResponse, ResponseError};
use bearward_tower::bearward::answer::{Misconfiguration, Rejection};
use bearward_tower::bearward::check::Denial;
use bearward_tower::head::Passage;
use bearward_tower::{AccessToken, Failure, Protection, refusal};
use http::Response;
use serde::de::DeserializeOwned;

use crate::{head, response};

/// Gives a handler the [`AccessToken`] that its request was let in with, under [`Protect::middleware`] or
/// [`Protect::require`].
///
/// An [`AccessToken`] is the proof that a token is valid: only a check makes one.
///
/// [`Protect::middleware`]: crate::Protect::middleware
/// [`Protect::require`]: crate::Protect::require
#[derive(Debug, Clone)]
pub struct Authorized(pub AccessToken);

/// Gives a handler the [`AccessToken`] of its request, or `None` where its protection is optional and no credential was
/// sent. A bad credential never reaches the handler.
///
/// Unlike `Option<Authorized>`, which actix makes `None` by every error, it answers 500 where no middleware protects the
/// route.
#[derive(Debug, Clone)]
pub struct MaybeAuthorized(pub Option<AccessToken>);

/// The claims of the access token as a type of the application.
///
/// A valid token whose claims do not fit the type is answered 403: it may call this API, but the handler needs more of
/// it. `Debug` shows nothing of them, whatever the type itself shows.
#[derive(Clone)]
pub struct Claims<T>(pub T);

impl<T> fmt::Debug for Claims<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Claims(..)")
    }
}

/// The error of an extractor that found no token, or not the right one: its response is the one that the middleware
/// around the route gives.
#[derive(Debug)]
pub struct Refused {
    failure: Failure,
    response: Box<Response<()>>,
    body: Vec<u8>,
}

impl Refused {
    fn new(failure: Failure, request: &HttpRequest) -> Self {
        // Without a head there are the defaults: the refusal is the same.
        let (head, ()) = head::of(request).unwrap_or_default().into_parts();
        let (response, passage) = refusal::<Passage>(failure.clone(), &head).into_parts();
        let body = match passage {
            Passage::Refused(body) => body,
            Passage::Passed(_) => Vec::new(),
        };
        Self { failure, response: Box::new(Response::from_parts(response, ())), body }
    }

    /// Why.
    #[must_use]
    pub fn failure(&self) -> &Failure {
        &self.failure
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.failure.description())
    }
}

impl ResponseError for Refused {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.response.status().as_u16()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        response::of(&self.response, self.body.clone())
    }
}

/// The token that a middleware further out let in; `None` where it lets requests in without one.
fn admitted(request: &HttpRequest) -> Result<Option<AccessToken>, Refused> {
    let (token, is_protected) = {
        let extensions = request.extensions();
        (extensions.get::<AccessToken>().cloned(), extensions.contains::<Protection>())
    };
    match token {
        Some(token) => Ok(Some(token)),
        None if is_protected => Ok(None),
        // Without a middleware further out, the request was not checked.
        None => Err(Refused::new(Misconfiguration::NotProtected.into(), request)),
    }
}

fn required(request: &HttpRequest) -> Result<AccessToken, Refused> {
    admitted(request)?.ok_or_else(|| Refused::new(Rejection::MissingCredential.into(), request))
}

impl FromRequest for Authorized {
    type Error = Refused;
    type Future = Ready<Result<Self, Refused>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(required(request).map(Self))
    }
}

impl FromRequest for MaybeAuthorized {
    type Error = Refused;
    type Future = Ready<Result<Self, Refused>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(admitted(request).map(Self))
    }
}

impl<T: DeserializeOwned> FromRequest for Claims<T> {
    type Error = Refused;
    type Future = Ready<Result<Self, Refused>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let claims = required(request).and_then(|token| {
            token.claims().map(Self).map_err(|_| Refused::new(Denial::ClaimUnmet.into(), request))
        });
        ready(claims)
    }
}
