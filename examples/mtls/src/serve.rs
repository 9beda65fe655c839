//! Accepts connections, ends TLS, and tells each request about its connection.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use bearward_axum::connection::ClientConnection;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::{ServerConfig, ServerConnection};
use tower::ServiceExt as _;

/// A handshake takes two round trips. Who needs longer only keeps the connection busy.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Serves `app` until the process ends.
pub async fn serve(listener: TcpListener, config: ServerConfig, app: Router) {
    let acceptor = TlsAcceptor::from(Arc::new(config));
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                tokio::spawn(connection(stream, peer, acceptor.clone(), app.clone()));
            }
            // Out of file descriptors, for instance: others may be closed in a moment.
            Err(_) => sleep(Duration::from_millis(100)).await,
        }
    }
}

async fn connection(stream: TcpStream, peer: SocketAddr, acceptor: TlsAcceptor, app: Router) {
    let Ok(Ok(stream)) = timeout(HANDSHAKE, acceptor.accept(stream)).await else {
        return; // No TLS, or a certificate that is not accepted: the client has been told in the handshake.
    };
    let known = known_of(peer, stream.get_ref().1);
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        // All that Bearward needs: who is at the other end, and the certificate that it proved to hold.
        request.extensions_mut().insert(known.clone());
        app.clone().oneshot(request)
    });
    let server = auto::Builder::new(TokioExecutor::new());
    // A client that hangs up in the middle is nobody's concern.
    let _ = server.serve_connection(TokioIo::new(stream), service).await;
}

fn known_of(peer: SocketAddr, tls: &ServerConnection) -> ClientConnection {
    let known = ClientConnection::tls(peer);
    // The first one is the client's own (RFC 8446 §4.4.2); the rest is how it came to be trusted.
    match tls.peer_certificates().and_then(|chain| chain.first()) {
        Some(certificate) => known.with_certificate(certificate.as_ref()),
        None => known,
    }
}
