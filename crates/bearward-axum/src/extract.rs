//! What handlers take: the token, or its claims as a type of the application.

use std::fmt;

use axum::body::Body;
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::response::{IntoResponse, Response};
use bearward_tower::bearward::answer::{Misconfiguration, Rejection};
use bearward_tower::bearward::check::Denial;
use bearward_tower::{AccessToken, Failure, Protection, refusal};
use http::request::Parts;
use serde::de::DeserializeOwned;

/// Gives a handler the [`AccessToken`] that its request was let in with. An extractor for routes under
/// [`Protect::layer`](crate::Protect::layer) or [`Protect::require`](crate::Protect::require).
///
/// `Option<Authorized>` is `None` where the route's protection is optional and no credential was sent; a bad credential
/// never reaches the handler. Middleware finds the same [`AccessToken`] in the extensions of the request.
///
/// An [`AccessToken`] is the proof that a token is valid: only a check makes one.
///
/// ```compile_fail
/// use bearward_axum::{AccessToken, Authorized};
///
/// let forged = Authorized(AccessToken::from("eyJhbGciOiJub25lIn0.e30."));
/// ```
#[derive(Debug, Clone)]
pub struct Authorized(pub AccessToken);

/// The claims of the access token as a type of the application.
///
/// A valid token whose claims do not fit the type is answered 403: it may call this API, but the handler
/// needs more of it. `Debug` shows nothing of them, whatever the type itself shows.
#[derive(Clone)]
pub struct Claims<T>(pub T);

impl<T> fmt::Debug for Claims<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Claims(..)")
    }
}

/// The response of an extractor that found no token, or not the right one: the one that the layer around the route gives.
#[derive(Debug)]
pub struct Refused {
    failure: Failure,
    response: Box<Response>,
}

impl Refused {
    fn new(failure: Failure, parts: &Parts) -> Self {
        let response = refusal::<Body>(failure.clone(), parts);
        Self { failure, response: Box::new(response) }
    }

    /// Why.
    #[must_use]
    pub fn failure(&self) -> &Failure {
        &self.failure
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        *self.response
    }
}

/// The token that a layer further out let in; `None` where it lets requests in without one.
fn admitted(parts: &Parts) -> Result<Option<AccessToken>, Refused> {
    match parts.extensions.get::<AccessToken>() {
        Some(token) => Ok(Some(token.clone())),
        None if parts.extensions.get::<Protection>().is_some() => Ok(None),
        // Without a layer further out, the request was not checked.
        None => Err(Refused::new(Misconfiguration::NotProtected.into(), parts)),
    }
}

impl<S: Sync> FromRequestParts<S> for Authorized {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        let missing = || Refused::new(Rejection::MissingCredential.into(), parts);
        admitted(parts)?.map(Self).ok_or_else(missing)
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for Authorized {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Refused> {
        Ok(admitted(parts)?.map(Self))
    }
}

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Claims<T> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let Authorized(token) = <Authorized as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        token.claims().map(Self).map_err(|_| Refused::new(Denial::ClaimUnmet.into(), parts))
    }
}
