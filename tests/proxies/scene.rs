//! An authorization server, an API, a proxy in front of it, and clients with certificates.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, process};

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use bearward_axum::request::{CertificateHeader, ProxyHeaders};
use bearward_axum::{Authorized, Failure, Protect, ResourceServer};
use bearward_issuer::{
    Algorithm, CertificateAuthority, ClientCertificate, DpopKey, Issuer, RunningIssuer, TokenBuilder,
};
use http::{HeaderName, HeaderValue};
use reqwest::{Certificate, Client, ClientBuilder, Identity, RequestBuilder};
use tokio::net::TcpListener;

use crate::proxy::{Kind, Proxy};
use crate::recipe::Recipe;

const AUDIENCE: &str = "https://api.example.com";
/// The host that the page's configurations serve.
pub(crate) const HOST: &str = "api.example.com";

/// Here the proxy is believed the certificate and nothing else, and no public origin is set.
pub(crate) const CERTIFICATES: &str = "/certificates";
/// Here, too, and the public origin is set.
pub(crate) const ORIGIN: &str = "/origin";
/// Here the proxy is believed the certificate, the host and the scheme.
pub(crate) const NAMED: &str = "/named";

pub(crate) const PATHS: [&str; 3] = [CERTIFICATES, ORIGIN, NAMED];

/// In this header the API says which failure it had.
const CODE: &str = "failure-code";

pub(crate) struct Scene {
    pub(crate) kind: Kind,
    issuer: RunningIssuer,
    authority: CertificateAuthority,
    server: Certificate,
    proxy: Proxy,
    pub(crate) key: DpopKey,
}

/// Who issued the certificates of clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Issued {
    ByTheAuthority,
    ByThemselves,
}

impl Scene {
    /// Waits until the proxy passes requests on.
    pub(crate) async fn behind(kind: Kind, recipe: &Recipe) -> Self {
        let issuer = Issuer::builder().algorithms([Algorithm::Es256]).start().await.unwrap();
        let api = serve(routes(kind, &issuer)).await;
        let authority = CertificateAuthority::generate();
        let own = rcgen::generate_simple_self_signed([HOST.to_owned()]).unwrap();
        let (pem, key) = (own.cert.pem(), own.signing_key.serialize_pem());
        let folder = new_folder();
        for (name, text) in [
            ("api.pem", pem.clone()),
            ("api.key", key.clone()),
            ("api-and-key.pem", format!("{pem}{key}")),
            ("clients-ca.pem", authority.pem()),
        ] {
            fs::write(folder.join(name), text).unwrap();
        }
        let server = Certificate::from_pem(pem.as_bytes()).unwrap();
        let proxy = Proxy::start(kind, recipe, folder, api);
        let key = DpopKey::generate(Algorithm::Es256);
        let mut scene = Self { kind, issuer, authority, server, proxy, key };
        scene.wait().await;
        scene
    }

