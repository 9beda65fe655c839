//! The core as it meets requests that it refuses, and a resource server whose keys come slowly.

use std::hint::black_box;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode};
use bearward_axum::ResourceServer;
use bearward_core::engine::Fetch;
use bearward_core::request::{Connection, Sender};
use bearward_core::trust::{ClientAuthentication, FetchAnswer, Introspection};
use bearward_core::{Credential, Engine, EngineConfig, Failure, IssuerConfig, Now, Route, Step};

/// The head of a request.
pub(crate) struct Presented(HeaderMap);

impl Presented {
    pub(crate) fn new(authorization: &str) -> Result<Self> {
        Ok(Self(HeaderMap::from_iter([(AUTHORIZATION, authorization.parse()?)])))
    }

    pub(crate) fn with_proof(mut self, proof: &str) -> Result<Self> {
        self.0.insert(HeaderName::from_static("dpop"), proof.parse()?);
        Ok(self)
    }

    pub(crate) fn sent_twice(mut self) -> Self {
        if let Some(value) = self.0.get(AUTHORIZATION).cloned() {
            self.0.append(AUTHORIZATION, value);
        }
        self
    }
}

/// An engine with its keys in hand, and the clocks that an adapter would read for it.
pub(crate) struct Judge {
    engine: Engine,
    start: Instant,
}

/// Who is trusted, and for what.
#[derive(Clone, Copy)]
pub(crate) struct Trust<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) audience: &'a str,
    pub(crate) origin: &'a str,
    pub(crate) keys: &'a str,
}

impl Judge {
    pub(crate) fn new(trust: Trust<'_>) -> Result<Self> {
        Self::of(trust, IssuerConfig::new(trust.issuer).static_keys(trust.keys))
    }

    /// The issuer is asked about opaque tokens.
    pub(crate) fn asking(trust: Trust<'_>) -> Result<Self> {
        let introspection = Introspection::new(ClientAuthentication::secret_basic("api", "secret"))
            .endpoint(format!("{}/introspect", trust.issuer));
        let issuer = IssuerConfig::new(trust.issuer).static_keys(trust.keys).introspection(introspection);
        Self::of(trust, issuer)
    }

    fn of(trust: Trust<'_>, issuer: IssuerConfig) -> Result<Self> {
        let config = EngineConfig::new().issuer(issuer).audience(trust.audience).public_origin(trust.origin);
        Ok(Self { engine: config.build().context("Bearward's configuration")?, start: Instant::now() })
    }

    pub(crate) fn accept(&self, request: &Presented) -> Result<()> {
        match self.decide(request)? {
            Ok(()) => Ok(()),
            Err(code) => bail!("a good request was refused: {code}"),
        }
    }

    /// The code of the refusal.
    pub(crate) fn refuse(&self, request: &Presented) -> Result<&'static str> {
        match self.decide(request)? {
            Ok(()) => bail!("a bad request passed"),
            Err(code) => Ok(code),
        }
    }

    fn decide(&self, request: &Presented) -> Result<Result<(), &'static str>> {
        let headers = black_box(&request.0);
        let credential = match Credential::extract(headers, None, None, self.engine.credential_rules()) {
            Ok(Some(credential)) => credential,
            Ok(None) => return Ok(Err("credential_missing")),
            Err(error) => return Ok(Err(Failure::from(error).code())),
        };
        let sender = Sender::new("GET", "/api/private", headers, Connection::unknown());
        let credential = credential.sent_by(sender);
        let mut attempt = self.engine.attempt(&credential, Route::open());
        let step = match attempt.step(self.now()?) {
            Step::Fetch(fetch) => {
                let Fetch::Introspection(call) = *fetch else { bail!("keys are fetched") };
                let json = HeaderValue::from_static("application/json");
                let headers = HeaderMap::from_iter([(CONTENT_TYPE, json)]);
                let answer =
                    FetchAnswer { status: StatusCode::OK, headers: &headers, body: br#"{"active":false}"# };
                let _ = call.answered(answer, self.now()?)?;
                attempt.step(self.now()?)
            }
            step => step,
        };
        match step {
            Step::Done(Ok(token)) => {
                black_box(token);
                Ok(Ok(()))
            }
            Step::Done(Err(failure)) => Ok(Err(failure.code())),
            other => bail!("nothing was decided: {other:?}"),
        }
    }

    fn now(&self) -> Result<Now> {
        Ok(Now::new(SystemTime::now().duration_since(UNIX_EPOCH)?, self.start.elapsed()))
    }
}

/// So many requests that come at once, each with this token, and wait for keys; all must pass.
pub(crate) async fn wait_for_keys(issuer: &str, audience: &str, token: &str, requests: usize) -> Result<()> {
    let api = ResourceServer::builder().issuer(issuer).audience(audience).build().context("configuration")?;
    let waiting: Vec<_> = (0..requests)
        .map(|_| {
            let (api, authorization) = (api.clone(), format!("Bearer {token}"));
            tokio::spawn(async move {
                let request = Request::builder().uri("/").header(AUTHORIZATION, authorization).body(())?;
                api.authenticate(&request, Route::open()).await.context("a good token was refused")?;
                anyhow::Ok(())
            })
        })
        .collect();
    for one in waiting {
        one.await??;
    }
    Ok(())
}
