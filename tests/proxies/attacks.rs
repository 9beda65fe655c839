//! What must hold behind each proxy, and what clients try.

use bearward_issuer::ClientCertificate;
use reqwest::RequestBuilder;

use crate::scene::{
    CERTIFICATES, HOST, Issued, NAMED, ORIGIN, PASSED, PATHS, Scene, assert_answer, assert_fails,
};

const REQUIRED: (Option<u16>, Option<&str>) = (Some(401), Some("certificate_required"));
const MISMATCH: (Option<u16>, Option<&str>) = (Some(401), Some("certificate_mismatch"));
const OTHER_URL: (Option<u16>, Option<&str>) = (Some(401), Some("proof_url_mismatch"));

/// Headers in which some proxy or other names certificates.
const CERTIFICATE_HEADERS: [&str; 9] = [
    "Client-Cert",
    "Client-Cert-Chain",
    "X-SSL-Client-Cert",
    "SSL-Client-Cert",
    "X-Client-Cert",
    "X-Forwarded-Client-Cert",
    "X-Forwarded-Tls-Client-Cert",
    "X-Forwarded-Tls-Client-Cert-Info",
    "X-Amzn-Mtls-Clientcert-Leaf",
];

/// Hosts in which a proxy's rule may find `api.example.com`, and the API another one.
const AMBIGUOUS_HOSTS: [&str; 8] = [
    "api.example.com,evil.test",
    "api.example.com, evil.test",
    "evil.test,api.example.com",
    "api.example.com:1,evil.test",
    "api.example.com:1, evil.test:80",
    "api.example.com:@evil.test",
    "api.example.com:80",
    "api.example.com:8443",
];

/// Another server on the same machine.
const OTHER_PORT: &str = "https://api.example.com:8443";

/// What a client writes to be taken for one of `evil.test`, or for one that came over plain HTTP.
const URL_HEADERS: [(&str, &str); 12] = [
    ("X-Forwarded-Host", "evil.test"),
    ("X-Forwarded-Host", "evil.test, evil.test"),
    ("X_Forwarded_Host", "evil.test"),
    ("X-Forwarded-Server", "evil.test"),
    ("X-Original-Host", "evil.test"),
    ("X-Host", "evil.test"),
    ("X-Forwarded-Proto", "http"),
    ("X_Forwarded_Proto", "http"),
    ("X-Forwarded-Scheme", "http"),
    ("X-Forwarded-Port", "80"),
    ("Forwarded", "host=evil.test;proto=http"),
    ("X-Forwarded-Prefix", "/evil"),
];

pub(crate) async fn certificates_bind(scene: &Scene) {
    certificates_bind_of(scene, Issued::ByTheAuthority).await;
}

pub(crate) async fn certificates_bind_of(scene: &Scene, issued: Issued) {
    let (own, other) = (scene.certificate(issued), scene.certificate(issued));
    let (with_own, with_other) = (scene.client(Some(&own)), scene.client(Some(&other)));
    let without = scene.client(None);
    let bound = scene.mint().bound_to_certificate(own.der()).sign();
    let bearer = scene.mint().sign();
    for path in PATHS {
        let case = |what: &str| format!("{:?} {path}: {what}", scene.kind);
        let ask = |client, token: &str| scene.get(client, path).bearer_auth(token);
        assert_answer(ask(&with_own, &bound), PASSED, &case("its certificate")).await;
        assert_answer(ask(&with_other, &bound), MISMATCH, &case("another certificate")).await;
        assert_answer(ask(&without, &bound), REQUIRED, &case("no certificate")).await;
        assert_answer(ask(&with_own, &bound), PASSED, &case("its certificate again")).await;
        assert_answer(ask(&without, &bearer), PASSED, &case("bound to nothing, no certificate")).await;
    }
}

/// The proxy refuses it, in the handshake or afterwards.
pub(crate) async fn a_certificate_that_no_authority_issued_does_not_get_through(scene: &Scene) {
    let own = scene.certificate(Issued::ByThemselves);
    let client = scene.client(Some(&own));
    let bound = scene.mint().bound_to_certificate(own.der()).sign();
    let request = scene.get(&client, CERTIFICATES).bearer_auth(bound);
    assert_fails(request, &format!("{:?}: a self-signed certificate", scene.kind)).await;
}

pub(crate) async fn forged_certificates_have_no_effect(scene: &Scene) {
    let (own, thief) = (scene.certificate(Issued::ByTheAuthority), scene.certificate(Issued::ByTheAuthority));
    let bound = scene.mint().bound_to_certificate(own.der()).sign();
    let (with_own, without, with_other) =
        (scene.client(Some(&own)), scene.client(None), scene.client(Some(&thief)));
    for name in CERTIFICATE_HEADERS {
        for spelling in [name.to_owned(), name.to_uppercase(), name.replace('-', "_")] {
            for value in forms(&own) {
                let forged = |client, times| {
                    let request = scene.get(client, NAMED).bearer_auth(&bound);
                    (0..times).fold(request, |request, _| request.header(&spelling, &value))
                };
                let case = format!("{:?} {spelling}: {value}", scene.kind);
                assert_answer(forged(&without, 1), REQUIRED, &case).await;
                assert_answer(forged(&without, 2), REQUIRED, &case).await;
                assert_answer(forged(&with_other, 1), MISMATCH, &case).await;
            }
        }
    }
    for path in PATHS {
        let all = |client, of: &ClientCertificate| {
            let request = scene.get(client, path).bearer_auth(&bound);
            with_all_forged(request, of)
        };
        let case = format!("{:?} {path}: all at once", scene.kind);
        assert_answer(all(&without, &own), REQUIRED, &case).await;
        assert_answer(all(&with_other, &own), MISMATCH, &case).await;
        assert_answer(all(&with_own, &thief), PASSED, &case).await;
    }
    // Some proxies take away the headers that this one names.
    let names = CERTIFICATE_HEADERS.join(", ");
    let request = scene.get(&with_other, NAMED).bearer_auth(&bound).header("connection", names);
    assert_fails(with_all_forged(request, &own), &format!("{:?}: hop by hop", scene.kind)).await;
}

