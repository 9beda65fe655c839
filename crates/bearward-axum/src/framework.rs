//! What axum knows of a request: its path's parameters, the URI before nested routers, its client's address.

use std::mem;
use std::net::SocketAddr;

use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{ConnectInfo, FromRequestParts, OriginalUri, RawPathParams};
use bearward_tower::bearward::connection::ClientConnection;
use bearward_tower::bearward::request::Connection;
use bearward_tower::{Framework, PathParameters};
use futures_util::FutureExt;
use http::{Extensions, Request, Uri};

pub(crate) fn axum() -> Framework {
    let mut framework = Framework::NONE;
    framework.path_parameters = parameters;
    framework.original_uri = original_uri;
    framework.connection = connection;
    framework
}

/// Nested routers see only their own part of the path; a client knows nothing of them.
fn original_uri(extensions: &Extensions) -> Option<&Uri> {
    extensions.get::<OriginalUri>().map(|original| &original.0)
}

/// The server's word on the connection, else the address that `into_make_service_with_connect_info` tells.
fn connection(extensions: &Extensions) -> Connection<'_> {
    let mut connection = ClientConnection::of(extensions);
    if let (None, Some(ConnectInfo(peer))) = (connection.peer, extensions.get::<ConnectInfo<SocketAddr>>()) {
        connection.peer = Some(peer.ip());
    }
    connection
}

/// The parameters of the matched route, percent-decoded. What is not UTF-8 then is malformed, as axum's own extractor
/// says.
fn parameters(extensions: &mut Extensions) -> PathParameters {
    // axum reads them from the extensions of a request's head.
    let (mut head, ()) = Request::new(()).into_parts();
    mem::swap(&mut head.extensions, extensions);
    // Nothing is awaited.
    let read = RawPathParams::from_request_parts(&mut head, &()).now_or_never();
    mem::swap(&mut head.extensions, extensions);
    match read {
        Some(Ok(parameters)) => {
            let owned = parameters.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
            PathParameters::Decoded(owned.collect())
        }
        Some(Err(RawPathParamsRejection::InvalidUtf8InPathParam(_))) => PathParameters::Malformed,
        // No route was matched.
        _ => PathParameters::default(),
    }
}
