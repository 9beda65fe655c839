//! The core with an opaque token that its issuer has vouched for.

use std::hint::black_box;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use bearward_core::engine::Fetch;
use bearward_core::trust::{ClientAuthentication, FetchAnswer, Introspection};
use bearward_core::{Credential, Engine, EngineConfig, IssuerConfig, Now, Route, Step};
use serde_json::Value;

/// An engine that knows one opaque token.
pub(crate) struct Opaque {
    engine: Engine,
    start: Instant,
    token: String,
}

impl Opaque {
    /// Asks about the token once, and takes `claims` for the answer.
    pub(crate) fn new(issuer: &str, audience: &str, token: &str, claims: &Value) -> Result<Self> {
        let introspection = Introspection::new(ClientAuthentication::secret_basic("api", "secret"))
            .endpoint(format!("{issuer}/introspect"));
        let engine = EngineConfig::new()
            .issuer(IssuerConfig::new(issuer).introspection(introspection))
            .audience(audience)
            .build()
            .context("Bearward's configuration")?;
        let opaque = Self { engine, start: Instant::now(), token: token.to_owned() };
        let Step::Fetch(fetch) = opaque.step()? else { bail!("nobody is asked") };
        let Fetch::Introspection(call) = *fetch else { bail!("nobody is asked") };
        let mut answer = claims.clone();
        answer["active"] = true.into();
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        let body = answer.to_string();
        let answer = FetchAnswer { status: StatusCode::OK, headers: &headers, body: body.as_bytes() };
        let _ = call.answered(answer, opaque.now()?)?;
        Ok(opaque)
    }

    /// From the token's text to an `AccessToken`, by what the issuer said.
    pub(crate) fn accept(&self) -> Result<()> {
        match self.step()? {
            Step::Done(Ok(token)) => {
                black_box(token);
                Ok(())
            }
            other => bail!("a token that is active was refused: {other:?}"),
        }
    }

    fn step(&self) -> Result<Step> {
        let rules = self.engine.credential_rules();
        let credential = Credential::from_token(black_box(&self.token), rules)?;
        Ok(self.engine.attempt(&credential, Route::open()).step(self.now()?))
    }

    fn now(&self) -> Result<Now> {
        Ok(Now::new(SystemTime::now().duration_since(UNIX_EPOCH)?, self.start.elapsed()))
    }
}
