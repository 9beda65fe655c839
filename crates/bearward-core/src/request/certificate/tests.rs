use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::HeaderName;
use http::{HeaderMap, HeaderValue};
use proptest::prelude::*;

use super::*;
use crate::request::certificate_header::{CertificateHeader, LARGEST};
use crate::request::connection::{Connection, Security};

const PEM: &str = include_str!("../../../tests/fixtures/certificate.pem");
/// `openssl x509 -in certificate.pem -outform DER | openssl dgst -sha256`.
const HASH: &str = "4a48e10412b3aa903fd24c4f41e999d830aa27d7ef0493193903cd5d60f049f7";
/// The same as `x5t#S256`.
const X5T: &str = "SkjhBBKzqpA_0kxPQemZ2DCqJ9fvBJMZOQPNXWDwSfc";
const PROXY: [u8; 4] = [10, 0, 0, 1];
const CLIENT: [u8; 4] = [192, 0, 2, 1];

fn thumbprint() -> CertificateThumbprint {
    CertificateThumbprint::parse(X5T).unwrap()
}

fn base64_of_pem() -> String {
    PEM.lines().filter(|line| !line.starts_with('-')).collect()
}

/// As nginx encodes a component: all but unreserved characters.
fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let one = |byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(one).collect()
}

fn pem(der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n")
}

fn escaped_pem() -> CertificateHeader {
    CertificateHeader::Pem(HeaderName::from_static("x-client-cert"))
}

type Read = Result<Option<CertificateThumbprint>, CertificateError>;

fn read_all(header: &CertificateHeader, peer: Option<[u8; 4]>, values: &[&[u8]]) -> Read {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(header.name(), HeaderValue::from_bytes(value).unwrap());
    }
    // The connection has a certificate of its own: the proxy's, or that of whoever came around it.
    let connection =
        Connection { security: Security::Tls, peer: peer.map(Into::into), certificate: Some(b"0\x00") };
    let sender = Sender::new("GET", "/", &headers, connection);
    let proxies = TrustedProxies::parse(["10.0.0.0/8"]).unwrap();
    let headers = ProxyHeaders::none().x_forwarded_host().client_certificate(header.clone());
    CertificateThumbprint::shown_by(&sender, &proxies, &headers)
}

fn read(header: &CertificateHeader, value: &str) -> Read {
    read_all(header, Some(PROXY), &[value.as_bytes()])
}

fn base64_der() -> CertificateHeader {
    CertificateHeader::Base64Der(HeaderName::from_static("x-client-der"))
}

fn each_header() -> [(CertificateHeader, String); 5] {
    [
        (base64_der(), base64_of_pem()),
        (CertificateHeader::XForwardedTlsClientCert, base64_of_pem()),
        (escaped_pem(), escaped(PEM)),
        (CertificateHeader::ClientCert, format!(":{}:", base64_of_pem())),
        (CertificateHeader::XForwardedClientCert, format!("Hash={HASH}")),
    ]
}

#[test]
fn a_certificate_is_known_by_the_digest_of_its_der() {
    let der = STANDARD.decode(base64_of_pem()).unwrap();
    assert_eq!(CertificateThumbprint::of(&der), thumbprint());
    assert_eq!(thumbprint().to_string(), X5T);
    assert_eq!(CertificateThumbprint::from_hex(HASH), Some(thumbprint()));
    assert_eq!(CertificateThumbprint::from_hex(&HASH.to_uppercase()), Some(thumbprint()));
    for text in ["", "AA", &X5T[1..], &format!("{X5T}="), &format!("{X5T}A"), &format!(" {X5T}"), HASH] {
        assert_eq!(CertificateThumbprint::parse(text), None, "{text:?}");
    }
}

