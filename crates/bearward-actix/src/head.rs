//! The head of an actix request in the types of `http` 1, and what actix knows beyond it.

use actix_web::{HttpMessage as _, HttpRequest};
use bearward_tower::bearward::connection::ClientConnection;
use bearward_tower::{AccessToken, Framework, PathParameters, Protection};
use http::{Error, HeaderName, HeaderValue, Method, Request, Uri, Version};
use percent_encoding::percent_decode_str;

/// The parameters of the matched route, for those requirements that ask for them.
#[derive(Clone)]
struct Parameters(PathParameters);

pub(crate) fn actix() -> Framework {
    let mut framework = Framework::NONE;
    framework.path_parameters =
        |extensions| extensions.remove::<Parameters>().map_or_else(PathParameters::default, |found| found.0);
    framework
}

/// The head, with what middleware further out has noted in the request.
///
/// # Errors
/// When a part of it is none to `http` 1. There is no such part.
pub(crate) fn of(request: &HttpRequest) -> Result<Request<()>, Error> {
    let mut head = Request::new(());
    *head.method_mut() = Method::from_bytes(request.method().as_str().as_bytes())?;
    *head.uri_mut() = Uri::try_from(request.uri().to_string())?;
    *head.version_mut() = version(request);
    head.headers_mut().reserve(request.headers().len());
    for (name, value) in request.headers() {
        let name = HeaderName::from_bytes(name.as_str().as_bytes())?;
        head.headers_mut().append(name, HeaderValue::from_bytes(value.as_bytes())?);
    }
    let extensions = head.extensions_mut();
    extensions.insert(Parameters(parameters(request)));
    if let Some(connection) = connection(request) {
        extensions.insert(connection);
    }
    let noted = request.extensions();
    if let Some(protection) = noted.get::<Protection>() {
        extensions.insert(protection.clone());
    }
    if let Some(token) = noted.get::<AccessToken>() {
        extensions.insert(token.clone());
    }
    drop(noted);
    Ok(head)
}

fn version(request: &HttpRequest) -> Version {
    match request.version() {
        actix_web::http::Version::HTTP_2 => Version::HTTP_2,
        _ => Version::HTTP_11,
    }
}

/// The word of `on_connect`, else what actix tells of the socket.
fn connection(request: &HttpRequest) -> Option<ClientConnection> {
    if let Some(told) = request.conn_data::<ClientConnection>() {
        return Some(told.clone());
    }
    let peer = request.peer_addr()?;
    let is_encrypted = request.app_config().secure();
    Some(if is_encrypted { ClientConnection::tls(peer) } else { ClientConnection::plain(peer) })
}

/// Percent-decoded as `web::Path` gives them to handlers; what is not UTF-8 then, actix would change to something else.
fn parameters(request: &HttpRequest) -> PathParameters {
    if request.match_info().is_empty() {
        return PathParameters::default();
    }
    if percent_decode_str(request.uri().path()).decode_utf8().is_err() {
        return PathParameters::Malformed;
    }
    let decode = |value: &str| percent_decode_str(value).decode_utf8_lossy().into_owned();
    let found = request.match_info().iter().map(|(name, value)| (name.to_owned(), decode(value)));
    PathParameters::Decoded(found.collect())
}