    async fn wait(&mut self) {
        let (client, started) = (self.client(None), Instant::now());
        loop {
            let last = match self.get(&client, "/ready").send().await {
                Ok(answer) if answer.status() == 200 => return,
                Ok(answer) => answer.status().to_string(),
                Err(error) => format!("{error:?}"),
            };
            let state = self.proxy.state();
            assert!(started.elapsed() < Duration::from_secs(60), "{:?}: {last}\n{state}", self.kind);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    pub(crate) fn certificate(&self, issued: Issued) -> ClientCertificate {
        match issued {
            Issued::ByTheAuthority => self.authority.issue(),
            Issued::ByThemselves => ClientCertificate::generate(),
        }
    }

    /// A client that shows this certificate, over HTTP/1.1, where it may write more.
    pub(crate) fn client(&self, certificate: Option<&ClientCertificate>) -> Client {
        let client = self.any_client().http1_only();
        match certificate {
            Some(certificate) => {
                let pem = format!("{}{}", certificate.pem(), certificate.key_pem());
                client.identity(Identity::from_pem(pem.as_bytes()).unwrap())
            }
            None => client,
        }
        .build()
        .unwrap()
    }

    /// One without a certificate that speaks HTTP/2 where the proxy does.
    pub(crate) fn modern_client(&self) -> Client {
        self.any_client().build().unwrap()
    }

    fn any_client(&self) -> ClientBuilder {
        let client = Client::builder().tls_certs_only([self.server.clone()]).no_proxy();
        client.resolve(HOST, self.proxy.address)
    }

    /// `GET` of a path as clients of the public port send it: their `Host` has no port.
    pub(crate) fn get(&self, client: &Client, path: &str) -> RequestBuilder {
        self.get_from(client, path, HOST)
    }

    pub(crate) fn get_from(&self, client: &Client, path: &str, host: &str) -> RequestBuilder {
        client.get(format!("https://{HOST}:{}{path}", self.proxy.address.port())).header("host", host)
    }

    pub(crate) fn mint(&self) -> TokenBuilder {
        self.issuer.mint().audience(AUDIENCE)
    }

    /// `GET` of a path with a token that is bound to the client's key, and a new proof for this URL.
    pub(crate) fn proven(&self, client: &Client, path: &str, htu: &str) -> RequestBuilder {
        self.proven_from(client, path, HOST, htu)
    }

    pub(crate) fn proven_from(&self, client: &Client, path: &str, host: &str, htu: &str) -> RequestBuilder {
        let token = self.mint().bound_to_key(self.key.thumbprint()).sign();
        let proof = self.key.proof("GET", htu).access_token(&token).sign();
        let request = self.get_from(client, path, host);
        request.header("authorization", format!("DPoP {token}")).header("dpop", proof)
    }
}

/// What came back: the status, and the code of the API's failure. Both are absent where the proxy ended the connection.
pub(crate) type Answer = (Option<u16>, Option<String>);

pub(crate) const PASSED: (Option<u16>, Option<&str>) = (Some(200), None);

pub(crate) async fn send(request: RequestBuilder) -> Answer {
    let Ok(answer) = request.send().await else { return (None, None) };
    let code = answer.headers().get(CODE).map(|code| code.to_str().unwrap().to_owned());
    (Some(answer.status().as_u16()), code)
}

pub(crate) async fn assert_answer(
    request: RequestBuilder,
    expected: (Option<u16>, Option<&str>),
    case: &str,
) {
    let (status, code) = send(request).await;
    assert_eq!((status, code.as_deref()), expected, "{case}");
}

/// A request that the proxy itself may refuse, and the API must.
pub(crate) async fn assert_fails(request: RequestBuilder, case: &str) {
    let (status, code) = send(request).await;
    assert!(status.is_none_or(|status| (400..500).contains(&status)), "{case}: {status:?} {code:?}");
}

/// The setting that the page names for a proxy.
fn certificate_header(kind: Kind) -> CertificateHeader {
    match kind {
        Kind::Nginx => CertificateHeader::Pem(HeaderName::from_static("x-ssl-client-cert")),
        Kind::Caddy | Kind::Haproxy => CertificateHeader::ClientCert,
        Kind::Traefik => CertificateHeader::XForwardedTlsClientCert,
        Kind::Envoy => CertificateHeader::XForwardedClientCert,
    }
}

fn routes(kind: Kind, issuer: &RunningIssuer) -> Router {
    let certificates = ProxyHeaders::none().client_certificate(certificate_header(kind));
    let everything = certificates.clone().x_forwarded_host().x_forwarded_proto();
    let builder = |headers| {
        let builder = ResourceServer::builder().issuer(issuer.url()).audience(AUDIENCE);
        builder.trusted_proxies(["127.0.0.1"], headers)
    };
    let apis = [
        (CERTIFICATES, builder(certificates.clone())),
        (ORIGIN, builder(certificates).public_origin(&format!("https://{HOST}"))),
        (NAMED, builder(everything)),
    ];
    let mut routes = Router::new().route("/ready", get(|| async {}));
    for (path, builder) in apis {
        let api = builder.build().unwrap();
        routes = routes.merge(Router::new().route(path, get(|_: Authorized| async {})).layer(api.layer()));
    }
    routes.layer(axum::middleware::map_response(tell_code))
}

async fn tell_code(mut response: Response) -> Response {
    if let Some(failure) = response.extensions().get::<Failure>() {
        let code = HeaderValue::from_static(failure.code());
        response.headers_mut().insert(CODE, code);
    }
    response
}

async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    address
}

fn new_folder() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder = env::temp_dir().join(format!("bearward-proxy-{}-{number}", process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
}
