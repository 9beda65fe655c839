//! A real authorization server, an API on a port of this machine, a client with a key, and what was answered.

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use bearward_axum::builder::ResourceServerBuilder;
use bearward_axum::{AuthInfo, Authorized, Failure, Protect, ResourceServer};
use bearward_issuer::{Algorithm, DpopKey, Issuer, ProofBuilder, RunningIssuer, TokenBuilder};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use reqwest::{Client, RequestBuilder};
use tokio::net::TcpListener;

pub(crate) const AUDIENCE: &str = "https://api.example.com";

/// What every DPoP challenge ends with.
const ALGS: &str = "algs=\"RS256 PS256 ES256 ES384 ES512 EdDSA Ed25519\"";

/// In this header the API under test says which failure it had.
const CODE: &str = "failure-code";

pub(crate) type Builder = ResourceServerBuilder;

pub(crate) struct Scene {
    pub(crate) issuer: RunningIssuer,
    pub(crate) key: DpopKey,
    pub(crate) http: Client,
    pub(crate) address: SocketAddr,
}

impl Scene {
    /// An API with one protected path, `/`, and these settings.
    pub(crate) async fn with(configure: impl FnOnce(Builder) -> Builder) -> Self {
        Self::of(configure, |api| Router::new().route("/", get(info).post(info)).layer(api.layer())).await
    }

    pub(crate) async fn of(
        configure: impl FnOnce(Builder) -> Builder,
        routes: impl FnOnce(&ResourceServer) -> Router,
    ) -> Self {
        let issuer = Issuer::builder().algorithms([Algorithm::Es256]).start().await.unwrap();
        let builder = ResourceServer::builder().audience(AUDIENCE).issuer(issuer.url());
        let api = configure(builder).build().unwrap();
        let app = routes(&api).layer(axum::middleware::map_response(tell_code));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = app.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        Self { issuer, key: DpopKey::generate(Algorithm::Es256), http: Client::new(), address }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn mint(&self) -> TokenBuilder {
        self.issuer.mint().audience(AUDIENCE)
    }

    /// A token that is bound to the client's key.
    pub(crate) fn bound(&self) -> String {
        self.mint().bound_to_key(self.key.thumbprint()).sign()
    }

    /// A right proof for `GET` of a path of this API.
    pub(crate) fn proof(&self, path: &str, token: &str) -> ProofBuilder {
        self.proof_for(&self.url(path), token)
    }

    /// A proof for `GET` of any URL.
    pub(crate) fn proof_for(&self, url: &str, token: &str) -> ProofBuilder {
        self.key.proof("GET", url).access_token(token)
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, self.url(path))
    }

    /// `GET` of a path with a token and a proof under the scheme `DPoP`.
    pub(crate) fn get(&self, path: &str, token: &str, proof: &str) -> RequestBuilder {
        let request = self.request(Method::GET, path).header("authorization", format!("DPoP {token}"));
        request.header("dpop", proof)
    }

    pub(crate) async fn ask(&self, path: &str, token: &str, proof: &str) -> Answer {
        Answer::to(self.get(path, token, proof)).await
    }
}

pub(crate) async fn info(Authorized(token): Authorized) -> Json<AuthInfo> {
    Json(token.info())
}

/// Says whether there was a token, and who the peer was, to see that the address is known.
pub(crate) async fn greet(peer: ConnectInfo<SocketAddr>, token: Option<Authorized>) -> String {
    assert!(peer.ip().is_loopback());
    token.map_or("stranger", |_| "known").to_owned()
}

async fn tell_code(mut response: Response) -> Response {
    if let Some(failure) = response.extensions().get::<Failure>() {
        let code = HeaderValue::from_static(failure.code());
        response.headers_mut().insert(CODE, code);
    }
    response
}

/// Under which scheme a refusal's error is to stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blamed {
    Bearer,
    Dpop,
}

