//! The core with an opaque token that its issuer has vouched for.

use std::hint::black_box;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use bearward_core::{
    ClientAuthentication, Credential, Engine, EngineConfig, Fetch, FetchAnswer, Introspection, IssuerConfig,
    Now, Outcome, Route,
};
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
        let Some(Fetch::Introspection(call)) = opaque.check()?.1 else { bail!("nobody is asked") };
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
        match self.check()?.0 {
            Outcome::Done(Ok(token)) => {
                black_box(token);
                Ok(())
            }
            other => bail!("a token that is active was refused: {other:?}"),
        }
    }

    fn check(&self) -> Result<(Outcome, Option<Fetch>)> {
        let rules = self.engine.credential_rules();
        let credential = Credential::from_token(black_box(&self.token), rules)?;
        let check = self.engine.check(&credential, Route::open(), self.now()?);
        Ok((check.outcome, check.fetch))
    }

    fn now(&self) -> Result<Now> {
        Ok(Now::new(SystemTime::now().duration_since(UNIX_EPOCH)?, self.start.elapsed()))
    }
}
