//! The request guards: the token, or its claims as a type of the application.

use std::fmt;
use std::future::pending;
use std::ops::Deref;

use bearward_tower::bearward::answer::{Misconfiguration, Rejection};
use bearward_tower::bearward::check::Denial;
use bearward_tower::{AccessToken, Failure};
use rocket::http::Status;
use rocket::request::{FromRequest, Outcome};
use rocket::{Ignite, Request, Rocket, Sentinel};
use serde::de::DeserializeOwned;

use crate::attached::is_attached;
use crate::notes::{Admitted, Notes};
use crate::refused::{MISCONFIGURED, REFUSED, Refused};

/// Gives a handler the [`AccessToken`] that its request was let in with.
///
/// `Option<Authorized>` is `None` where the route is [`optional`](crate::Protect::optional) and no credential was sent; a
/// bad credential never reaches the handler. On a [`public`](crate::public) route, nothing looks at credentials: the guard
/// fails with 500, and `Option<Authorized>` is always `None`. Routes that
/// [`public_where`](crate::Bearward::public_where) names take no guard of this crate: they are answered 500.
///
/// An [`AccessToken`] is the proof that a token is valid: only a check makes one. An application whose routes take this
/// guard does not launch unless [`Bearward`](crate::Bearward) is attached.
#[derive(Debug, Clone)]
pub struct Authorized(pub AccessToken);

/// The claims of the access token as a type of the application.
///
/// A valid token whose claims do not fit the type is answered 403: it may call this API, but the handler needs more of
/// it. The handler does not run then, whether it takes `Claims<T>`, `Option<Claims<T>>` or `Result<Claims<T>, Refused>`:
/// the `None` of an [`optional`](crate::Protect::optional) route is a request without a credential. A handler that can do
/// without the claims takes [`Authorized`], and asks for them by [`AccessToken::claims`].
///
/// [`public`](crate::public) routes let no token in, so there `Option<Claims<T>>` is always `None`. `Debug` shows nothing
/// of the claims, whatever the type itself shows.
#[derive(Clone)]
pub struct Claims<T>(pub T);

impl<T> fmt::Debug for Claims<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Claims(..)")
    }
}

impl Deref for Authorized {
    type Target = AccessToken;

    fn deref(&self) -> &AccessToken {
        &self.0
    }
}

impl<T> Deref for Claims<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

type Refusal = (Status, Failure);

/// The token that the route's protection let in.
fn required(request: &Request<'_>) -> Result<AccessToken, Refusal> {
    match Notes::of(request).admitted(request) {
        Some(Admitted::With(token)) => Ok(token),
        Some(Admitted::Without) => Err((Status::Unauthorized, Rejection::MissingCredential.into())),
        // The route is public, or says nothing about tokens.
        None => Err((MISCONFIGURED, Misconfiguration::NotProtected.into())),
    }
}

fn outcome<T>(result: Result<T, Refusal>, request: &Request<'_>) -> Outcome<T, Refused> {
    match result {
        Ok(found) => Outcome::Success(found),
        Err((status, failure)) => {
            let is_answered = Notes::of(request).find(request, failure.clone());
            Outcome::Error((if is_answered { REFUSED } else { status }, Refused::new(failure)))
        }
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Authorized {
    type Error = Refused;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Refused> {
        outcome(required(request).map(Self), request)
    }
}

#[rocket::async_trait]
impl<'r, T: DeserializeOwned> FromRequest<'r> for Claims<T> {
    type Error = Refused;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Refused> {
        match required(request) {
            Ok(token) => {
                if let Ok(claims) = token.claims() {
                    return Outcome::Success(Self(claims));
                }
            }
            Err(refusal) => return outcome(Err(refusal), request),
        }
        let failure = Failure::from(Denial::ClaimUnmet);
        if Notes::of(request).stop(failure.clone()) {
            // An error here is `None` to a handler that takes `Option`, as if there were no token.
            pending::<()>().await;
        }
        outcome(Err((Status::Forbidden, failure)), request)
    }
}

impl Sentinel for Authorized {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        !is_attached(rocket)
    }
}

impl<T> Sentinel for Claims<T> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        !is_attached(rocket)
    }
}
