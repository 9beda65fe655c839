//! What axum knows of a request: its path's parameters, the URI before nested routers, its client's address.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts, OriginalUri, RawPathParams};
use bearward_tower::{ClientConnection, Connection, Framework};
use futures_util::FutureExt;
use http::request::Parts;
use http::{Extensions, Uri};

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

/// The parameters of the matched route, percent-decoded. Where axum cannot decode them there are none, so a
/// requirement that needs one lets nobody pass.
fn parameters(parts: &mut Parts) -> Vec<(String, String)> {
    // axum reads them from the request's extensions; nothing is awaited.
    let read = RawPathParams::from_request_parts(parts, &()).now_or_never();
    let parameters = read.and_then(Result::ok);
    parameters.iter().flatten().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