/// The certificate as each of the proxies writes it.
fn forms(certificate: &ClientCertificate) -> [String; 5] {
    let sequence = certificate.client_cert_header();
    let base64 = sequence.trim_matches(':').to_owned();
    [
        certificate.url_encoded_pem(),
        certificate.pem().trim_end().replace('\n', " "),
        base64,
        sequence,
        certificate.forwarded_client_cert(),
    ]
}

fn with_all_forged(mut request: RequestBuilder, certificate: &ClientCertificate) -> RequestBuilder {
    let [pem, _, base64, sequence, envoy] = forms(certificate);
    for (name, value) in [
        ("Client-Cert", &sequence),
        ("Client_Cert", &sequence),
        ("X-SSL-Client-Cert", &pem),
        ("X_SSL_Client_Cert", &pem),
        ("SSL-Client-Cert", &pem),
        ("X-Forwarded-Client-Cert", &envoy),
        ("X_Forwarded_Client_Cert", &envoy),
        ("X-Forwarded-Tls-Client-Cert", &base64),
        ("X_Forwarded_Tls_Client_Cert", &base64),
    ] {
        request = request.header(name, value);
    }
    request
}

pub(crate) async fn forged_urls_have_no_effect(scene: &Scene) {
    forged_urls_pass_nowhere(scene, &PATHS).await;
    let client = scene.client(None);
    for path in [ORIGIN, NAMED] {
        let url = format!("https://{HOST}{path}");
        let right = || scene.proven(&client, path, &url);
        let case = |what: &str| format!("{:?} {path}: {what}", scene.kind);
        assert_answer(right(), PASSED, &case("the public URL")).await;
        for (name, value) in URL_HEADERS {
            assert_answer(right().header(name, value), PASSED, &case(&format!("{name}: {value}"))).await;
        }
        assert_answer(with_urls_forged(right()), PASSED, &case("all at once")).await;
    }
}

pub(crate) async fn the_public_origin_is_proven(scene: &Scene) {
    let client = scene.client(None);
    let right = scene.proven(&client, ORIGIN, &format!("https://{HOST}{ORIGIN}"));
    assert_answer(with_urls_forged(right), PASSED, "whatever the proxy passes on").await;
}

/// Why the page's lines must not be left out where the headers are named.
pub(crate) async fn a_host_that_is_passed_on_is_believed_where_it_is_named(scene: &Scene) {
    let request = scene.proven(&scene.client(None), NAMED, &format!("https://evil.test{NAMED}"));
    let forged = request.header("X-Forwarded-Host", "evil.test").header("X-Forwarded-Proto", "https");
    assert_answer(forged, PASSED, "the attack works").await;
}

/// A proof that was made for another server, or for this one over plain HTTP or at another port.
pub(crate) async fn forged_urls_pass_nowhere(scene: &Scene, paths: &[&str]) {
    let (client, modern) = (scene.client(None), scene.modern_client());
    for path in paths {
        let origins = ["https://evil.test", "http://evil.test", "http://api.example.com:80", OTHER_PORT];
        for origin in origins {
            if *path == CERTIFICATES && origin.contains(HOST) {
                // Without an origin and without a header, the URL is that of the connection to the API.
                continue;
            }
            let url = format!("{origin}{path}");
            let case = |what: &str| format!("{:?} {path} for {origin}: {what}", scene.kind);
            let wrong = || scene.proven(&client, path, &url);
            assert_answer(wrong(), OTHER_URL, &case("nothing forged")).await;
            for (name, value) in URL_HEADERS {
                let request = wrong().header(name, value);
                assert_answer(request, OTHER_URL, &case(&format!("{name}: {value}"))).await;
                let both = wrong().header(name, value).header(name, value);
                assert_answer(both, OTHER_URL, &case(&format!("{name}, twice"))).await;
            }
            assert_answer(with_urls_forged(wrong()), OTHER_URL, &case("all at once")).await;
            let hop_by_hop =
                with_urls_forged(wrong()).header("connection", "X-Forwarded-Host, X-Forwarded-Proto");
            assert_fails(hop_by_hop, &case("hop by hop")).await;
            let host = with_urls_forged(scene.proven_from(&client, path, "evil.test", &url));
            assert_fails(host, &case("another Host")).await;
            // HTTP/2 has the host beside the headers, so that a client can send both.
            let host = with_urls_forged(scene.proven_from(&modern, path, "evil.test", &url));
            assert_fails(host, &case("another Host over HTTP/2")).await;
            for host in AMBIGUOUS_HOSTS {
                let request = scene.proven_from(&client, path, host, &url);
                assert_fails(request, &case(&format!("Host: {host}"))).await;
            }
        }
    }
}

fn with_urls_forged(request: RequestBuilder) -> RequestBuilder {
    URL_HEADERS.into_iter().fold(request, |request, (name, value)| request.header(name, value))
}
