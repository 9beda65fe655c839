//! Client certificates, and the headers in which proxies pass them on.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bearward_issuer::{Algorithm, CertificateAuthority, ClientCertificate, SigningKey};
use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

fn percent_decoded(text: &str) -> String {
    let mut pieces = text.split('%');
    let mut decoded = pieces.next().unwrap().to_owned();
    for piece in pieces {
        decoded.push(char::from(u8::from_str_radix(&piece[..2], 16).unwrap()));
        decoded.push_str(&piece[2..]);
    }
    decoded
}

#[test]
fn each_header_carries_the_whole_certificate() {
    let certificate = ClientCertificate::generate();
    let hash = digest(&SHA256, certificate.der());
    assert_eq!(certificate.thumbprint(), URL_SAFE_NO_PAD.encode(hash));

    let body: String = certificate.pem().lines().filter(|line| !line.starts_with('-')).collect();
    assert_eq!(STANDARD.decode(body).unwrap(), certificate.der());

    let encoded = certificate.url_encoded_pem();
    assert!(encoded.starts_with("-----BEGIN%20CERTIFICATE-----%0A"));
    assert!(encoded.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"%-._~".contains(&byte)));
    assert_eq!(percent_decoded(&encoded), certificate.pem());

    let header = certificate.client_cert_header();
    let inner = header.strip_prefix(':').unwrap().strip_suffix(':').unwrap();
    assert_eq!(STANDARD.decode(inner).unwrap(), certificate.der());

    let hex: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(certificate.forwarded_client_cert(), format!("Hash={hex};Cert=\"{encoded}\""));
}

#[test]
fn an_issued_certificate_is_trusted_for_client_authentication_by_its_authority_only() {
    let (authority, stranger) = (CertificateAuthority::generate(), CertificateAuthority::generate());
    let issued = authority.issue();
    let trusted_by = |authority: &CertificateAuthority| {
        let (der, root) = (CertificateDer::from(issued.der()), CertificateDer::from(authority.der()));
        let anchor = anchor_from_trusted_cert(&root).unwrap();
        let certificate = EndEntityCert::try_from(&der).unwrap();
        let now = UnixTime::since_unix_epoch(Duration::from_secs(1_800_000_000));
        let algorithms = webpki::ALL_VERIFICATION_ALGS;
        let usage = KeyUsage::client_auth();
        certificate.verify_for_usage(algorithms, &[anchor], &[], now, usage, None, None).is_ok()
    };
    assert!(trusted_by(&authority));
    assert!(!trusted_by(&stranger));
    assert!(authority.pem().starts_with("-----BEGIN CERTIFICATE-----"));
}

#[test]
fn the_key_is_the_one_of_the_certificate() {
    let certificate = ClientCertificate::generate();
    let key = SigningKey::from_pem(certificate.key_pem()).unwrap();
    assert_eq!(key.algorithm(), Algorithm::Es256);
    let public = key.public_der().unwrap();
    assert!(certificate.der().windows(public.len()).any(|window| window == public));
    assert!(certificate.key_der().windows(65).any(|window| public.ends_with(window)));
}

#[test]
fn debug_shows_no_key_material() {
    let certificate = ClientCertificate::generate();
    let shown = format!("{certificate:?} {:?}", CertificateAuthority::generate());
    let expected = format!(
        "ClientCertificate {{ thumbprint: {:?}, .. }} CertificateAuthority {{ .. }}",
        certificate.thumbprint()
    );
    assert_eq!(shown, expected);
}
