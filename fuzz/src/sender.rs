//! Readers of what is known of a request's sender.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bearward_core::request::{
    CertificateHeader, CertificateThumbprint, Connection, ProxyHeaders, Security, Sender, TargetUrl,
    TrustedProxies,
};
use http::{HeaderMap, HeaderName, HeaderValue, Uri};

/// Reads the bytes as each of the headers that have a certificate, and as the certificate in each.
pub fn certificate_headers(data: &[u8]) {
    let pem_header = CertificateHeader::Pem(HeaderName::from_static("x-client-cert"));
    let der_header = CertificateHeader::Base64Der(HeaderName::from_static("x-client-cert"));
    for header in [
        &pem_header,
        &der_header,
        &CertificateHeader::ClientCert,
        &CertificateHeader::XForwardedClientCert,
        &CertificateHeader::XForwardedTlsClientCert,
    ] {
        let Ok(value) = HeaderValue::from_bytes(data) else { continue };
        if let Ok(found) = read(header, value) {
            let nothing = [&b""[..], b"::"].contains(&data.trim_ascii());
            assert!(found.is_some() || nothing, "what is there is a certificate or an error");
        }
    }
    if data.is_empty() {
        return;
    }
    let base64 = STANDARD.encode(data);
    let sequence = read(&CertificateHeader::ClientCert, text(format!(":{base64}:")));
    let pem = format!("-----BEGIN%20CERTIFICATE-----%0A{base64}%0A-----END%20CERTIFICATE-----");
    let spaced = format!("-----BEGIN CERTIFICATE----- {base64}\t-----END CERTIFICATE-----");
    for (header, value) in [
        (&pem_header, pem.clone()),
        (&pem_header, spaced),
        (&der_header, base64.clone()),
        (&CertificateHeader::XForwardedTlsClientCert, base64),
    ] {
        assert_eq!(read(header, text(value)), sequence, "each header has the same certificate");
    }
    let envoy = read(&CertificateHeader::XForwardedClientCert, text(format!("Cert=\"{pem}\"")));
    assert_eq!(envoy, sequence, "each header has the same certificate");
    if let Ok(found) = sequence {
        assert_eq!(found, Some(CertificateThumbprint::of(data)));
        assert!(data[0] == 0x30 && data.len() <= 16 * 1024);
    }
}

/// Reads the bytes as a URL: its one form is its own, and a reader that is less strict finds the same parts in it.
pub fn target_url(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some(url) = TargetUrl::parse(text) else { return };
    assert_eq!(TargetUrl::parse(url.as_str()).as_ref(), Some(&url));
    let lenient: Uri = url.as_str().parse().expect("what the strict reader accepts, any other reads");
    let (authority, path) = (lenient.authority().expect("a host"), lenient.path());
    assert!(!authority.as_str().contains('@') && !authority.host().is_empty());
    assert_eq!(url.as_str(), format!("{}://{authority}{path}", lenient.scheme_str().expect("a scheme")));
    assert!(path.split('/').all(|segment| segment != "." && segment != ".."));
    if let Ok(original) = text.parse::<Uri>() {
        let host = original.authority().expect("a host").host();
        assert!(host.starts_with('[') || host.eq_ignore_ascii_case(authority.host()));
    }
}

fn text(value: String) -> HeaderValue {
    HeaderValue::try_from(value).expect("printable")
}

/// From a trusted proxy, whose connection has a certificate of its own that is never taken.
fn read(header: &CertificateHeader, value: HeaderValue) -> Result<Option<CertificateThumbprint>, ()> {
    let headers = HeaderMap::from_iter([(header.name().clone(), value)]);
    let peer = Some([10, 0, 0, 1].into());
    let connection = Connection { security: Security::Tls, peer, certificate: Some(b"the proxy's own") };
    let sender = Sender::new("GET", "/", &headers, connection);
    let named = ProxyHeaders::none().client_certificate(header.clone());
    let proxies = TrustedProxies::parse(["10.0.0.1"]).expect("an address");
    let found = CertificateThumbprint::shown_by(&sender, &proxies, &named).map_err(drop);
    assert_ne!(found, Ok(Some(CertificateThumbprint::of(b"the proxy's own"))));
    let nobody = CertificateThumbprint::shown_by(&sender, &TrustedProxies::none(), &named);
    assert_eq!(nobody, Ok(Some(CertificateThumbprint::of(b"the proxy's own"))), "the header is ignored");
    found
}
