//! The fairing: no route answers that has not said what it needs.

use std::fmt;

use http::header::CACHE_CONTROL;
use rocket::fairing::{self, Fairing, Info, Kind};
use rocket::{Build, Data, Ignite, Request, Response, Rocket, Route};

use crate::notes::Notes;
use crate::refused::misconfigured;
use crate::response;
use crate::routes::is_declared;

/// Attach this once, whatever the number of resource servers.
///
/// 1. The application does not launch while a route is mounted that has not said what it needs: by a method of
///    [`Protect`](crate::Protect) or by [`public`](crate::public).
/// 2. A response of such a route that is mounted later, by another fairing while the application starts, is replaced by
///    500. Its handler has run then: attach fairings that mount routes before this one, and their routes are found at
///    launch.
/// 3. A request keeps the method that the client sent, which a DPoP proof names: Rocket makes a `GET` of a `HEAD`.
/// 4. A response has the headers that Bearward adds for the next request, catchers' responses as well.
#[must_use]
pub struct Bearward {
    others: fn(&Route) -> bool,
}

impl Bearward {
    /// Every route must say what it needs.
    pub fn new() -> Self {
        Self { others: |_| false }
    }

    /// Lets routes be that other libraries mount, and which cannot be put into [`public`](crate::public): they are open to
    /// all. `rocket_cors` has such routes.
    ///
    /// ```
    /// use bearward_rocket::Bearward;
    ///
    /// let rocket = rocket::build().attach(Bearward::new().public_where(|route| route.uri.base() == "/cors"));
    /// # let _ = rocket;
    /// ```
    pub fn public_where(mut self, others: fn(&Route) -> bool) -> Self {
        self.others = others;
        self
    }

    fn allows(&self, route: &Route) -> bool {
        is_declared(route) || (self.others)(route)
    }
}

impl Default for Bearward {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Bearward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bearward")
    }
}

/// Tells the request guards that the fairing is attached: managed by Rocket.
struct Attached;

pub(crate) fn is_attached(rocket: &Rocket<Ignite>) -> bool {
    let is_attached = rocket.state::<Attached>().is_some();
    if !is_attached {
        rocket::error!("routes take guards of bearward-rocket: attach `Bearward::new()`");
    }
    is_attached
}

#[rocket::async_trait]
impl Fairing for Bearward {
    fn info(&self) -> Info {
        Info { name: "Bearward", kind: Kind::Ignite | Kind::Request | Kind::Response | Kind::Singleton }
    }

    async fn on_ignite(&self, rocket: Rocket<Build>) -> fairing::Result {
        let undeclared: Vec<_> =
            rocket.routes().filter(|route| !self.allows(route)).map(ToString::to_string).collect();
        for route in &undeclared {
            rocket::error!(
                "{route} does not say whether it needs a token: mount it by `protect`, `optional`, `require` or \
                 `public` of bearward-rocket"
            );
        }
        match (undeclared.is_empty(), rocket.state::<Attached>()) {
            (false, _) => Err(rocket),
            (true, None) => Ok(rocket.manage(Attached)),
            (true, Some(Attached)) => Ok(rocket),
        }
    }

    async fn on_request(&self, request: &mut Request<'_>, _: &mut Data<'_>) {
        let method = request.method();
        Notes::of(request).begin(method);
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, answer: &mut Response<'r>) {
        let notes = Notes::of(request);
        if !notes.is_declared(request) && !request.route().is_some_and(self.others) {
            *answer = misconfigured(request);
            return;
        }
        for header in response::headers(&notes.take_added()) {
            // What the handler says of caches is its own to say.
            if header.name() != CACHE_CONTROL.as_str() || !answer.headers().contains(CACHE_CONTROL.as_str()) {
                answer.set_header(header);
            }
        }
    }
}