#[test]
fn the_connection_s_own_certificate_is_the_client_s_unless_a_trusted_proxy_connects() {
    let mut headers = HeaderMap::new();
    for (header, value) in each_header() {
        headers.append(header.name(), value.parse().unwrap());
    }
    let proxies = TrustedProxies::parse(["10.0.0.0/8"]).unwrap();
    for certificate in [None, Some(&b"0\x00"[..])] {
        let connection = Connection { certificate, peer: Some(PROXY.into()), ..Connection::unknown() };
        let sender = Sender::new("GET", "/", &headers, connection);
        let own = Ok(certificate.map(CertificateThumbprint::of));
        let shown = |proxies: &TrustedProxies, headers: ProxyHeaders| {
            CertificateThumbprint::shown_by(&sender, proxies, &headers)
        };
        assert_eq!(shown(&TrustedProxies::none(), ProxyHeaders::none()), own);
        assert_eq!(
            shown(&proxies, ProxyHeaders::none().connection_certificate()),
            own,
            "the operator says so"
        );
        let urls = ProxyHeaders::none().x_forwarded_host().x_forwarded_proto();
        for headers in [ProxyHeaders::none(), urls] {
            assert_eq!(shown(&proxies, headers), Ok(None), "the connection is the proxy's");
        }
    }
}

#[test]
fn a_header_counts_from_a_trusted_proxy_and_then_nothing_else_does() {
    let own = CertificateThumbprint::of(b"0\x00");
    for (header, value) in each_header() {
        let values: [&[u8]; 2] = [value.as_bytes(), b"nonsense"];
        assert_eq!(read_all(&header, Some(PROXY), &values[..1]), Ok(Some(thumbprint())), "{header:?}");
        assert_eq!(read_all(&header, Some(PROXY), &[]), Ok(None), "never the proxy's own: {header:?}");
        for peer in [Some(CLIENT), None] {
            for ignored in [&values[..0], &values[..1], &values[1..], &values] {
                assert_eq!(read_all(&header, peer, ignored), Ok(Some(own)), "{header:?} from {peer:?}");
            }
        }
        let repeated = [value.as_bytes(), value.as_bytes()];
        assert_eq!(read_all(&header, Some(PROXY), &repeated), Err(CertificateError::Ambiguous), "{header:?}");
        for nothing in [b"".as_slice(), b" ", b"\t "] {
            assert_eq!(read_all(&header, Some(PROXY), &[nothing]), Ok(None), "an empty variable: {header:?}");
            let beside = [nothing, value.as_bytes()];
            assert_eq!(
                read_all(&header, Some(PROXY), &beside),
                Err(CertificateError::Ambiguous),
                "{header:?}"
            );
        }
        let malformed = [
            b"\xff".as_slice(),
            b"nonsense",
            b"(null)",
            b"-",
            b"%",
            b":",
            b":::",
            b":AA==:",
            b"Hash=",
            b"0",
            &value.as_bytes()[1..],
        ];
        for value in malformed {
            let found = read_all(&header, Some(PROXY), &[value]);
            assert_eq!(found, Err(CertificateError::Malformed), "{header:?} {value:?}");
        }
    }
}

