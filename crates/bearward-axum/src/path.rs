//! The parameters of a route's path, as axum knows them.

use axum::extract::{FromRequestParts, RawPathParams};
use futures_util::FutureExt;
use http::request::Parts;

/// The parameters of the matched route, percent-decoded. Where axum cannot decode them there are none, so a
/// requirement that needs one lets nobody pass.
pub(crate) fn parameters(parts: &mut Parts) -> Vec<(String, String)> {
    // axum reads them from the request's extensions; nothing is awaited.
    let read = RawPathParams::from_request_parts(parts, &()).now_or_never();
    let parameters = read.and_then(Result::ok);
    parameters.iter().flatten().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
