//! What handlers take: the token, or claims of one's own.

use std::fmt;
use std::ops::Deref;

use axum::body::Body;
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::response::{IntoResponse, Response};
use bearward_tower::{Answer, ChallengePolicy, Failure, Misconfiguration, Protection};
use http::request::Parts;
use serde::de::DeserializeOwned;

/// The access token of the request, proven valid. An extractor for routes under
/// [`Protect::layer`](crate::Protect::layer) or [`Protect::require`](crate::Protect::require).
///
/// It reads like the [`AccessToken`](bearward_tower::AccessToken) of `bearward` that it holds, which is the one
/// in the request's extensions: middleware asks there for `bearward_axum::bearward_tower::AccessToken`. It
/// cannot be made by hand:
///
/// ```compile_fail
/// fn forge(token: &bearward_axum::AccessToken) -> bearward_axum::AccessToken {
///     bearward_axum::AccessToken(unimplemented!())
/// }
/// ```
///
/// `Option<AccessToken>` is `None` where the route's protection is optional and no credential was sent; a bad
/// one never reaches the handler.
#[derive(Debug, Clone)]
pub struct AccessToken(bearward_tower::AccessToken);

impl AccessToken {
    /// The token as the crates below know it.
    #[must_use]
    pub fn into_inner(self) -> bearward_tower::AccessToken {
        self.0
    }
}

impl Deref for AccessToken {
    type Target = bearward_tower::AccessToken;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// The claims of the access token as a type of one's own.
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

/// The response of an extractor that found no token, or not the right one.
#[derive(Debug, Clone)]
pub struct Refused {
    failure: Failure,
    answer: Answer,
}

impl Refused {
    /// Why.
    #[must_use]
    pub fn failure(&self) -> &Failure {
        &self.failure
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.answer.body));
        *response.status_mut() = self.answer.status;
        *response.headers_mut() = self.answer.headers;
        response.extensions_mut().insert(self.failure);
        response
    }
}

/// Answers as the layer around the route would.
fn refuse(parts: &Parts, failure: impl FnOnce() -> Failure) -> Refused {
    let (failure, answer) = match parts.extensions.get::<Protection>() {
        Some(protection) => {
            let (failure, server) = (failure(), protection.resource_server());
            server.log_failure(&failure);
            let answer = server.answer_to(&failure, &parts.headers);
            (failure, answer)
        }
        None => {
            // Without a layer outside it, nobody has looked at the request.
            let failure = Misconfiguration::NotProtected.into();
            bearward_tower::log_failure(&failure);
            let answer = ChallengePolicy::default().answer(&failure);
            (failure, answer)
        }
    };
    Refused { failure, answer }
}

fn token(parts: &Parts) -> Option<AccessToken> {
    parts.extensions.get::<bearward_tower::AccessToken>().cloned().map(AccessToken)
}

impl<S: Sync> FromRequestParts<S> for AccessToken {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        let missing = || bearward_tower::Rejection::MissingCredential.into();
        token(parts).ok_or_else(|| refuse(parts, missing))
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for AccessToken {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Refused> {
        match token(parts) {
            Some(token) => Ok(Some(token)),
            None if parts.extensions.get::<Protection>().is_some() => Ok(None),
            None => Err(refuse(parts, || Misconfiguration::NotProtected.into())),
        }
    }
}

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Claims<T> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let token = <AccessToken as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        let unmet = || bearward_tower::Denial::ClaimUnmet.into();
        token.claims().map(Claims).map_err(|_| refuse(parts, unmet))
    }
}