#[test]
fn a_pem_is_one_certificate_block_and_nothing_else() {
    let (body, header) = (base64_of_pem(), escaped_pem());
    let block = |begin: &str, body: &str, end: &str| {
        escaped(&format!("-----BEGIN {begin}-----{body}-----END {end}-----"))
    };
    let certificate = |body: &str| block("CERTIFICATE", body, "CERTIFICATE");
    for good in [
        escaped(PEM),
        escaped(&PEM.replace('\n', "\r\n")),
        escaped(PEM.trim_end()),
        certificate(&format!("\n{body}\n")),
        // AWS leaves what base64 needs as it is.
        PEM.replace('\n', "%0A").replace(' ', "%20"),
        PEM.replace('\n', "%0a"),
        PEM.bytes().map(|byte| format!("%{byte:02x}")).collect(),
        // Line ends that a header cannot have, in the ways in which proxies replace them.
        PEM.replace('\n', " "),
        PEM.replace('\n', "\t"),
        PEM.replace('\n', "  "),
        PEM.replace('\n', " \t"),
        PEM.trim_end().replace('\n', "\t"),
        escaped(&PEM.trim_end().replace('\n', "\n\t")),
        escaped(PEM.replace('\n', " ").trim_end()),
    ] {
        assert_eq!(read(&header, &good), Ok(Some(thumbprint())), "{good}");
    }
    assert_eq!(read(&header, ""), Ok(None), "the proxy's variable was empty");
    let newline = body.len() - 3;
    for bad in [
        body.clone(),
        escaped(&PEM.repeat(2)),
        escaped(&format!("\n{PEM}")),
        escaped(&format!("{PEM}\n")),
        escaped(&format!("{PEM}x")),
        escaped(&format!("subject=CN=a\n{PEM}")),
        PEM.replace('\n', " ").repeat(2),
        PEM.replace('\n', ""),
        PEM.replace('\n', ","),
        PEM.replace('\n', "\\n"),
        PEM.replace('\n', " ").replace(' ', "  "),
        PEM.replace("-----BEGIN CERTIFICATE-----\n", "").replace('\n', " "),
        escaped(PEM).replace("%20", "+"),
        escaped(PEM).replace("%0A", "%0"),
        escaped(PEM).replace("%0A", "%0G"),
        format!("{}%", escaped(PEM)),
        certificate(&body),
        certificate(&format!("\n{body}")),
        certificate(&format!("{body}\n")),
        certificate("\n"),
        certificate(""),
        certificate(&format!("\n{}\n", &body[..newline])),
        certificate(&format!("\n{body}=\n")),
        certificate(&format!("\n{}\n", body.trim_end_matches('='))),
        certificate(&format!("\n{}\n", body.replacen("zCC", "z-C", 1))),
        certificate(&format!("\nProc-Type: 4,ENCRYPTED\n\n{body}\n")),
        block("PUBLIC KEY", &format!("\n{body}\n"), "PUBLIC KEY"),
        block("X509 CERTIFICATE", &format!("\n{body}\n"), "X509 CERTIFICATE"),
        block("certificate", &format!("\n{body}\n"), "certificate"),
        block("CERTIFICATE", &format!("\n{body}\n"), "PUBLIC KEY"),
        "-----BEGIN CERTIFICATE-----".to_owned(),
        "-----BEGIN CERTIFICATE-----%0A-----".to_owned(),
    ] {
        assert_eq!(read(&header, &bad), Err(CertificateError::Malformed), "{bad}");
    }
}

#[test]
fn a_client_cert_is_one_byte_sequence() {
    let (body, header) = (base64_of_pem(), CertificateHeader::ClientCert);
    assert!(body.ends_with("s="), "the padding below is of these two");
    let unpadded = body.trim_end_matches('=');
    for good in [
        format!(":{body}:"),
        format!("  :{body}: "),
        format!(":{unpadded}:"),
        // Bits after the last byte: the same certificate (RFC 8941 §4.2.7).
        format!(":{}t=:", &body[..body.len() - 2]),
    ] {
        assert_eq!(read(&header, &good), Ok(Some(thumbprint())), "{good}");
    }
    assert_eq!(read(&header, "::"), Ok(None), "an empty byte sequence: Caddy's empty placeholder");
    for bad in [
        body.clone(),
        format!(":{body}"),
        format!("{body}:"),
        format!("::{body}::"),
        format!(":{body}:;a=1"),
        format!(":{body}:, :{body}:"),
        format!(":{body}::{body}:"),
        format!(":{body}=:"),
        format!(":{unpadded}==:"),
        format!("\":{body}:\""),
        format!("\"{body}\""),
        format!(":{}:", escaped(&body)),
        format!(":{}:", body.replace('+', "-").replace('/', "_")),
        format!(": {body}:"),
        format!(":{} {}:", &body[..4], &body[4..]),
        escaped(PEM),
    ] {
        assert_eq!(read(&header, &bad), Err(CertificateError::Malformed), "{bad}");
    }
}

#[test]
fn a_base64_is_that_of_one_certificate() {
    let (body, header) = (base64_of_pem(), base64_der());
    assert_eq!(read(&header, &format!(" {body}\t")), Ok(Some(thumbprint())));
    for bad in [
        format!("{body},{body}"),
        format!("{body} {body}"),
        format!("{body}="),
        body.trim_end_matches('=').to_owned(),
        format!(":{body}:"),
        escaped(&body),
        body.replace('+', "-").replace('/', "_"),
        format!("{} {}", &body[..64], &body[64..]),
        PEM.replace('\n', " "),
    ] {
        assert_eq!(read(&header, &bad), Err(CertificateError::Malformed), "{bad}");
    }
}

