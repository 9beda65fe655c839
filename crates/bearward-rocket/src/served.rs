//! Routes that this crate answers by itself: public, and without a handler of the application.

use std::borrow::Cow;
use std::io::Cursor;

use percent_encoding::percent_decode_str;
use rocket::http::{Header, Method, Status};
use rocket::route::{Handler, Outcome};
use rocket::{Data, Request, Response, Route};

use crate::routes::public;

/// What such a route answers.
pub(crate) struct Served {
    pub(crate) status: Status,
    pub(crate) headers: Vec<(&'static str, &'static str)>,
    pub(crate) body: Vec<u8>,
}

/// The handler of such a route.
#[derive(Clone)]
struct Serving<F> {
    /// The segments of the path, percent-decoded.
    segments: Vec<String>,
    serve: F,
}

/// A public route for one path of characters that RFC 3986 §3.3 has. Rocket asks one for `GET` when a `HEAD` comes, too.
pub(crate) fn route<F>(method: Method, path: &str, name: &'static str, serve: F) -> Vec<Route>
where
    F: Fn() -> Served + Clone + Send + Sync + 'static,
{
    // Rocket compares the segments of a route as they are written with those of a request as they are decoded.
    let pattern = path.split('/').map(|segment| if segment.contains('%') { "<_>" } else { segment });
    let pattern: Vec<_> = pattern.collect();
    let segments = path.split('/').filter(|segment| !segment.is_empty());
    let segments = segments.map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned());
    let handler = Serving { segments: segments.collect(), serve };
    let mut route = Route::new(method, &pattern.join("/"), handler);
    route.name = Some(Cow::Borrowed(name));
    public(vec![route])
}

#[rocket::async_trait]
impl<F: Fn() -> Served + Clone + Send + Sync + 'static> Handler for Serving<F> {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r> {
        // Where the path matches by its form alone, or the route is mounted at another base than `/`, it is another one.
        if !request.uri().path().segments().eq(self.segments.iter().map(String::as_str)) {
            return Outcome::Forward((data, Status::NotFound));
        }
        let Served { status, headers, body } = (self.serve)();
        let mut answer = Response::new();
        answer.set_status(status);
        for (name, value) in headers {
            answer.set_header(Header::new(name, value));
        }
        answer.set_sized_body(body.len(), Cursor::new(body));
        Outcome::Success(answer)
    }
}
