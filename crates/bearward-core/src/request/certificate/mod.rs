//! The certificate that the client proved to hold, for `x5t#S256` (RFC 8705 §3.1).
//!
//! 1. It is the one of the TLS connection, unless a trusted proxy connects.
//! 2. From a trusted proxy it is in the [header](super::certificate_header) that the operator names. The connection's
//!    certificate would be the proxy's own, and all of its clients would hold it; it is the client's only where the
//!    operator says so.
//! 3. From any other address the header is ignored, and the connection's own certificate is used: the sender came
//!    around the proxy.
//!
//! Does not check: the certificate. The server that terminates TLS verified that the client has its key, and decided
//! whether it is trusted, valid and not revoked; certificates that bind tokens may be self-signed (RFC 8705 §2.2).

use crate::request::certificate_header::CertificateError;
use crate::request::connection::Sender;
use crate::request::proxies::TrustedProxies;
use crate::request::proxy_headers::{ProxyCertificate, ProxyHeaders};
use crate::request::thumbprint::CertificateThumbprint;

impl CertificateThumbprint {
    /// Of the certificate that the sender of a request proved to hold, if any. The headers are those that the
    /// proxies are believed.
    ///
    /// # Errors
    /// [`CertificateError`] when a trusted proxy's header cannot be understood.
    pub fn shown_by(
        sender: &Sender<'_>,
        proxies: &TrustedProxies,
        headers: &ProxyHeaders,
    ) -> Result<Option<Self>, CertificateError> {
        let connection = sender.connection();
        let by_proxy = proxies.contain_peer(connection.peer);
        match &headers.certificate {
            ProxyCertificate::Header(header) if by_proxy => header.read(sender.headers()),
            ProxyCertificate::Unknown if by_proxy => Ok(None),
            _ => Ok(connection.certificate.map(Self::of)),
        }
    }
}

#[cfg(test)]
mod tests;
