//! What is known of who sent a request, beyond its credential: stage 7 holds the proof of possession against
//! it.
//!
//! 1. What the client writes is not believed about itself: its address and its certificate come from the
//!    connection.
//! 2. What a proxy writes is believed where the connection's peer is one of the [`TrustedProxies`], in those of
//!    its headers that [`ProxyHeaders`] name. Both are empty unless the operator says otherwise.
//! 3. [`url`](TargetUrl): the URL that the client used, for a proof's `htu` (RFC 9449 §4.3 check 9).
//! 4. [`CertificateThumbprint`]: the certificate that the client proved to hold, for `x5t#S256`
//!    (RFC 8705 §3).
//!
//! Does not check: that a trusted proxy removes what clients write into the headers it is trusted for. A proxy
//! that passes them on is the client's mouthpiece.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use http::{HeaderMap, Uri};

use crate::request::thumbprint::CertificateThumbprint;
use crate::wire::redacted::RedactedUrl;

/// A request's head and the connection it came over.
#[derive(Clone, Copy)]
pub struct Sender<'r> {
    method: &'r str,
    target: Target<'r>,
    headers: &'r HeaderMap,
    connection: Connection<'r>,
}

/// What the request line has (RFC 9112 §3.2).
#[derive(Clone, Copy)]
enum Target<'r> {
    Text(&'r str),
    /// Written out only for a proof: nearly every request has none.
    Uri(&'r Uri),
}

/// What the transport knows of its other end: the client, or the nearest proxy.
#[derive(Clone, Copy)]
pub struct Connection<'r> {
    /// Whether it is encrypted.
    pub security: Security,
    /// The other end's address, where it has one.
    pub peer: Option<IpAddr>,
    /// The client certificate of the TLS connection in DER, verified by the TLS library.
    pub certificate: Option<&'r [u8]>,
}

/// Whether a connection is encrypted, which is whether its URLs begin with `https`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// Plain HTTP.
    Plain,
    /// HTTP over TLS, or over QUIC.
    Tls,
}

impl<'r> Sender<'r> {
    /// Of a request's method, its target and all of its headers.
    ///
    /// `target` is what the request line has (RFC 9112 §3.2): a path and perhaps a query; or a whole URL, which
    /// is how HTTP/2 requests and those to proxies name their authority.
    #[must_use]
    pub const fn new(
        method: &'r str,
        target: &'r str,
        headers: &'r HeaderMap,
        connection: Connection<'r>,
    ) -> Self {
        Self { method, target: Target::Text(target), headers, connection }
    }

    /// The same, with the target as an `http::Uri`.
    #[must_use]
    pub const fn at(
        method: &'r str,
        uri: &'r Uri,
        headers: &'r HeaderMap,
        connection: Connection<'r>,
    ) -> Self {
        Self { method, target: Target::Uri(uri), headers, connection }
    }

    /// The method, in its own case (RFC 9110 §9.1).
    pub(crate) const fn method(&self) -> &'r str {
        self.method
    }

    /// The request target, perhaps without its query.
    pub(crate) fn target(&self) -> Cow<'r, str> {
        match self.target {
            Target::Text(target) => Cow::Borrowed(target),
            Target::Uri(uri) if uri.authority().is_some() => Cow::Owned(uri.to_string()),
            Target::Uri(uri) => Cow::Borrowed(uri.path()),
        }
    }

    /// All headers.
    pub(crate) const fn headers(&self) -> &'r HeaderMap {
        self.headers
    }

    /// The connection that the request came over.
    pub(crate) const fn connection(&self) -> Connection<'r> {
        self.connection
    }
}

impl fmt::Debug for Sender<'_> {
    /// Without headers, credentials and what the query says, which have secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("method", &self.method)
            .field("target", &RedactedUrl::of(&self.target()))
            .field("connection", &self.connection)
            .finish_non_exhaustive()
    }
}

impl Connection<'_> {
    /// Nothing is known of the connection: plain, from anyone, without a certificate.
    #[must_use]
    pub const fn unknown() -> Self {
        Self { security: Security::Plain, peer: None, certificate: None }
    }
}

impl fmt::Debug for Connection<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let certificate = self.certificate.map(CertificateThumbprint::of);
        f.debug_struct("Connection")
            .field("security", &self.security)
            .field("peer", &self.peer)
            .field("certificate", &certificate)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_secret_is_shown() {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", "DPoP hidden".parse().unwrap());
        let connection = Connection {
            security: Security::Tls,
            peer: Some([192, 0, 2, 1].into()),
            certificate: Some(b"0\x00"),
        };
        let sender = Sender::new("GET", "/path?access_token=hidden", &headers, connection);
        assert_eq!(
            format!("{sender:?}"),
            "Sender { method: \"GET\", target: \"/path?access_token=…\", connection: Connection { security: Tls, \
             peer: Some(192.0.2.1), \
             certificate: Some(CertificateThumbprint(5PYNCqbX89O2pklLHIYbmfZJxvnsUauvIBsg8pcyfJU)) }, .. }"
        );
    }
}
