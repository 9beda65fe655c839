//! Right, wrong and missing certificates, over real TLS.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use bearward_axum::ResourceServer;
use bearward_issuer::{CertificateAuthority, ClientCertificate, Issuer, RunningIssuer};
use mtls::tls::Clients;
use mtls::{app, serve, tls};
use rcgen::generate_simple_self_signed;
use reqwest::{Certificate, Client, Identity, Response};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::sign::{CertifiedKey, SingleCertAndKey};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};

#[path = "../examples/certificates.rs"]
mod made;

const AUDIENCE: &str = "https://api.example.com";

/// The example on a port of this machine, and what is needed to talk to it.
struct Served {
    issuer: RunningIssuer,
    api: ResourceServer,
    address: SocketAddr,
    server_certificate: Certificate,
    server_der: CertificateDer<'static>,
}

impl Served {
    async fn to(clients: Clients) -> Self {
        let issuer = Issuer::builder().start().await.unwrap();
        let api = ResourceServer::builder().issuer(issuer.url()).audience(AUDIENCE).build().unwrap();
        let own = generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let server_certificate = Certificate::from_pem(own.cert.pem().as_bytes()).unwrap();
        let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
        let server_der = own.cert.der().clone();
        let config = tls::config(vec![server_der.clone()], key, clients).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve::serve(listener, config, app(&api)));
        Self { issuer, api, address, server_certificate, server_der }
    }

    fn client(&self, certificate: Option<&ClientCertificate>) -> Client {
        let client = Client::builder().tls_certs_only([self.server_certificate.clone()]);
        let identity = certificate.map(|certificate| {
            let pem = format!("{}{}", certificate.pem(), certificate.key_pem());
            Identity::from_pem(pem.as_bytes()).unwrap()
        });
        identity.into_iter().fold(client, |client, identity| client.identity(identity)).build().unwrap()
    }

    async fn ask(
        &self,
        certificate: Option<&ClientCertificate>,
        token: &str,
    ) -> Result<Response, reqwest::Error> {
        let url = format!("https://{}/whoami", self.address);
        self.client(certificate).get(url).bearer_auth(token).send().await
    }

    /// Sends a request by hand, showing one client's certificate with another's key: no client library does.
    async fn ask_as(
        &self,
        shown: &ClientCertificate,
        key: &ClientCertificate,
        token: &str,
        version: &'static SupportedProtocolVersion,
    ) -> io::Result<String> {
        let provider = aws_lc_rs::default_provider();
        let key = PrivateKeyDer::try_from(key.key_der().to_vec()).unwrap();
        let key = provider.key_provider.load_private_key(key).unwrap();
        let certified = CertifiedKey::new(vec![shown.der().to_vec().into()], key);
        let mut roots = RootCertStore::empty();
        roots.add(self.server_der.clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(roots)
            .with_client_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
        let stream = TcpStream::connect(self.address).await?;
        let host = ServerName::from(self.address.ip());
        let mut stream = TlsConnector::from(Arc::new(config)).connect(host, stream).await?;
        let request = format!(
            "GET /whoami HTTP/1.1\r\nHost: api\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer)
    }

    fn token_bound_to(&self, certificate: &ClientCertificate) -> String {
        self.issuer.mint().audience(AUDIENCE).bound_to_certificate(certificate.der()).sign()
    }

    async fn assert_binding_holds(&self, own: &ClientCertificate, other: &ClientCertificate) {
        let token = self.token_bound_to(own);
        for (case, certificate, refusal) in [
            ("its own certificate", Some(own), None),
            ("another", Some(other), Some("the access token is bound to another certificate")),
            ("none", None, Some("the access token is bound to a certificate and came without it")),
            // The token has been accepted before, which must not make it any less bound.
            ("its own again", Some(own), None),
        ] {
            assert_answer(self.ask(certificate, &token).await.unwrap(), refusal, case).await;
        }
        let unbound = self.issuer.mint().audience(AUDIENCE).sign();
        for certificate in [None, Some(own)] {
            let answer = self.ask(certificate, &unbound).await.unwrap();
            assert_answer(answer, None, "a bearer token needs no certificate").await;
        }
    }
}

async fn assert_answer(answer: Response, refusal: Option<&str>, case: &str) {
    let status = answer.status().as_u16();
    let challenges: Vec<_> = answer.headers().get_all("www-authenticate").iter().cloned().collect();
    let body = answer.text().await.unwrap();
    let Some(why) = refusal else {
        assert_eq!((status, challenges.len()), (200, 0), "{case}: {body}");
        return;
    };
    assert_eq!(status, 401, "{case}");
    let bearer = format!("Bearer realm=\"api\", error=\"invalid_token\", error_description=\"{why}\"");
    assert_eq!(challenges[0], *bearer, "{case}");
    assert_eq!(body, format!("{{\"error\":\"invalid_token\",\"error_description\":\"{why}\"}}"), "{case}");
}

#[tokio::test]
async fn a_token_works_for_the_client_whose_certificate_it_names() {
    let authority = CertificateAuthority::generate();
    let mut trusted = RootCertStore::empty();
    trusted.add(authority.der().to_vec().into()).unwrap();
    let served = Served::to(Clients::Of(trusted)).await;
    served.assert_binding_holds(&authority.issue(), &authority.issue()).await;
    // A stranger's certificate ends in the handshake, before any token is sent.
    let stranger = ClientCertificate::generate();
    assert!(served.ask(Some(&stranger), &served.token_bound_to(&stranger)).await.is_err());
}

#[tokio::test]
async fn self_signed_certificates_bind_as_well() {
    let served = Served::to(Clients::WithAnyCertificate).await;
    served.assert_binding_holds(&ClientCertificate::generate(), &ClientCertificate::generate()).await;
}

#[tokio::test]
async fn a_certificate_that_is_shown_without_its_key_is_worth_nothing() {
    let served = Served::to(Clients::WithAnyCertificate).await;
    let (own, other) = (ClientCertificate::generate(), ClientCertificate::generate());
    let token = served.token_bound_to(&own);
    for version in [&TLS12, &TLS13] {
        let answer = served.ask_as(&own, &own, &token, version).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{version:?}: {answer}");
        // Who has seen the certificate, and not its key, can only sign the handshake with another.
        let refused = served.ask_as(&own, &other, &token, version).await.unwrap_err();
        assert!(refused.to_string().contains("DecryptError"), "{version:?}: {refused}");
    }
}

#[tokio::test]
async fn a_bound_token_is_no_bearer_token_where_nobody_sees_certificates() {
    let served = Served::to(Clients::WithAnyCertificate).await;
    let own = ClientCertificate::generate();
    // The same API without TLS, by a server that knows nothing of connections; and headers that anyone can write.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/whoami", listener.local_addr().unwrap());
    let app = app(&served.api);
    tokio::spawn(async move { axum::serve(listener, app).await });
    let request = Client::new()
        .get(url)
        .bearer_auth(served.token_bound_to(&own))
        .header("client-cert", own.client_cert_header())
        .header("x-ssl-client-cert", own.url_encoded_pem())
        .header("x-forwarded-client-cert", own.forwarded_client_cert());
    let refusal = "the access token is bound to a certificate and came without it";
    assert_answer(request.send().await.unwrap(), Some(refusal), "as plain bearer").await;
}

#[tokio::test]
async fn the_certificates_of_one_command_are_enough_to_try_it() {
    let folder = std::env::temp_dir().join(format!("bearward-mtls-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    let client = made::make(&folder).unwrap();
    let again = made::make(&folder).err().unwrap().to_string();
    assert!(again.starts_with("server.pem: "), "nothing is overwritten: {again}");

    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let mut authorities = RootCertStore::empty();
    authorities.add(CertificateDer::from_pem_file(folder.join("clients-ca.pem")).unwrap()).unwrap();
    let chain = vec![CertificateDer::from_pem_file(folder.join("server.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_file(folder.join("server.key")).unwrap();
    let config = tls::config(chain, key, Clients::Of(authorities)).unwrap();

    let issuer = Issuer::builder().start().await.unwrap();
    let api = ResourceServer::builder().issuer(issuer.url()).audience(AUDIENCE).build().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/whoami", listener.local_addr().unwrap());
    tokio::spawn(serve::serve(listener, config, app(&api)));

    let identity = Identity::from_pem(&[read("client.pem"), read("client.key")].concat()).unwrap();
    let trusted = Certificate::from_pem(&read("server.pem")).unwrap();
    let caller = Client::builder().tls_certs_only([trusted]).identity(identity).build().unwrap();
    let token = issuer.mint().audience(AUDIENCE).bound_to_certificate(client.der()).sign();
    let answer = caller.get(url).bearer_auth(token).send().await.unwrap();
    assert_answer(answer, None, "the client that was made").await;
    std::fs::remove_dir_all(folder).unwrap();
}
