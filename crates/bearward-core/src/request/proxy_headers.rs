//! What a trusted proxy is believed, piece by piece.
//!
//! 1. Nothing is believed that was not named. A proxy that is trusted for certificates is not trusted for hosts.
//! 2. Each name says which header is read, since a proxy sets some headers and passes on the client's others.

use crate::request::certificate_header::CertificateHeader;

/// The headers that trusted proxies set, and that are believed for it. Begin with [`none`](Self::none), and name
/// those that the proxy *sets* on every request or removes; what it passes on from clients is the clients' word.
///
/// ```
/// use bearward_core::request::{CertificateHeader, ProxyHeaders};
///
/// let for_certificates = ProxyHeaders::none().client_certificate(CertificateHeader::ClientCert);
/// let for_urls = ProxyHeaders::none().x_forwarded_host().x_forwarded_proto();
/// assert_ne!(for_certificates, for_urls);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct ProxyHeaders {
    pub(crate) scheme: Option<UrlHeader>,
    pub(crate) host: Option<UrlHeader>,
    pub(crate) certificate: ProxyCertificate,
}

/// Which header has a part of the URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UrlHeader {
    /// `X-Forwarded-Proto`, `X-Forwarded-Host`.
    XForwarded,
    /// The parameters `proto` and `host` of `Forwarded` (RFC 7239 §5).
    Forwarded,
}

/// Where the certificates of a trusted proxy's clients are found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ProxyCertificate {
    /// Nowhere: that of the connection is the proxy's own.
    Unknown,
    Connection,
    Header(CertificateHeader),
}

impl ProxyHeaders {
    /// No header is believed. This is the default.
    pub const fn none() -> Self {
        Self { scheme: None, host: None, certificate: ProxyCertificate::Unknown }
    }

    /// Believes the host and port in `X-Forwarded-Host`. `X-Forwarded-Port` is never read.
    pub const fn x_forwarded_host(mut self) -> Self {
        self.host = Some(UrlHeader::XForwarded);
        self
    }

    /// Believes the scheme in `X-Forwarded-Proto`.
    pub const fn x_forwarded_proto(mut self) -> Self {
        self.scheme = Some(UrlHeader::XForwarded);
        self
    }

    /// Believes the host and port in the parameter `host` of `Forwarded` (RFC 7239 §5.3), in place of
    /// `X-Forwarded-Host`.
    pub const fn forwarded_host(mut self) -> Self {
        self.host = Some(UrlHeader::Forwarded);
        self
    }

    /// Believes the scheme in the parameter `proto` of `Forwarded` (RFC 7239 §5.4), in place of
    /// `X-Forwarded-Proto`.
    pub const fn forwarded_proto(mut self) -> Self {
        self.scheme = Some(UrlHeader::Forwarded);
        self
    }

    /// Believes the client's certificate in this header (RFC 8705).
    pub fn client_certificate(mut self, header: CertificateHeader) -> Self {
        self.certificate = ProxyCertificate::Header(header);
        self
    }

    /// Believes that the [connection](crate::request::Connection)'s certificate is the client's, although a proxy connects:
    /// for a middleware that reads what the proxy writes and puts it there.
    pub fn connection_certificate(mut self) -> Self {
        self.certificate = ProxyCertificate::Connection;
        self
    }

    /// Whether a header has the certificates of clients.
    pub(crate) const fn have_certificates(&self) -> bool {
        matches!(self.certificate, ProxyCertificate::Header(_))
    }
}

impl Default for ProxyHeaders {
    fn default() -> Self {
        Self::none()
    }
}
