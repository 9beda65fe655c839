//! RFC 8705 §3: a certificate-bound token comes with its certificate.

use std::convert::Infallible;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use bearward_axum::connection::ClientConnection;
use bearward_axum::request::{CertificateHeader, ProxyHeaders};
use bearward_axum::{Protect, ResourceServer};
use bearward_issuer::ClientCertificate;
use http::{HeaderName, Method};

use crate::support::{Answer, Blamed, Builder, Refusal, Scene, info};

const REQUIRED: Refusal = Refusal::of_token(
    Blamed::Bearer,
    "certificate_required",
    "the access token is bound to a certificate and came without it",
);
const MISMATCH: Refusal = Refusal::of_token(
    Blamed::Bearer,
    "certificate_mismatch",
    "the access token is bound to another certificate",
);
const MALFORMED: Refusal =
    Refusal::of_token(Blamed::Bearer, "certificate_malformed", "the client certificate is malformed");

const HEADERS: [&str; 5] = [
    "x-ssl-client-cert",
    "ssl-client-der",
    "client-cert",
    "x-forwarded-client-cert",
    "x-forwarded-tls-client-cert",
];

fn named(name: &'static str) -> ProxyHeaders {
    ProxyHeaders::none().client_certificate(match name {
        "client-cert" => CertificateHeader::ClientCert,
        "x-forwarded-client-cert" => CertificateHeader::XForwardedClientCert,
        "x-forwarded-tls-client-cert" => CertificateHeader::XForwardedTlsClientCert,
        "ssl-client-der" => CertificateHeader::Base64Der(HeaderName::from_static(name)),
        name => CertificateHeader::Pem(HeaderName::from_static(name)),
    })
}

fn value(name: &str, certificate: &ClientCertificate) -> String {
    match name {
        "client-cert" => certificate.client_cert_header(),
        "x-forwarded-client-cert" => certificate.forwarded_client_cert(),
        "x-ssl-client-cert" => certificate.url_encoded_pem(),
        _ => certificate.client_cert_header().trim_matches(':').to_owned(),
    }
}

fn behind_proxy(network: &'static str, header: &'static str) -> impl FnOnce(Builder) -> Builder {
    move |api| api.trusted_proxies([network], named(header))
}

