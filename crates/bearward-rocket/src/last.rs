//! The last look at the routes, when every fairing has mounted its own.
//!
//! A fairing cannot know that it is the last that runs while the application starts. What Rocket asks after all of them
//! is the sentinels of the mounted routes, so there is a route whose only use is its sentinel.

use std::convert::Infallible;

use rocket::http::{Method, Status};
use rocket::request::{FromRequest, Outcome};
use rocket::{Ignite, Request, Rocket, Route, Sentinel, get, routes};

use crate::attached::all_say;
use crate::routes::public;

/// A request guard that lets nothing through; its sentinel keeps an application with a silent route from launching.
struct AllSay;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for AllSay {
    type Error = Infallible;

    async fn from_request(_: &'r Request<'_>) -> Outcome<Self, Infallible> {
        Outcome::Forward(Status::NotFound)
    }
}

impl Sentinel for AllSay {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        !all_say(rocket)
    }
}

#[get("/bearward-rocket/last-look")]
fn last_look(_all: AllSay) -> Status {
    Status::NotFound
}

/// The route with the sentinel. It answers nothing, and its method is one that applications have no route for.
pub(crate) fn routes() -> Vec<Route> {
    let mut routes = public(routes![last_look]);
    for route in &mut routes {
        route.method = Method::Trace;
    }
    routes
}
