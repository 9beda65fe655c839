//! Envoy's `X-Forwarded-Client-Cert`: one element per proxy, such as `Hash=468e…;Cert="-----BEGIN%20…";URI=`.

use super::{CertificateError, CertificateThumbprint, encoding};
use crate::wire::fields::LastElement;

/// The thumbprint that the header's one element names with `Hash` (hexadecimal), `Cert` (URL-encoded PEM) or both.
pub(super) fn thumbprint(text: &str) -> Result<CertificateThumbprint, CertificateError> {
    let element = LastElement::parse(text, is_bare).ok_or(CertificateError::Malformed)?;
    if element.elements > 1 {
        return Err(CertificateError::Ambiguous);
    }
    let value = |name| element.value(name).map_err(|_| CertificateError::Ambiguous);
    let hash =
        value("Hash")?.map(|hex| CertificateThumbprint::from_hex(hex).ok_or(CertificateError::Malformed));
    let certificate = value("Cert")?.map(|pem| {
        let der = encoding::pem(pem).ok_or(CertificateError::Malformed)?;
        Ok(CertificateThumbprint::of(&der))
    });
    match (hash.transpose()?, certificate.transpose()?) {
        (Some(hash), Some(certificate)) if hash != certificate => Err(CertificateError::Ambiguous),
        (hash, certificate) => certificate.or(hash).ok_or(CertificateError::Malformed),
    }
}

/// Names of certificates stand there bare, `=` and all.
const fn is_bare(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b',' | b';')
}