#[test]
fn of_traefik_s_chain_the_first_is_the_client_s_and_all_must_be_certificates() {
    let (body, header) = (base64_of_pem(), CertificateHeader::XForwardedTlsClientCert);
    for good in [
        body.clone(),
        format!("{body},MAA="),
        format!("{body},MAA=,{body}"),
        // As versions before 3 write it.
        escaped(&body),
        escaped(&format!("{body},MAA=")),
    ] {
        assert_eq!(read(&header, &good), Ok(Some(thumbprint())), "{good}");
    }
    assert_eq!(read(&header, &format!("MAA=,{body}")), Ok(Some(CertificateThumbprint::of(b"0\x00"))));
    for bad in [
        format!("{body},"),
        format!(",{body}"),
        format!("{body},,MAA="),
        format!("{body}, MAA="),
        format!("{body};MAA="),
        format!("{body},nonsense"),
        format!("{body},AA=="),
        format!("nonsense,{body}"),
        PEM.replace('\n', ""),
        escaped(PEM),
        escaped(&body).replace("%2B", "%zz"),
    ] {
        assert_eq!(read(&header, &bad), Err(CertificateError::Malformed), "{bad}");
    }
}

#[test]
fn an_envoy_element_names_one_certificate() {
    let header = CertificateHeader::XForwardedClientCert;
    let cert = escaped(PEM);
    let other = HASH.replace(&HASH[..1], if HASH.starts_with('0') { "1" } else { "0" });
    for good in [
        format!("Hash={HASH}"),
        format!("hash={}", HASH.to_uppercase()),
        format!("HASH=\"{HASH}\""),
        format!("Cert=\"{cert}\""),
        format!("Cert={cert}"),
        format!("Hash={HASH};Cert=\"{cert}\""),
        format!(
            "By=spiffe://a/b;Hash={HASH};Subject=\"CN=a,O=\\\"b; Hash={other}\\\"\";URI=spiffe://a?b=c;DNS=a;DNS=b"
        ),
        format!("By=a;By=b;Hash={HASH};Subject=\"\";URI="),
        format!("Hash={HASH};Chain=\"{cert}{cert}\""),
    ] {
        assert_eq!(read(&header, &good), Ok(Some(thumbprint())), "{good}");
    }
    for ambiguous in [
        format!("Hash={HASH},Hash={HASH}"),
        format!("By=a;Hash={HASH},By=b;Hash={other}"),
        format!("Hash={other};hash={HASH}"),
        format!("Hash={HASH};Hash={HASH}"),
        format!("Cert=\"{cert}\";Cert=\"{cert}\""),
        format!("Hash={other};Cert=\"{cert}\""),
        // A certificate that was issued with such a name in it.
        format!("Hash={other};URI=x,Hash={HASH}"),
        format!("Hash={other};URI=x,By=a;Hash={HASH}"),
        format!("Hash={other};DNS=x;Hash={HASH}"),
    ] {
        assert_eq!(read(&header, &ambiguous), Err(CertificateError::Ambiguous), "{ambiguous}");
    }
    for malformed in [
        HASH.to_owned(),
        "By=spiffe://a/b".to_owned(),
        "Hash=".to_owned(),
        "Cert=".to_owned(),
        "Cert=\"\"".to_owned(),
        format!("Hash={}", &HASH[1..]),
        format!("Hash={HASH}0"),
        format!("Hash={HASH}00"),
        format!("Hash=0x{}", &HASH[2..]),
        format!("Hash=+{}", &HASH[1..]),
        format!("Hash={X5T}"),
        format!("Hash= {HASH}"),
        format!("Hash={HASH},"),
        format!("Hash=\"{HASH}"),
        format!("Hash=\"{HASH}\"x"),
        format!("Hash={HASH};Cert=\"{}\"", &cert[1..]),
        format!("Hash={};Cert=\"{cert}\"", &HASH[2..]),
        format!("Chain=\"{cert}\""),
        format!("Subject=\"CN=\"a\"\";Hash={HASH}"),
        cert.clone(),
    ] {
        assert_eq!(read(&header, &malformed), Err(CertificateError::Malformed), "{malformed}");
    }
}

