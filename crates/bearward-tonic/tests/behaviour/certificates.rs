//! Certificate-bound tokens (RFC 8705 §3), where tonic ends TLS and asks clients for a certificate.

use std::net::SocketAddr;

use bearward_issuer::ClientCertificate;
use bearward_tonic::ResourceServer;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Identity, Server, ServerTlsConfig};
use tonic::{Code, Status};

use crate::support::{AUDIENCE, LIST, Notes, Scene, bearer, listen, rules, unary};

/// An authority, and what it vouches for: the server, and clients by name.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new() -> Self {
        let mut parameters = CertificateParams::default();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = parameters.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(parameters, key), pem }
    }

    /// With the certificate in DER.
    fn issue(&self, name: &str) -> (Identity, Vec<u8>) {
        let key = KeyPair::generate().unwrap();
        let certificate =
            CertificateParams::new([name.to_owned()]).unwrap().signed_by(&key, &self.issuer).unwrap();
        (Identity::from_pem(certificate.pem(), key.serialize_pem()), certificate.der().to_vec())
    }

    fn certificate(&self) -> Certificate {
        Certificate::from_pem(&self.pem)
    }
}

async fn call(
    authority: &Authority,
    address: SocketAddr,
    client: Option<&Identity>,
    token: &str,
) -> Result<String, Status> {
    let tls = ClientTlsConfig::new().ca_certificate(authority.certificate()).domain_name("api.example.com");
    let tls = match client {
        Some(identity) => tls.identity(identity.clone()),
        None => tls,
    };
    let endpoint = Channel::from_shared(format!("https://{address}")).unwrap().tls_config(tls).unwrap();
    let channel = endpoint.connect().await.unwrap();
    unary(channel, LIST, [("authorization", bearer(token))]).await.map(tonic::Response::into_inner)
}

#[tokio::test]
async fn a_bound_token_passes_with_its_certificate_alone() {
    // tonic leaves the choice to the process, and the tests of other crates compile a second provider in.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let scene = Scene::new().await;
    let api = ResourceServer::builder().issuer(scene.issuer.url()).audience(AUDIENCE).build().unwrap();
    let authority = Authority::new();
    let (incoming, address) = listen().await;
    let tls = ServerTlsConfig::new().identity(authority.issue("api.example.com").0);
    let tls = tls.client_ca_root(authority.certificate()).client_auth_optional(true);
    let server = Server::builder().tls_config(tls).unwrap().layer(rules(api)).add_service(Notes);
    tokio::spawn(server.serve_with_incoming(incoming));

    let ((own, der), (other, _)) = (authority.issue("ada"), authority.issue("grace"));
    let bound = scene.mint().bound_to_certificate(&der).sign();
    assert_eq!(call(&authority, address, Some(&own), &bound).await.unwrap(), "test-client: hello");
    for (client, message) in [
        (Some(&other), "the access token is bound to another certificate"),
        (None, "the access token is bound to a certificate and came without it"),
    ] {
        let status = call(&authority, address, client, &bound).await.unwrap_err();
        assert_eq!((status.code(), status.message()), (Code::Unauthenticated, message));
    }
    let stranger = scene.mint().bound_to_certificate(ClientCertificate::generate().der()).sign();
    assert!(call(&authority, address, Some(&own), &stranger).await.is_err());
    let unbound = scene.mint().sign();
    assert!(call(&authority, address, None, &unbound).await.is_ok(), "a bearer token needs none");
}
