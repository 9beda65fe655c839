//! Rocket's own TLS: HTTP/1.1 and HTTP/2, DPoP proofs for `https` URLs, and tokens bound to certificates.

use bearward_issuer::{Algorithm, CertificateAuthority, ClientCertificate, DpopKey};
use bearward_rocket::{Authorized, Bearward, ClientConnection, Protect, public, set_connection};
use rcgen::generate_simple_self_signed;
use reqwest::{Certificate, Client, Identity, Method, Version};
use rocket::config::{Config, MutualTls, TlsConfig};
use rocket::fairing::AdHoc;
use rocket::outcome::Outcome;
use rocket::{Build, Rocket, get, mtls, routes};

use crate::scene::{Answer, Scene, answer, config, scene_of, usual};

#[get("/name")]
fn name(token: Authorized) -> String {
    token.subject().unwrap_or("?").to_owned()
}

#[get("/hello")]
fn hello() -> &'static str {
    "hello"
}

/// A server with a certificate, and clients that trust it.
struct Encrypted {
    scene: Scene,
    certificate: Certificate,
}

/// The fairing of the documentation of `set_connection`.
fn certificates(rocket: Rocket<Build>) -> Rocket<Build> {
    rocket.attach(AdHoc::on_request("client certificates", |request, _| {
        Box::pin(async move {
            let Some(peer) = request.remote() else { return };
            if let Outcome::Success(shown) = request.guard::<mtls::Certificate<'_>>().await {
                let connection = ClientConnection::tls(peer).with_certificate(shown.as_bytes().to_vec());
                set_connection(request, connection);
            }
        })
    }))
}

impl Encrypted {
    /// Asks clients for certificates of this authority.
    async fn asking(authority: &CertificateAuthority, with: fn(Rocket<Build>) -> Rocket<Build>) -> Self {
        let own = generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let (pem, key) = (own.cert.pem(), own.signing_key.serialize_pem());
        let tls = TlsConfig::from_bytes(pem.as_bytes(), key.as_bytes());
        let tls = tls.with_mutual(MutualTls::from_bytes(authority.pem().as_bytes()));
        let scene = scene_of(usual, |api| {
            let rocket = rocket::custom(Config { tls: Some(tls), ..config() }).attach(Bearward::new());
            with(rocket).mount("/", api.protect(routes![name])).mount("/", public(routes![hello]))
        })
        .await;
        Self { scene, certificate: Certificate::from_pem(pem.as_bytes()).unwrap() }
    }

    fn client(&self, version: Version, shown: Option<&ClientCertificate>) -> Client {
        let client = Client::builder().tls_certs_only([self.certificate.clone()]);
        let client = if version == Version::HTTP_11 { client.http1_only() } else { client };
        let identity = shown.map(|shown| {
            let pem = format!("{}{}", shown.pem(), shown.key_pem());
            Identity::from_pem(pem.as_bytes()).unwrap()
        });
        identity.into_iter().fold(client, |client, identity| client.identity(identity)).build().unwrap()
    }

    async fn get(&self, version: Version, shown: Option<&ClientCertificate>, token: &str) -> Answer {
        let url = format!("{}/name", self.scene.url);
        answer(self.client(version, shown).get(url).bearer_auth(token)).await
    }
}

const VERSIONS: [Version; 2] = [Version::HTTP_11, Version::HTTP_2];

#[tokio::test(flavor = "multi_thread")]
async fn routes_decide_over_tls_as_they_do_without() {
    let server = Encrypted::asking(&CertificateAuthority::generate(), |rocket| rocket).await;
    assert!(server.scene.url.starts_with("https://"));
    let (token, expired) = (server.scene.mint().sign(), server.scene.mint().expires_in(-60).sign());
    for version in VERSIONS {
        let client = server.client(version, None);
        let plain = client.get(format!("{}/hello", server.scene.url)).send().await.unwrap();
        assert_eq!((plain.status().as_u16(), plain.version()), (200, version));
        server.get(version, None, &token).await.assert_passed("test-client");
        let refused = server.get(version, None, &expired).await;
        refused.assert_refused(401, "token_expired");
        assert_eq!(refused.headers.get_all("www-authenticate").iter().count(), 2, "one for each scheme");
        let missing = answer(client.get(format!("{}/name", server.scene.url))).await;
        missing.assert_refused(401, "credential_missing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_is_for_the_https_url_that_the_client_sees() {
    let server = Encrypted::asking(&CertificateAuthority::generate(), |rocket| rocket).await;
    let key = DpopKey::generate(Algorithm::Es256);
    let token = server.scene.mint().bound_to_key(key.thumbprint()).sign();
    let other = server.scene.url.replace("https://", "http://");
    for version in VERSIONS {
        for (method, origin, refusal) in [
            (Method::GET, &server.scene.url, None),
            (Method::HEAD, &server.scene.url, None),
            (Method::GET, &other, Some("proof_url_mismatch")),
        ] {
            let proof = key.proof(method.as_str(), &format!("{origin}/name")).access_token(&token).sign();
            let url = format!("{}/name", server.scene.url);
            let request = server.client(version, None).request(method.clone(), url);
            let request = request.header("authorization", format!("DPoP {token}")).header("dpop", proof);
            let answer = answer(request).await;
            match refusal {
                None => answer.assert_passed(if method == Method::HEAD { "" } else { "test-client" }),
                Some(code) => answer.assert_refused(401, code),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bound_token_works_for_the_client_whose_certificate_it_names() {
    let authority = CertificateAuthority::generate();
    let server = Encrypted::asking(&authority, certificates).await;
    let (own, other) = (authority.issue(), authority.issue());
    let bound = server.scene.mint().bound_to_certificate(own.der()).sign();
    let unbound = server.scene.mint().sign();
    for version in VERSIONS {
        for (shown, refusal) in [
            (Some(&own), None),
            (Some(&other), Some("certificate_mismatch")),
            (None, Some("certificate_required")),
            // The token has been accepted before, which must not make it any less bound.
            (Some(&own), None),
        ] {
            let answer = server.get(version, shown, &bound).await;
            match refusal {
                None => answer.assert_passed("test-client"),
                Some(code) => answer.assert_refused(401, code),
            }
            server.get(version, shown, &unbound).await.assert_passed("test-client");
        }
    }
    // A stranger's certificate ends in the handshake, before any token is sent.
    let stranger = ClientCertificate::generate();
    let bound = server.scene.mint().bound_to_certificate(stranger.der()).sign();
    let request = server.client(Version::HTTP_2, Some(&stranger)).get(format!("{}/name", server.scene.url));
    assert!(request.bearer_auth(bound).send().await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bound_token_is_refused_where_no_fairing_tells_of_certificates() {
    let authority = CertificateAuthority::generate();
    let server = Encrypted::asking(&authority, |rocket| rocket).await;
    let own = authority.issue();
    let bound = server.scene.mint().bound_to_certificate(own.der()).sign();
    for version in VERSIONS {
        server.get(version, Some(&own), &bound).await.assert_refused(401, "certificate_required");
    }
}
