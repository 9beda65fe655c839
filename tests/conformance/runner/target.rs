//! The server that is asked, and the authorization server whose tokens it accepts.

use std::env;

use bearward_axum::check::{DpopNonces, DpopPolicy};
use bearward_axum::request::{CertificateHeader, ProxyHeaders};
use bearward_axum::trust::{ClientAuthentication, Introspection};
use bearward_axum::{IssuerConfig, ResourceServer};
use bearward_issuer::{Algorithm, Issuer, ProtectedResource, RunningIssuer, SigningKey};

use crate::frameworks::Framework;
use crate::protocol::Protocol;
use crate::suite::Server;

/// In this header, a server under test says which failure it had.
pub(crate) const CODE: &str = "failure-code";

pub(crate) struct Target {
    name: String,
    protocol: Protocol,
    url: String,
    url_with_nonces: Option<String>,
    url_with_introspection: Option<String>,
    audience: String,
    issuer: RunningIssuer,
    keys: Vec<SigningKey>,
    lines: ChallengeLines,
}

/// How a server writes several challenges. Both mean the same (RFC 9110 §5.3).
enum ChallengeLines {
    /// A `WWW-Authenticate` for each.
    Separate,
    /// All in one, with commas between them, as the `Headers` of fetch and a plain object of headers have them.
    Joined,
}

impl Target {
    /// The demo API in this process behind each framework, unless the environment names another server.
    pub(crate) async fn all() -> Vec<Self> {
        if let Some(url) = variable("URL") {
            return vec![Self::elsewhere(url).await];
        }
        let mut targets = Vec::new();
        for framework in Framework::ALL {
            targets.push(Self::in_process(framework).await);
        }
        targets
    }

    /// A server that the environment names.
    async fn elsewhere(url: String) -> Self {
        let port = variable("ISSUER_PORT").expect("BEARWARD_CONFORMANCE_ISSUER_PORT");
        let (issuer, keys) = authorization_server(port.parse().expect("a port")).await;
        let lines = match variable("CHALLENGES").as_deref() {
            None | Some("separate") => ChallengeLines::Separate,
            Some("joined") => ChallengeLines::Joined,
            Some(other) => panic!("BEARWARD_CONFORMANCE_CHALLENGES is {other:?}, not separate or joined"),
        };
        Self {
            name: variable("TARGET").expect("BEARWARD_CONFORMANCE_TARGET"),
            protocol: Protocol::Http,
            url,
            url_with_nonces: variable("NONCES_URL"),
            url_with_introspection: variable("INTROSPECTION_URL"),
            audience: variable("AUDIENCE").unwrap_or_else(|| AUDIENCE.to_owned()),
            issuer,
            keys,
            lines,
        }
    }

    async fn in_process(framework: Framework) -> Self {
        let (issuer, keys) = authorization_server(0).await;
        let [usual, with_nonces, with_introspection] = servers(&issuer);
        Self {
            name: framework.name().to_owned(),
            protocol: framework.protocol(),
            url: framework.serve(usual).await,
            url_with_nonces: Some(framework.serve(with_nonces).await),
            url_with_introspection: Some(framework.serve(with_introspection).await),
            audience: AUDIENCE.to_owned(),
            issuer,
            keys,
            lines: ChallengeLines::Separate,
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// Where this server is, if there is one.
    pub(crate) fn url(&self, server: Server) -> Option<&str> {
        match server {
            Server::Usual => Some(&self.url),
            Server::WithNonces => self.url_with_nonces.as_deref(),
            Server::WithIntrospection => self.url_with_introspection.as_deref(),
        }
    }

    pub(crate) fn audience(&self) -> &str {
        &self.audience
    }

    /// The values of `WWW-Authenticate` that this server is to send for these challenges.
    pub(crate) fn challenge_lines(&self, challenges: &[String]) -> Vec<String> {
        match self.lines {
            ChallengeLines::Separate => challenges.to_vec(),
            ChallengeLines::Joined => vec![challenges.join(", ")],
        }
    }

    pub(crate) fn issuer(&self) -> &RunningIssuer {
        &self.issuer
    }

    /// The key that the authorization server publishes for an algorithm.
    pub(crate) fn key(&self, algorithm: Algorithm) -> &SigningKey {
        self.keys.iter().find(|key| key.algorithm() == algorithm).expect("a key for every algorithm")
    }
}

/// What the environment says under this name.
fn variable(name: &str) -> Option<String> {
    env::var(format!("BEARWARD_CONFORMANCE_{name}")).ok()
}

const AUDIENCE: &str = "https://api.example.com";

/// How a server under test authenticates where it asks about opaque tokens.
const API: &str = "api";
const API_SECRET: &str = "api-secret";

/// An authorization server with a key for every algorithm there is.
async fn authorization_server(port: u16) -> (RunningIssuer, Vec<SigningKey>) {
    let issuer = Issuer::builder().algorithms([Algorithm::Es256]).port(port);
    let issuer = issuer.protected_resource(ProtectedResource::new(API, API_SECRET)).start().await.unwrap();
    let rsa = SigningKey::generate(Algorithm::Rs256);
    let mut keys = vec![issuer.signing_key()];
    for algorithm in Algorithm::ASYMMETRIC.into_iter().filter(|algorithm| *algorithm != Algorithm::Es256) {
        // RSA keys take their time, and serve six algorithms.
        let key = rsa.clone().with_algorithm(algorithm);
        let key = key.unwrap_or_else(|_| SigningKey::generate(algorithm)).with_kid(algorithm.name());
        issuer.publish(key.clone());
        keys.push(key);
    }
    (issuer, keys)
}

fn with_nonces() -> DpopPolicy {
    DpopPolicy::accepted().nonces(DpopNonces::random().unwrap())
}

/// What protects the demo API in this process: as usual, with nonces, and with introspection.
fn servers(issuer: &RunningIssuer) -> [ResourceServer; 3] {
    let api = ClientAuthentication::secret_basic(API, API_SECRET);
    let asking = IssuerConfig::new(issuer.url()).introspection(Introspection::new(api));
    [
        server(IssuerConfig::new(issuer.url()), DpopPolicy::accepted()),
        server(IssuerConfig::new(issuer.url()), with_nonces()),
        server(asking, DpopPolicy::accepted()),
    ]
}

/// It believes a proxy at 127.0.0.1 more than the demo does.
fn server(issuer: IssuerConfig, dpop: DpopPolicy) -> ResourceServer {
    let server = ResourceServer::builder().issuer(issuer).audience(AUDIENCE).dpop(dpop);
    let server = bearward_cli::demo::with_implied_scopes(server);
    let headers = ProxyHeaders::none().x_forwarded_host().x_forwarded_proto();
    let headers = headers.client_certificate(CertificateHeader::ClientCert);
    server.trusted_proxies(["127.0.0.1"], headers).build().unwrap()
}
