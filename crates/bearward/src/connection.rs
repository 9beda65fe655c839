//! What a server tells about the connection a request came over.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use bearward_core::request::{Connection, Security};
use http::Extensions;

/// The connection a request came over: a server that ends TLS, or knows its clients' addresses, puts it into the
/// extensions of each request. Without it, a connection is treated as plain HTTP from an unknown peer.
///
/// ```
/// use bearward::connection::ClientConnection;
///
/// # let (peer, certificate) = (([127, 0, 0, 1], 50_000).into(), vec![0x30, 0]);
/// let mut request = http::Request::get("/").body(())?;
/// request.extensions_mut().insert(ClientConnection::tls(peer).with_certificate(certificate));
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone)]
pub struct ClientConnection {
    security: Security,
    peer: IpAddr,
    certificate: Option<Arc<[u8]>>,
}

impl ClientConnection {
    /// Plain HTTP.
    #[must_use]
    pub fn plain(peer: SocketAddr) -> Self {
        Self { security: Security::Plain, peer: peer.ip(), certificate: None }
    }

    /// HTTP over TLS.
    #[must_use]
    pub fn tls(peer: SocketAddr) -> Self {
        Self { security: Security::Tls, ..Self::plain(peer) }
    }

    /// The client's certificate in DER, whose key it proved to have: what a token's `x5t#S256` is compared with
    /// (RFC 8705 §3). Whether the certificate is otherwise good is for the TLS library to say.
    #[must_use]
    pub fn with_certificate(mut self, der: impl Into<Arc<[u8]>>) -> Self {
        self.certificate = Some(der.into());
        self
    }

    /// The one in a request's extensions.
    #[must_use]
    pub fn of(extensions: &Extensions) -> Connection<'_> {
        extensions.get::<Self>().map_or(Connection::unknown(), Self::as_connection)
    }

    fn as_connection(&self) -> Connection<'_> {
        let Self { security, peer, certificate } = self;
        Connection { security: *security, peer: Some(*peer), certificate: certificate.as_deref() }
    }
}

/// As a [`Connection`] is shown: with the certificate's thumbprint in its place.
impl fmt::Debug for ClientConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ClientConnection").field(&self.as_connection()).finish()
    }
}
