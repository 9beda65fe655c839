//! Client certificates for mutual TLS (RFC 8705), and the headers in which proxies pass them on.
//!
//! 1. Keys are P-256, and fresh; nothing is read from disk, nothing is kept.
//! 2. Certificates are valid from 1975 to 4096: a test about their dates needs its own.

use std::fmt;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};

use crate::mint::sha256_base64url;
use crate::signing_key::{KeyError, must};

/// A certificate that a client shows, and its key.
///
/// ```
/// use bearward_issuer::{Algorithm, ClientCertificate, SigningKey};
///
/// let certificate = ClientCertificate::generate();
/// let token = SigningKey::generate(Algorithm::Es256)
///     .mint("https://issuer.example")
///     .bound_to_certificate(certificate.der());
/// assert_eq!(token.claims_set()["cnf"]["x5t#S256"], certificate.thumbprint());
/// ```
#[derive(Clone)]
pub struct ClientCertificate {
    der: Vec<u8>,
    pem: String,
    key_der: Vec<u8>,
    key_pem: String,
}

impl ClientCertificate {
    /// Makes a self-signed certificate (RFC 8705 §2.2).
    ///
    /// # Panics
    ///
    /// If the cryptographic library cannot make one.
    pub fn generate() -> Self {
        must(Self::try_generate(None))
    }

    fn try_generate(authority: Option<&CertificateAuthority>) -> Result<Self, KeyError> {
        let key = KeyPair::generate()?;
        let mut params = named("bearward test client")?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = match authority {
            Some(authority) => params.signed_by(&key, &authority.issuer)?,
            None => params.self_signed(&key)?,
        };
        Ok(Self {
            der: certificate.der().to_vec(),
            pem: certificate.pem(),
            key_der: key.serialize_der(),
            key_pem: key.serialize_pem(),
        })
    }

    /// The certificate as DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The certificate as PEM `CERTIFICATE`.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Its private key as DER (PKCS#8).
    pub fn key_der(&self) -> &[u8] {
        &self.key_der
    }

    /// Its private key as PEM `PRIVATE KEY` (PKCS#8).
    pub fn key_pem(&self) -> &str {
        &self.key_pem
    }

    /// SHA-256 of the DER, as base64url: the `x5t#S256` of a token bound to it (RFC 8705 §3.1).
    pub fn thumbprint(&self) -> String {
        sha256_base64url(&self.der)
    }

    /// The PEM with everything percent-encoded that is not unreserved: `$ssl_client_escaped_cert` of nginx.
    pub fn url_encoded_pem(&self) -> String {
        let mut encoded = String::with_capacity(self.pem.len());
        for byte in self.pem.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    encoded.push(byte.into());
                }
                _ => encoded.push_str(&format!("%{byte:02X}")),
            }
        }
        encoded
    }

    /// The value of the `Client-Cert` header (RFC 9440 §2): the DER as a byte sequence between colons.
    pub fn client_cert_header(&self) -> String {
        format!(":{}:", STANDARD.encode(&self.der))
    }

    /// The value of the `X-Forwarded-Client-Cert` header as Envoy sends it, of one element with its `Hash`
    /// (SHA-256 in hexadecimal) and its `Cert`.
    pub fn forwarded_client_cert(&self) -> String {
        let hash = digest::digest(&digest::SHA256, &self.der);
        let hash: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("Hash={hash};Cert=\"{}\"", self.url_encoded_pem())
    }
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCertificate").field("thumbprint", &self.thumbprint()).finish_non_exhaustive()
    }
}

/// A certification authority for a TLS server to trust, which issues client certificates.
///
/// ```
/// use bearward_issuer::CertificateAuthority;
///
/// let authority = CertificateAuthority::generate();
/// let (one, other) = (authority.issue(), authority.issue());
/// assert_ne!(one.thumbprint(), other.thumbprint());
/// ```
pub struct CertificateAuthority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl CertificateAuthority {
    /// Makes one with a fresh key.
    ///
    /// # Panics
    ///
    /// If the cryptographic library cannot make one.
    pub fn generate() -> Self {
        must(Self::try_generate())
    }

    fn try_generate() -> Result<Self, KeyError> {
        let mut params = named("bearward test authority")?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        Ok(Self { issuer: CertifiedIssuer::self_signed(params, KeyPair::generate()?)? })
    }

    /// Issues a client certificate with a fresh key.
    ///
    /// # Panics
    ///
    /// If the cryptographic library cannot make one.
    pub fn issue(&self) -> ClientCertificate {
        must(ClientCertificate::try_generate(Some(self)))
    }

    /// Its own certificate as DER: the trust anchor.
    pub fn der(&self) -> &[u8] {
        self.issuer.der()
    }

    /// Its own certificate as PEM `CERTIFICATE`.
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }
}

impl fmt::Debug for CertificateAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificateAuthority").finish_non_exhaustive()
    }
}

impl From<rcgen::Error> for KeyError {
    fn from(_: rcgen::Error) -> Self {
        Self::Library
    }
}

fn named(common_name: &str) -> Result<CertificateParams, KeyError> {
    let mut params = CertificateParams::new([])?;
    params.distinguished_name.remove(DnType::CommonName);
    params.distinguished_name.push(DnType::CommonName, common_name);
    Ok(params)
}
