//! Refusals in the types of Rocket.

use std::io::Cursor;

use bearward_tower::head::Passage;
use http::{HeaderMap, Response};
use rocket::http::{Header, Status};

/// The response to a refused request.
pub(crate) fn of<'r>(refused: Response<Passage>) -> rocket::Response<'r> {
    let (parts, passage) = refused.into_parts();
    let body = match passage {
        Passage::Refused(body) => body,
        Passage::Passed(_) => Vec::new(),
    };
    let mut response = rocket::Response::new();
    response.set_status(Status::new(parts.status.as_u16()));
    for header in headers(&parts.headers) {
        response.adjoin_header(header);
    }
    response.set_sized_body(body.len(), Cursor::new(body));
    response
}

/// In the types of Rocket, whose values are UTF-8.
pub(crate) fn headers(map: &HeaderMap) -> impl Iterator<Item = Header<'static>> {
    map.iter().filter_map(|(name, value)| {
        let value = str::from_utf8(value.as_bytes()).ok()?;
        Some(Header::new(name.as_str().to_owned(), value.to_owned()))
    })
}