/// A refusal to the letter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) blamed: Blamed,
    pub(crate) error: &'static str,
    pub(crate) description: &'static str,
    pub(crate) code: &'static str,
}

impl Refusal {
    /// 401 `invalid_dpop_proof`.
    pub(crate) const fn of_proof(code: &'static str, description: &'static str) -> Self {
        Self { status: 401, blamed: Blamed::Dpop, error: "invalid_dpop_proof", description, code }
    }

    /// 401 `invalid_token`.
    pub(crate) const fn of_token(blamed: Blamed, code: &'static str, description: &'static str) -> Self {
        Self { status: 401, blamed, error: "invalid_token", description, code }
    }

    fn challenges(&self) -> [String; 2] {
        let blame = format!(", error=\"{}\", error_description=\"{}\"", self.error, self.description);
        let of = |scheme| if self.blamed == scheme { blame.as_str() } else { "" };
        let (bearer, dpop) = (of(Blamed::Bearer), of(Blamed::Dpop));
        let mut challenges =
            [format!("Bearer realm=\"api\"{bearer}"), format!("DPoP realm=\"api\"{dpop}, {ALGS}")];
        if self.error == "use_dpop_nonce" {
            challenges.reverse();
        }
        challenges
    }
}

/// The URL of a proof is another.
pub(crate) const OTHER_URL: Refusal =
    Refusal::of_proof("proof_url_mismatch", "the DPoP proof is for another URL");
pub(crate) const REPLAYED: Refusal = Refusal::of_proof("proof_replayed", "the DPoP proof was used before");
pub(crate) const REPLAY_STORE_DOWN: (u16, &str, &str) = (
    503,
    "replay_store_unavailable",
    "this resource cannot check at the moment whether the DPoP proof is new",
);

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) async fn to(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        Self { status, headers, body: response.text().await.unwrap() }
    }

    pub(crate) fn code(&self) -> Option<&str> {
        self.headers.get(CODE).map(|code| code.to_str().unwrap())
    }

    pub(crate) fn challenges(&self) -> Vec<&str> {
        let values = self.headers.get_all("www-authenticate").iter();
        values.map(|value| value.to_str().unwrap()).collect()
    }

    pub(crate) fn nonce(&self) -> Option<&str> {
        self.headers.get("dpop-nonce").map(|nonce| nonce.to_str().unwrap())
    }

    #[track_caller]
    pub(crate) fn assert_passed(&self, case: &str) {
        assert_eq!((self.status.as_u16(), self.code()), (200, None), "{case}: {}", self.body);
        assert!(self.challenges().is_empty(), "{case}");
    }

    #[track_caller]
    pub(crate) fn assert_refused(&self, refusal: &Refusal, case: &str) {
        assert_eq!(self.code(), Some(refusal.code), "{case}: {}", self.body);
        assert_eq!(self.status.as_u16(), refusal.status, "{case}");
        assert_eq!(self.challenges(), refusal.challenges(), "{case}");
        self.assert_body(refusal.error, refusal.description, case);
    }

    /// Nobody is to blame: no challenge, and a time to come back.
    #[track_caller]
    pub(crate) fn assert_unavailable(&self, (status, code, description): (u16, &str, &str), case: &str) {
        assert_eq!((self.status.as_u16(), self.code()), (status, Some(code)), "{case}: {}", self.body);
        assert!(self.challenges().is_empty(), "{case}");
        assert_eq!(self.headers["retry-after"], "1", "{case}");
        self.assert_body("temporarily_unavailable", description, case);
    }

    #[track_caller]
    fn assert_body(&self, error: &str, description: &str, case: &str) {
        let body = format!("{{\"error\":\"{error}\",\"error_description\":\"{description}\"}}");
        assert_eq!(self.body, body, "{case}");
        assert_eq!(self.headers["content-type"], "application/json", "{case}");
        assert_eq!(self.headers["cache-control"], "no-store", "{case}");
    }
}