#[test]
fn a_certificate_is_one_sequence_of_its_own_length_up_to_16_kib() {
    let sequence = |prefix: &[u8], content: usize| [prefix, &vec![0; content]].concat();
    let good = [
        sequence(&[0x30, 0], 0),
        sequence(&[0x30, 127], 127),
        sequence(&[0x30, 0x81, 128], 128),
        sequence(&[0x30, 0x81, 255], 255),
        sequence(&[0x30, 0x82, 1, 0], 256),
        sequence(&[0x30, 0x82, 0x3f, 0xfc], LARGEST - 4),
    ];
    let bad = [
        vec![0x30],
        vec![0x30, 0x81],
        vec![0x30, 0x82, 1],
        sequence(&[0x31, 0], 0),
        sequence(&[0x30, 1], 0),
        sequence(&[0x30, 0], 1),
        sequence(&[0x30, 0x80], 2),
        sequence(&[0x30, 0x81, 127], 127),
        sequence(&[0x30, 0x82, 0, 255], 255),
        sequence(&[0x30, 0x82, 1, 0], 255),
        sequence(&[0x30, 0x82, 1, 0], 257),
        sequence(&[0x30, 0x83, 0, 1, 0], 256),
        sequence(&[0x30, 0x84, 0, 0, 1, 0], 256),
        sequence(&[0x30, 0x82, 0x3f, 0xfd], LARGEST - 3),
        sequence(&[0x30, 0x82, 0xff, 0xff], 0xffff),
        sequence(&[0x30, 0x83, 2, 0, 0], 0x20000),
    ];
    let base64 = |der: &[u8]| STANDARD.encode(der);
    for (ders, valid) in [(&good[..], true), (&bad, false)] {
        for der in ders {
            let expected = if valid {
                Ok(Some(CertificateThumbprint::of(der)))
            } else {
                Err(CertificateError::Malformed)
            };
            let begin = &der[..der.len().min(5)];
            assert_eq!(
                read(&CertificateHeader::ClientCert, &format!(":{}:", base64(der))),
                expected,
                "{begin:x?}"
            );
            assert_eq!(read(&escaped_pem(), &escaped(&pem(der))), expected, "{begin:x?}");
            let envoy = format!("Cert=\"{}\"", escaped(&pem(der)));
            assert_eq!(read(&CertificateHeader::XForwardedClientCert, &envoy), expected, "{begin:x?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_header_nothing_panics_and_what_is_read_is_there(value in prop_oneof![
        "(:|=|;|,|\"|\\\\|%|%0A|Hash|Cert|-----BEGIN CERTIFICATE-----|-----END CERTIFICATE-----|MAA=|[0-9a-f]{64}| ){0,12}"
            .prop_map(String::into_bytes),
        proptest::collection::vec(0x20..=0xff_u8, 0..40),
    ]) {
        prop_assume!(HeaderValue::from_bytes(&value).is_ok());
        let empty_sequence = CertificateThumbprint::of(b"0\x00");
        for (header, _) in each_header() {
            let text = String::from_utf8_lossy(&value).to_lowercase();
            match read_all(&header, Some(PROXY), &[&value]) {
                Ok(Some(found)) => prop_assert!(found == empty_sequence || text.contains("hash=")),
                Ok(None) => prop_assert!(["", "::"].contains(&text.trim())),
                Err(_) => {}
            }
        }
    }

    #[test]
    fn a_certificate_is_the_same_in_each_header(content in proptest::collection::vec(any::<u8>(), 256..600)) {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        let der = [&[0x30, 0x82], &length[..], &content].concat();
        let expected = Ok(Some(CertificateThumbprint::of(&der)));
        let base64 = STANDARD.encode(&der);
        prop_assert_eq!(read(&CertificateHeader::ClientCert, &format!(":{base64}:")), expected);
        prop_assert_eq!(read(&escaped_pem(), &escaped(&pem(&der))), expected);
        prop_assert_eq!(read(&escaped_pem(), pem(&der).replace('\n', " ").trim_end()), expected);
        prop_assert_eq!(read(&base64_der(), &base64), expected);
        let chain = format!("{base64},MAA=");
        prop_assert_eq!(read(&CertificateHeader::XForwardedTlsClientCert, &chain), expected);
        let envoy = format!("Cert=\"{}\"", escaped(&pem(&der)));
        prop_assert_eq!(read(&CertificateHeader::XForwardedClientCert, &envoy), expected);
    }
}
