//! The refusals of this crate, for handlers, fairings and logs.

use std::fmt;

use bearward_tower::bearward::answer::Misconfiguration;
use bearward_tower::head::Passage;
use bearward_tower::{Failure, refusal};
use rocket::http::Status;
use rocket::response::{self, Responder};
use rocket::{Request, Response};

use crate::notes::Notes;
use crate::{head, response as answer};

/// The error of a request guard that found no token, or not the right one.
///
/// The client is answered as the route's protection answers, and no catcher is asked. A handler that takes
/// `Result<Authorized, Refused>` can return it: it is a responder.
///
/// A request guard of the application that asks for `Authorized` passes the `Status` of the error on as it is: by it, the
/// route knows the refusal again. With a status of its own the guard refuses by itself, and Rocket asks a catcher.
#[derive(Debug, Clone)]
pub struct Refused(Failure);

impl Refused {
    pub(crate) fn new(failure: Failure) -> Self {
        Self(failure)
    }

    /// Why.
    #[must_use]
    pub fn failure(&self) -> &Failure {
        &self.0
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.description())
    }
}

impl std::error::Error for Refused {}

impl<'r> Responder<'r, 'static> for Refused {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        Ok(refuse(self.0, request))
    }
}

/// Why Bearward refused a request, for a fairing's `on_response`; `None` where it did not.
#[must_use]
pub fn failure_of(request: &Request<'_>) -> Option<Failure> {
    Notes::of(request).answered()
}

/// The response to a request that is refused within its protection.
pub(crate) fn refuse<'r>(failure: Failure, request: &Request<'_>) -> Response<'r> {
    // Without a head there are the defaults: the refusal is the same.
    let (head, ()) = head::of(request).unwrap_or_default().into_parts();
    let refused = refusal::<Passage>(failure, &head);
    Notes::of(request).answer(refused.extensions().get().cloned());
    answer::of(refused)
}

/// The response of a route that has not said what it needs, or that no fairing watches.
pub(crate) fn misconfigured<'r>(request: &Request<'_>) -> Response<'r> {
    if let Some(route) = request.route() {
        rocket::error!(
            "{route} was answered 500: attach `Bearward::new()`, and mount the route by `protect`, `optional`, `require` \
             or `public` of bearward-rocket"
        );
    }
    refuse(Misconfiguration::NotProtected.into(), request)
}

/// The status of a misconfiguration where no route of ours runs.
pub(crate) const MISCONFIGURED: Status = Status::InternalServerError;

/// The status of a refusal on its way from a request guard to the route around it. No handler answers with it, because
/// HTTP has no such status: an error of the handler itself, after a guard whose refusal it made `None`, has another one.
pub(crate) const REFUSED: Status = Status { code: 1000 };
