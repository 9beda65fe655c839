//! The core with tokens that are bound to a client's key, each request with a proof of its own.

use std::hint::black_box;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderName};
use bearward_core::check::{ReplayKey, ReplayOutcome};
use bearward_core::memory::MemoryReplayStore;
use bearward_core::request::{Connection, Sender};
use bearward_core::wire::NumericDate;
use bearward_core::{Credential, Engine, EngineConfig, IssuerConfig, Now, Route, Step};
use serde_json::json;

use crate::token::SigningKey;

/// The head of a request.
pub(crate) struct Request(HeaderMap);

impl Request {
    pub(crate) fn new(token: &str, proof: &str) -> Result<Self> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, format!("DPoP {token}").parse()?);
        headers.insert(HeaderName::from_static("dpop"), proof.parse()?);
        Ok(Self(headers))
    }
}

/// An engine and the clocks that an adapter would read for it.
pub(crate) struct Bound {
    engine: Engine,
    start: Instant,
}

impl Bound {
    pub(crate) fn new(issuer: &str, audience: &str, origin: &str, key: &SigningKey) -> Result<Self> {
        let keys = json!({ "keys": [key.jwk()] }).to_string();
        let config = EngineConfig::new()
            .issuer(IssuerConfig::new(issuer).static_keys(keys))
            .audience(audience)
            .public_origin(origin);
        Ok(Self { engine: config.build().context("Bearward's configuration")?, start: Instant::now() })
    }

    /// From a request's headers to an `AccessToken`, the proof remembered.
    pub(crate) fn accept(&self, request: &Request) -> Result<()> {
        let headers = black_box(&request.0);
        let credential = Credential::extract(headers, None, None, self.engine.credential_rules())?
            .context("no credential")?;
        let sender = Sender::new("GET", "/api/private", headers, Connection::unknown());
        let now = Now::new(SystemTime::now().duration_since(UNIX_EPOCH)?, self.start.elapsed());
        let credential = credential.sent_by(sender);
        match self.engine.attempt(&credential, Route::open()).step(now) {
            Step::Done(Ok(token)) => {
                black_box(token);
                Ok(())
            }
            other => bail!("a good proof was refused: {other:?}"),
        }
    }
}

/// A store in which so many proofs are live, spread over five minutes as those of steady traffic are.
pub(crate) fn remember(entries: usize) -> Result<MemoryReplayStore> {
    let store = MemoryReplayStore::new(entries);
    let date = |seconds: f64| NumericDate::from_seconds(seconds).context("a date");
    let now = date(1_700_000_000.0)?;
    for number in 0..entries {
        let mut thumbprint = [0; 32];
        thumbprint[..8].copy_from_slice(&(number as u64).to_le_bytes());
        let expiry = date(1_700_000_001.0 + (number % 300) as f64)?;
        if store.claim(ReplayKey::of(&thumbprint, "jti"), expiry, now)? != ReplayOutcome::Granted {
            bail!("a new proof was refused");
        }
    }
    Ok(store)
}
