//! What tonic knows of a connection: the client's address, whether it is encrypted, and the client's certificate.

#[cfg(feature = "tls")]
use std::net::SocketAddr;

use bearward_tower::bearward::connection::ClientConnection;
use bearward_tower::bearward::request::Connection;
use bearward_tower::{Framework, GrpcAnswers};
use http::Extensions;
use tonic::transport::server::TcpConnectInfo;
#[cfg(feature = "tls")]
use tonic::transport::server::TlsConnectInfo;

pub(crate) fn tonic() -> Framework {
    let mut framework = Framework::NONE;
    framework.connection = connection;
    framework.note_connection = note_connection;
    // The server answers with gRPC whatever it is asked.
    framework.grpc = GrpcAnswers::Always;
    framework
}

/// The word of the one who accepted the connection, else tonic's.
fn connection(extensions: &Extensions) -> Connection<'_> {
    let mut connection = ClientConnection::of(extensions);
    let tcp: Option<&TcpConnectInfo> = extensions.get();
    if connection.peer.is_none() {
        connection.peer = tcp.and_then(TcpConnectInfo::remote_addr).map(|peer| peer.ip());
    }
    connection
}

/// tonic lends no certificate, so it is copied for the request.
#[cfg(feature = "tls")]
fn note_connection(extensions: &mut Extensions) {
    if extensions.get::<ClientConnection>().is_some() {
        return;
    }
    let Some(tls) = extensions.get::<TlsConnectInfo<TcpConnectInfo>>() else { return };
    // An address that is unspecified is no proxy's and no client's.
    let peer = tls.get_ref().remote_addr().unwrap_or(SocketAddr::from(([0, 0, 0, 0], 0)));
    let mut connection = ClientConnection::tls(peer);
    if let Some(certificate) = tls.peer_certs().as_deref().and_then(|certificates| certificates.first()) {
        connection = connection.with_certificate(certificate.as_ref());
    }
    extensions.insert(connection);
}

/// Without the feature `tls`, the type is not there that tells of TLS.
#[cfg(not(feature = "tls"))]
fn note_connection(_: &mut Extensions) {}
