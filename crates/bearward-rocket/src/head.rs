//! The head of a Rocket request in the types of `http` 1, and what Rocket knows beyond it.

use bearward_tower::bearward::connection::ClientConnection;
use bearward_tower::{Framework, PathParameters};
use http::{Error, HeaderName, HeaderValue, Method, Uri, header};
use percent_encoding::percent_decode_str;
use rocket::Request;
use rocket::http::Method as RocketMethod;

use crate::notes::Notes;

/// The parameters of the matched route, for those requirements that ask for them.
#[derive(Clone)]
struct Parameters(PathParameters);

pub(crate) fn rocket() -> Framework {
    let mut framework = Framework::NONE;
    framework.path_parameters =
        |extensions| extensions.remove::<Parameters>().map_or_else(PathParameters::default, |found| found.0);
    framework
}

/// The head, with what an earlier protection has noted.
///
/// # Errors
/// When `http` 1 refuses a part of it: a local request of a test can have such a header.
pub(crate) fn of(request: &Request<'_>) -> Result<http::Request<()>, Error> {
    let notes = Notes::of(request);
    let mut head = http::Request::new(());
    *head.method_mut() = method(request, notes)?;
    for header in request.headers().iter() {
        let name = HeaderName::from_bytes(header.name().as_str().as_bytes())?;
        head.headers_mut().append(name, HeaderValue::from_str(header.value())?);
    }
    let names_host = head.headers().contains_key(header::HOST);
    *head.uri_mut() = uri(request, names_host)?;
    let extensions = head.extensions_mut();
    extensions.insert(Parameters(parameters(request)));
    if let Some(connection) = notes.connection().or_else(|| socket(request)) {
        extensions.insert(connection);
    }
    notes.write_to(extensions);
    Ok(head)
}

/// The client's, where Rocket answers a `HEAD` by a route for `GET`.
fn method(request: &Request<'_>, notes: &Notes) -> Result<Method, Error> {
    match request.method() {
        RocketMethod::Get if notes.came_as_head() => Ok(Method::HEAD),
        method => Ok(Method::from_bytes(method.as_str().as_bytes())?),
    }
}

/// With the authority of HTTP/2, which is not among the headers.
fn uri(request: &Request<'_>, names_host: bool) -> Result<Uri, Error> {
    let origin = request.uri();
    match request.host() {
        Some(host) if !names_host => {
            let scheme = if is_encrypted(request) { "https" } else { "http" };
            Ok(Uri::try_from(format!("{scheme}://{host}{origin}"))?)
        }
        _ => Ok(Uri::try_from(origin.to_string())?),
    }
}

/// Tells what a fairing knows of the connection that Rocket does not tell, the client's certificate for instance: in
/// `on_request`, before any route is asked.
///
/// With its feature `mtls`, Rocket gives the certificate that the client showed, where an authority of
/// `tls.mutual.ca_certs` has signed it. This fairing is then all that tokens bound to certificates (RFC 8705) need:
///
/// ```
/// use bearward_rocket::{ClientConnection, set_connection};
/// use rocket::fairing::AdHoc;
/// use rocket::mtls::Certificate;
/// use rocket::outcome::Outcome;
///
/// let certificates = AdHoc::on_request("client certificates", |request, _| {
///     Box::pin(async move {
///         let Some(peer) = request.remote() else { return };
///         if let Outcome::Success(shown) = request.guard::<Certificate<'_>>().await {
///             let connection = ClientConnection::tls(peer).with_certificate(shown.as_bytes().to_vec());
///             set_connection(request, connection);
///         }
///     })
/// });
/// let rocket = rocket::build().attach(certificates);
/// # let _ = rocket;
/// ```
pub fn set_connection(request: &Request<'_>, connection: ClientConnection) {
    Notes::of(request).connect(connection);
}

/// Headers that name another address are for the resource server's own settings to trust.
fn socket(request: &Request<'_>) -> Option<ClientConnection> {
    let peer = request.remote()?;
    Some(if is_encrypted(request) { ClientConnection::tls(peer) } else { ClientConnection::plain(peer) })
}

fn is_encrypted(request: &Request<'_>) -> bool {
    request.rocket().config().tls_enabled()
}

/// Percent-decoded as handlers get them; what is not UTF-8 then, Rocket would change to something else. A parameter of
/// several segments (`<path..>`) is left out.
fn parameters(request: &Request<'_>) -> PathParameters {
    let Some(route) = request.route() else { return PathParameters::default() };
    if percent_decode_str(request.uri().path().as_str()).decode_utf8().is_err() {
        return PathParameters::Malformed;
    }
    let pattern = route.uri.origin.path().raw_segments();
    let found = pattern.zip(request.uri().path().segments()).filter_map(|(name, value)| {
        let name = name.as_str().strip_prefix('<')?.strip_suffix('>')?;
        let is_one_segment = !name.ends_with("..");
        is_one_segment.then(|| (name.to_owned(), value.to_owned()))
    });
    PathParameters::Decoded(found.collect())
}
