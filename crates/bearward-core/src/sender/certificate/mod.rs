//! The certificate that the client proved to hold, for `x5t#S256` (RFC 8705 §3.1).
//!
//! 1. It is the one of the TLS connection, or, where the operator says so, of a header that the TLS-terminating
//!    proxy sets.
//! 2. A header counts from a trusted proxy only. From anyone else it is ignored, and the connection's own
//!    certificate counts: the sender came around the proxy.
//! 3. From a trusted proxy only the header counts: the connection's certificate would be the proxy's own, and
//!    all of its clients would hold it.
//! 4. A header that stands there twice, names more than one certificate or is not of its form is an error, as
//!    is a certificate over 16 KiB.
//!
//! Does not check: the certificate. Whoever terminates TLS verified that the client has its key, and decided
//! whether it is trusted, valid and not revoked; certificates that bind tokens may be self-signed (RFC 8705 §2.2).

mod encoding;
mod envoy;

use std::fmt;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use http::header::HeaderName;

use super::{Sender, TrustedProxies};

/// The SHA-256 digest of a certificate's DER: what a token's `x5t#S256` has, in base64url (RFC 8705 §3.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CertificateThumbprint([u8; 32]);

/// Where the client's certificate is found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateSource {
    /// In the TLS connection, which ends in this process.
    #[default]
    Connection,
    /// In a header that the trusted proxies set.
    Header(CertificateHeader),
}

/// A header that has the client's certificate.
///
/// The proxy must remove it from what clients send, and send none for clients without a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateHeader {
    /// One URL-encoded PEM block, in a header of the operator's choice: nginx's `$ssl_client_escaped_cert`, AWS's
    /// `X-Amzn-Mtls-Clientcert-Leaf`. An empty value means that there is no certificate, since that is what
    /// proxies make of an empty variable.
    EscapedPem(HeaderName),
    /// `Client-Cert`, the base64 of the DER between colons (RFC 9440 §2.2, RFC 8941 §3.3.5).
    ClientCert,
    /// `X-Forwarded-Client-Cert` with `Hash`, `Cert` or both, which then must agree: Envoy's, set with
    /// `SANITIZE_SET`.
    ///
    /// It must have one element. Envoy writes names of the certificate into it unquoted, so that a client could
    /// have itself certified a name with a comma in it, and a second element with a thumbprint after that.
    XForwardedClientCert,
}

/// Why a header has no certificate to go by; nothing of it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateError {
    /// The header is not of its form, or what it has is no certificate or too large a one.
    Malformed,
    /// There are several headers, or one names several certificates.
    Ambiguous,
}

/// Most bytes of a header that are looked at: 16 KiB of DER in base64, with each character percent-encoded.
const LONGEST_HEADER: usize = 64 * 1024;
/// Largest certificate, in bytes of DER. Those with RSA keys have 1 or 2 KiB, those with ML-DSA keys 4 to 8.
const LARGEST: usize = 16 * 1024;

static CLIENT_CERT: HeaderName = HeaderName::from_static("client-cert");
static X_FORWARDED_CLIENT_CERT: HeaderName = HeaderName::from_static("x-forwarded-client-cert");

impl CertificateThumbprint {
    /// Of a certificate in DER.
    #[must_use]
    pub fn of(der: &[u8]) -> Self {
        let mut thumbprint = [0; 32];
        thumbprint.copy_from_slice(digest::digest(&digest::SHA256, der).as_ref());
        Self(thumbprint)
    }

    /// Reads the value of `x5t#S256`: base64url without padding. `None` for what is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    fn from_hex(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        let mut thumbprint = [0; 32];
        for (byte, pair) in thumbprint.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = super::url::hex(pair[0])? << 4 | super::url::hex(pair[1])?;
        }
        (digits.len() == 64).then_some(Self(thumbprint))
    }
}

impl fmt::Display for CertificateThumbprint {
    /// As in `x5t#S256`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for CertificateThumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CertificateThumbprint({self})")
    }
}

impl CertificateSource {
    /// The thumbprint of the certificate that the sender of a request proved to hold, if any.
    ///
    /// # Errors
    /// [`CertificateError`] when a trusted proxy's header cannot be understood.
    pub fn thumbprint(
        &self,
        sender: &Sender<'_>,
        proxies: &TrustedProxies,
    ) -> Result<Option<CertificateThumbprint>, CertificateError> {
        let connection = sender.connection();
        match self {
            Self::Header(header) if proxies.contain_peer(connection.peer) => header.read(sender.headers()),
            Self::Header(_) | Self::Connection => Ok(connection.certificate.map(CertificateThumbprint::of)),
        }
    }
}

impl CertificateHeader {
    /// The header's name.
    #[must_use]
    pub fn name(&self) -> &HeaderName {
        match self {
            Self::EscapedPem(name) => name,
            Self::ClientCert => &CLIENT_CERT,
            Self::XForwardedClientCert => &X_FORWARDED_CLIENT_CERT,
        }
    }

    fn read(&self, headers: &HeaderMap) -> Result<Option<CertificateThumbprint>, CertificateError> {
        let mut values = headers.get_all(self.name()).iter();
        let Some(value) = values.next() else {
            return Ok(None);
        };
        if values.next().is_some() {
            return Err(CertificateError::Ambiguous);
        }
        let text = value.to_str().ok().filter(|text| text.len() <= LONGEST_HEADER);
        let text = text.ok_or(CertificateError::Malformed)?;
        let thumbprint = match self {
            Self::EscapedPem(_) if text.is_empty() => return Ok(None),
            Self::EscapedPem(_) => encoding::escaped_pem(text).map(|der| CertificateThumbprint::of(&der)),
            Self::ClientCert => encoding::byte_sequence(text).map(|der| CertificateThumbprint::of(&der)),
            Self::XForwardedClientCert => return envoy::thumbprint(text).map(Some),
        };
        thumbprint.map(Some).ok_or(CertificateError::Malformed)
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

#[cfg(test)]
mod tests;
