//! A protected API on a port of this machine, and what it answered.

use std::sync::LazyLock;

use axum::response::Response;
use axum::{Json, Router};
use bearward_axum::builder::ResourceServerBuilder;
use bearward_axum::{AuthInfo, Authorized, Failure, IssuerConfig, ResourceServer};
use bearward_issuer::{Algorithm, SigningKey, TokenBuilder};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use reqwest::{Client, RequestBuilder};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::refusal;

pub(crate) const ISSUER: &str = "https://issuer.example";
pub(crate) const AUDIENCE: &str = "https://api.example.com";

/// In this header the API under test says which failure it had.
const CODE: &str = "failure-code";

static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(Algorithm::Es256));

static CLIENT: LazyLock<Client> = LazyLock::new(Client::new);

/// The settings of an API that has its keys already.
pub(crate) fn trusting() -> ResourceServerBuilder {
    let keys = KEY.public_jwk().to_string();
    ResourceServer::builder().audience(AUDIENCE).issuer(IssuerConfig::new(ISSUER).static_keys(keys))
}

pub(crate) fn mint() -> TokenBuilder {
    KEY.mint(ISSUER).audience(AUDIENCE)
}

pub(crate) async fn info(Authorized(token): Authorized) -> Json<AuthInfo> {
    Json(token.info())
}

/// A server that tells, for the tests alone, which failure it had.
pub(crate) struct Api {
    address: std::net::SocketAddr,
}

impl Api {
    pub(crate) async fn serve(app: Router) -> Self {
        let app = app.layer(axum::middleware::map_response(tell_code));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { address }
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        CLIENT.get(format!("http://{}{path}", self.address))
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        CLIENT.request(method, format!("http://{}{path}", self.address))
    }

    pub(crate) async fn ask(&self, path: &str, token: &str) -> Answer {
        Answer::of(self.get(path).bearer_auth(token)).await
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends these bytes on a connection of their own, and gives everything that comes back.
    pub(crate) async fn send_raw(&self, request: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect().await;
        // A server that refuses early may close before it has read all.
        let _ = stream.write_all(request.as_ref()).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8(answer).unwrap()
    }
}

async fn tell_code(mut response: Response) -> Response {
    if let Some(failure) = response.extensions().get::<Failure>() {
        let code = HeaderValue::from_static(failure.code());
        response.headers_mut().insert(CODE, code);
    }
    response
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        Self { status, headers, body: response.text().await.unwrap() }
    }

    pub(crate) fn code(&self) -> Option<&str> {
        self.headers.get(CODE).map(|code| code.to_str().unwrap())
    }

    #[track_caller]
    pub(crate) fn assert_passed(&self, case: &str) {
        assert_eq!((self.status.as_u16(), self.code()), (200, None), "{case}");
    }

    #[track_caller]
    pub(crate) fn assert_refused(&self, name: &str, case: &str) {
        let Some(code) = self.code() else { panic!("{case}: not refused with {name}: {}", self.status) };
        refusal::assert_refusal(name, code, (self.status, &self.headers, self.body.as_bytes()), case);
    }
}
