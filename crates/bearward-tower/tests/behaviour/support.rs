//! A protected service in this process, and what it answered.

use bearward_issuer::{Algorithm, SigningKey, TokenBuilder};
use bearward_tower::bearward::builder::ResourceServerBuilder;
use bearward_tower::{AccessToken, Failure, IssuerConfig, ResourceServer};
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use std::convert::Infallible;
use std::sync::LazyLock;
use tower::{Service, ServiceExt};

use crate::refusal;

pub(crate) const ISSUER: &str = "https://issuer.example";
pub(crate) const AUDIENCE: &str = "https://api.example.com";

pub(crate) type Body = Full<Bytes>;

static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(Algorithm::Es256));

/// The settings of an API that has its keys already.
pub(crate) fn trusting() -> ResourceServerBuilder {
    let keys = KEY.public_jwk().to_string();
    ResourceServer::builder().audience(AUDIENCE).issuer(IssuerConfig::new(ISSUER).static_keys(keys))
}

pub(crate) fn mint() -> TokenBuilder {
    KEY.mint(ISSUER).audience(AUDIENCE)
}

/// Says who the token speaks for, and repeats the body.
pub(crate) async fn handler(request: Request<Body>) -> Result<Response<Body>, Infallible> {
    let token = request.extensions().get::<AccessToken>();
    let subject = token.map_or("nobody", |token| token.subject().unwrap_or("?")).to_owned();
    let body = request.into_body().collect().await?.to_bytes();
    Ok(Response::new(Full::from([subject.as_bytes(), b":", &body].concat())))
}

pub(crate) fn with_token(token: &str) -> Request<Body> {
    let request = Request::builder().header(AUTHORIZATION, format!("Bearer {token}"));
    request.body(Body::default()).unwrap()
}

pub(crate) fn without_token() -> Request<Body> {
    Request::new(Body::default())
}

/// What a service made of a request.
pub(crate) struct Answered {
    pub(crate) response: Response<Bytes>,
}

pub(crate) async fn ask<S>(service: &S, request: Request<Body>) -> Answered
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone,
{
    let response = service.clone().oneshot(request).await.unwrap();
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answered { response: Response::from_parts(head, body) }
}

impl Answered {
    #[track_caller]
    pub(crate) fn assert_passed(&self, body: &str) {
        let code = self.failure().map(Failure::code);
        assert_eq!((self.response.status().as_u16(), code), (200, None));
        assert_eq!(self.response.body(), body);
    }

    #[track_caller]
    pub(crate) fn assert_refused(&self, name: &str, case: &str) {
        let Some(failure) = self.failure() else { panic!("{case}: not refused with {name}") };
        let response = &self.response;
        let answer = (response.status(), response.headers(), &response.body()[..]);
        refusal::assert_refusal(name, failure.code(), answer, case);
    }

    pub(crate) fn failure(&self) -> Option<&Failure> {
        self.response.extensions().get()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name).map(|value| value.to_str().unwrap())
    }
}
