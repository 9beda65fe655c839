//! The headers in which proxies hand on the certificate of their client.
//!
//! 1. A header that is sent twice, names more than one certificate or is not of its form is an error, as is a
//!    certificate over 16 KiB. An empty one says that the client has no certificate.
//! 2. The certificate is one DER SEQUENCE of exactly the length that is there, whatever the form around it.
//!
//! Does not check: who sent the header ([`certificate`](super::certificate) does), and the certificate.

mod encoding;
mod envoy;

use std::fmt;

use http::HeaderMap;
use http::header::HeaderName;

use crate::request::thumbprint::CertificateThumbprint;

/// A header that has the client's certificate.
///
/// The proxy must remove it from what clients send, and not send it for clients without a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateHeader {
    /// One PEM block in a header of the operator's choice. It is percent-encoded (nginx's
    /// `$ssl_client_escaped_cert`, AWS's `X-Amzn-Mtls-Clientcert-Leaf`), or has spaces or tabs in place of the ends
    /// of lines (Apache's `%{SSL_CLIENT_CERT}s`).
    Pem(HeaderName),
    /// The base64 of the DER in a header of the operator's choice: HAProxy's `%[ssl_c_der,base64]`.
    Base64Der(HeaderName),
    /// `Client-Cert`, the base64 of the DER between colons (RFC 9440 §2.2, RFC 8941 §3.3.5).
    ClientCert,
    /// `X-Forwarded-Client-Cert` with `Hash`, `Cert` or both, which then must agree: Envoy's, set with
    /// `SANITIZE_SET`.
    ///
    /// It must have one element. Envoy writes names of the certificate into it unquoted, so that a client could
    /// have itself certified a name with a comma in it, and a second element with a thumbprint after that.
    XForwardedClientCert,
    /// `X-Forwarded-Tls-Client-Cert`, the chain that the client sent as base64 of DER with commas in between, its own
    /// certificate first: Traefik's `passTLSClientCert` with `pem`.
    XForwardedTlsClientCert,
}

/// Why a header has no certificate to go by; nothing of it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateError {
    /// The header does not have its form, or its value is not a certificate or is too large.
    Malformed,
    /// There are several headers, or one names several certificates.
    Ambiguous,
}

/// Most bytes of a header that are looked at: 16 KiB of DER in base64, with each character percent-encoded.
const LONGEST_HEADER: usize = 64 * 1024;
/// Largest certificate, in bytes of DER. Those with RSA keys have 1 or 2 KiB, those with ML-DSA keys 4 to 8.
pub(super) const LARGEST: usize = 16 * 1024;

static CLIENT_CERT: HeaderName = HeaderName::from_static("client-cert");
static X_FORWARDED_CLIENT_CERT: HeaderName = HeaderName::from_static("x-forwarded-client-cert");
static X_FORWARDED_TLS_CLIENT_CERT: HeaderName = HeaderName::from_static("x-forwarded-tls-client-cert");

impl CertificateHeader {
    /// The header's name.
    #[must_use]
    pub fn name(&self) -> &HeaderName {
        match self {
            Self::Pem(name) | Self::Base64Der(name) => name,
            Self::ClientCert => &CLIENT_CERT,
            Self::XForwardedClientCert => &X_FORWARDED_CLIENT_CERT,
            Self::XForwardedTlsClientCert => &X_FORWARDED_TLS_CLIENT_CERT,
        }
    }

    /// The thumbprint of the certificate that the headers name, if they name one.
    pub(super) fn read(
        &self,
        headers: &HeaderMap,
    ) -> Result<Option<CertificateThumbprint>, CertificateError> {
        let mut values = headers.get_all(self.name()).iter();
        let Some(value) = values.next() else {
            return Ok(None);
        };
        if values.next().is_some() {
            return Err(CertificateError::Ambiguous);
        }
        let text = value.to_str().ok().filter(|text| text.len() <= LONGEST_HEADER);
        let text = text.ok_or(CertificateError::Malformed)?.trim_matches([' ', '\t']);
        if self.is_nothing(text) {
            return Ok(None);
        }
        let der = match self {
            Self::Pem(_) => encoding::pem(text),
            Self::Base64Der(_) => encoding::base64_der(text),
            Self::ClientCert => encoding::byte_sequence(text),
            Self::XForwardedTlsClientCert => encoding::first_of_chain(text),
            Self::XForwardedClientCert => return envoy::thumbprint(text).map(Some),
        };
        let der = der.ok_or(CertificateError::Malformed)?;
        Ok(Some(CertificateThumbprint::of(&der)))
    }

    /// Whether a value says that the client has no certificate: what proxies make of an empty variable.
    fn is_nothing(&self, text: &str) -> bool {
        text.is_empty() || matches!(self, Self::ClientCert) && text == "::"
    }
}

impl CertificateError {
    /// The stable name of the failure, in `snake_case`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "certificate_malformed",
            Self::Ambiguous => "certificate_ambiguous",
        }
    }
}

impl fmt::Display for CertificateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the header that should have the client's certificate is malformed",
            Self::Ambiguous => "the request names more than one client certificate",
        })
    }
}

impl std::error::Error for CertificateError {}
