//! The fairing: no route answers that has not said what it needs.

use std::fmt;

use http::header::CACHE_CONTROL;
use rocket::fairing::{self, Fairing, Info, Kind};
use rocket::{Build, Data, Request, Response, Rocket, Route};

use crate::attached::Attached;
use crate::last;
use crate::notes::Notes;
use crate::refused::{REFUSED, misconfigured};
use crate::response;

/// Attach this once, whatever the number of resource servers: an application that attaches two does not launch.
///
/// 1. The application does not launch while a route is mounted that has not said what it needs: by a method of
///    [`Protect`](crate::Protect) or by [`public`](crate::public).
/// 2. Routes that other fairings mount while the application starts are looked at as well, when all fairings have run: by
///    the sentinel of a route that this fairing mounts, `TRACE /bearward-rocket/last-look`, which answers nothing.
/// 3. A `HEAD` is checked as such, as the client sent it and as a DPoP proof names it: Rocket makes a `GET` of it. The
///    method that the field `_method` of a form names is the one that is checked, as it is the one that Rocket routes.
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
    /// The routes of the application itself are mounted by [`public`](crate::public). A route that is let be and takes
    /// [`Authorized`](crate::Authorized) or [`Claims`](crate::Claims), as an `Option` or `Result` too, is answered 500.
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

#[rocket::async_trait]
impl Fairing for Bearward {
    fn info(&self) -> Info {
        Info { name: "Bearward", kind: Kind::Ignite | Kind::Request | Kind::Response }
    }

    async fn on_ignite(&self, rocket: Rocket<Build>) -> fairing::Result {
        // Not one in place of the other, as `Kind::Singleton` does: what that one lets be would be open, or closed, unseen.
        if rocket.state::<Attached>().is_some() {
            rocket::error!("attach `Bearward::new()` of bearward-rocket once");
            return Err(rocket);
        }
        let attached = Attached::letting(self.others);
        if !attached.all_say(rocket.routes()) {
            return Err(rocket);
        }
        Ok(rocket.manage(attached).mount("/", last::routes()))
    }

    async fn on_request(&self, request: &mut Request<'_>, _: &mut Data<'_>) {
        let method = request.method();
        Notes::of(request).begin(method);
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, answer: &mut Response<'r>) {
        let notes = Notes::of(request);
        let is_silent = !notes.is_declared(request) && {
            // A route of the application may have the name of one that says it, without the check. Of a route that is let
            // be, it is not to be seen whether the handler made something of the refusal of its guard, or a catcher did.
            !request.route().is_some_and(self.others) || notes.has_found(request)
        };
        if is_silent || answer.status() == REFUSED {
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