async fn ask(scene: &Scene, token: &str, headers: &[(&str, &str)]) -> Answer {
    let request = scene.request(Method::GET, "/").bearer_auth(token);
    Answer::to(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
}

#[tokio::test]
async fn a_trusted_proxy_tells_the_certificate_in_the_header_that_is_named() {
    let (own, other) = (ClientCertificate::generate(), ClientCertificate::generate());
    for header in HEADERS {
        let scene = Scene::with(behind_proxy("127.0.0.0/8", header)).await;
        let token = scene.mint().bound_to_certificate(own.der()).sign();
        let (right, wrong) = (value(header, &own), value(header, &other));
        ask(&scene, &token, &[(header, &right)]).await.assert_passed(header);
        ask(&scene, &token, &[(header, &wrong)]).await.assert_refused(&MISMATCH, header);
        ask(&scene, &token, &[]).await.assert_refused(&REQUIRED, header);
        ask(&scene, &token, &[(header, "garbage")]).await.assert_refused(&MALFORMED, header);
        ask(&scene, &token, &[(header, &right), (header, &right)]).await.assert_refused(&MALFORMED, header);
        ask(&scene, &token, &[(header, &right)]).await.assert_passed("its own again");
        for another in HEADERS.into_iter().filter(|another| *another != header) {
            let elsewhere = value(another, &own);
            ask(&scene, &token, &[(another, &elsewhere)]).await.assert_refused(&REQUIRED, another);
        }
        let bearer = scene.mint().sign();
        ask(&scene, &bearer, &[]).await.assert_passed("a bearer token needs none");
        ask(&scene, &bearer, &[(header, "garbage")]).await.assert_passed("and nothing is read for it");
    }
}

#[tokio::test]
async fn a_header_from_anyone_else_is_ignored() {
    let own = ClientCertificate::generate();
    for header in HEADERS {
        let headers = [(header, value(header, &own))];
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        let elsewhere = Scene::with(behind_proxy("10.0.0.0/8", header)).await;
        let token = elsewhere.mint().bound_to_certificate(own.der()).sign();
        ask(&elsewhere, &token, &headers).await.assert_refused(&REQUIRED, header);
        let by_default = Scene::with(|api| api).await;
        let token = by_default.mint().bound_to_certificate(own.der()).sign();
        ask(&by_default, &token, &headers).await.assert_refused(&REQUIRED, "by default");
    }
}

/// A server that ends TLS itself, as far as this API can tell: it says that every client has this certificate.
fn with_connection(certificate: Option<ClientCertificate>) -> impl FnOnce(&ResourceServer) -> Router {
    let tell = move |mut request: Request, next: Next| {
        let known = ClientConnection::tls(([192, 0, 2, 1], 50_000).into());
        let known = match &certificate {
            Some(certificate) => known.with_certificate(certificate.der()),
            None => known,
        };
        request.extensions_mut().insert(known);
        async move { Ok::<Response, Infallible>(next.run(request).await) }
    };
    move |api| Router::new().route("/", get(info)).layer(api.layer()).layer(from_fn(tell))
}

#[tokio::test]
async fn a_connection_tells_the_certificate() {
    let (own, other) = (ClientCertificate::generate(), ClientCertificate::generate());
    let header = ("client-cert", own.client_cert_header());
    for (certificate, refusal) in
        [(Some(own.clone()), None), (Some(other), Some(MISMATCH)), (None, Some(REQUIRED))]
    {
        let scene = Scene::of(|api| api, with_connection(certificate)).await;
        let token = scene.mint().bound_to_certificate(own.der()).sign();
        for headers in [&[][..], &[(header.0, header.1.as_str())]] {
            let answer = ask(&scene, &token, headers).await;
            match &refusal {
                Some(refusal) => answer.assert_refused(refusal, "another's, or none"),
                None => answer.assert_passed("its own"),
            }
        }
    }
}

#[tokio::test]
async fn the_proxys_own_certificate_is_nobody_elses() {
    let proxys = ClientCertificate::generate();
    let own = proxys.client_cert_header();
    let for_urls = ProxyHeaders::none().x_forwarded_host().x_forwarded_proto();
    for (headers, said) in [(named("client-cert"), true), (for_urls, false), (ProxyHeaders::none(), false)] {
        let configure = |api: Builder| api.trusted_proxies(["192.0.2.0/24"], headers);
        let scene = Scene::of(configure, with_connection(Some(proxys.clone()))).await;
        let token = scene.mint().bound_to_certificate(proxys.der()).sign();
        ask(&scene, &token, &[]).await.assert_refused(&REQUIRED, "the proxy's connection");
        let answer = ask(&scene, &token, &[("client-cert", &own)]).await;
        match said {
            true => answer.assert_passed("what the proxy says of its client"),
            false => answer.assert_refused(&REQUIRED, "what was not named"),
        }
    }
}

/// Both bindings hold, and the one that is missing is named.
#[tokio::test]
async fn a_token_that_is_bound_twice_needs_both() {
    let own = ClientCertificate::generate();
    let scene = Scene::with(behind_proxy("127.0.0.0/8", "client-cert")).await;
    let token = scene.mint().bound_to_certificate(own.der()).bound_to_key(scene.key.thumbprint()).sign();
    let certificate = own.client_cert_header();
    let proof = || scene.proof("/", &token).sign();
    let with_both = scene.get("/", &token, &proof()).header("client-cert", &certificate);
    Answer::to(with_both).await.assert_passed("both");
    let proof_only = scene.ask("/", &token, &proof()).await;
    let required = Refusal { blamed: Blamed::Dpop, ..REQUIRED };
    proof_only.assert_refused(&required, "the proof alone");
    let certificate_only = ask(&scene, &token, &[("client-cert", &certificate)]).await;
    let proof_required = Refusal::of_token(
        Blamed::Dpop,
        "proof_required",
        "the access token needs a DPoP proof and the scheme DPoP",
    );
    certificate_only.assert_refused(&proof_required, "the certificate alone");
}

#[tokio::test]
async fn a_binding_that_nobody_here_knows_is_refused() {
    let scene = Scene::with(|api| api).await;
    let refusal = Refusal::of_token(
        Blamed::Bearer,
        "confirmation_unsupported",
        "the access token is bound in a way that is not supported",
    );
    for cnf in [
        serde_json::json!({ "kid": "1" }),
        serde_json::json!({}),
        serde_json::json!(null),
        serde_json::json!({ "x5t#S256": "short" }),
    ] {
        let token = scene.mint().claim("cnf", cnf.clone()).sign();
        ask(&scene, &token, &[]).await.assert_refused(&refusal, &cnf.to_string());
    }
}
