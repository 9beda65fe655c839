//! Issuers named at run time, by a function of the operator's.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bearward_core::IssuerConfig;

/// Says which further issuers are trusted: a tenant's, found in a database, for instance.
///
/// It is asked with the *unverified* `iss` of a token, and must look it up in an allowlist: whoever it
/// answers `Some` for may sign tokens. The answer is remembered for ten minutes, a `None` for half a minute.
/// It has as long as a fetch ([`Limits::fetch_timeout`](bearward_core::trust::Limits)); while it fails, or panics, requests are
/// answered 503.
///
/// Every `async` function of a `String` that answers so is one:
///
/// ```
/// use bearward::{IssuerConfig, ResourceServer};
/// use bearward::resolver::ResolverError;
///
/// async fn tenant(issuer: String) -> Result<Option<IssuerConfig>, ResolverError> {
///     let known = issuer == "https://acme.example/";
///     Ok(known.then(|| IssuerConfig::new(issuer)))
/// }
///
/// let api = ResourceServer::builder()
///     .issuer_resolver(tenant)
///     .audience("https://api.example.com")
///     .build()?;
/// # Ok::<(), bearward::ConfigError>(())
/// ```
pub trait IssuerResolver: Send + Sync + 'static {
    /// The configuration of this issuer, or `None` when it is not to be trusted.
    ///
    /// # Errors
    /// When it cannot be known at the moment: the request is answered 503.
    fn resolve(
        &self,
        unverified_issuer: String,
    ) -> Pin<Box<dyn Future<Output = Result<Option<IssuerConfig>, ResolverError>> + Send + '_>>;
}

/// The resolver could not find out. Holds the reason for the log, in the operator's own words: they must tell nothing
/// that the log may not hold. URLs in them are logged without credentials and values of parameters.
#[derive(Debug)]
pub struct ResolverError(Box<dyn std::error::Error + Send + Sync>);

impl ResolverError {
    /// A failure with its reason.
    pub fn new(reason: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for ResolverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for ResolverError {}

impl<F, Fut> IssuerResolver for F
where
    F: Fn(String) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Option<IssuerConfig>, ResolverError>> + Send + 'static,
{
    fn resolve(
        &self,
        unverified_issuer: String,
    ) -> Pin<Box<dyn Future<Output = Result<Option<IssuerConfig>, ResolverError>> + Send + '_>> {
        Box::pin(self(unverified_issuer))
    }
}

/// How long a failed resolution is remembered, so that those who waited for it do not each try again.
const FAILURE: Duration = Duration::from_secs(1);

/// Most issuers remembered at a time: a client with made-up issuers cannot fill the memory.
const MOST: usize = 1000;

/// The issuers that are being resolved: each by one request, for which the others wait.
#[derive(Debug, Default)]
pub(crate) struct Resolving(Mutex<HashMap<String, Stage>>);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Stage {
    Under,
    /// Until this uptime.
    Failed(Duration),
}

/// What a request that wants an issuer resolved is to do.
pub(crate) enum Turn<'r> {
    /// Resolve it.
    Ours(ResolvingOne<'r>),
    /// Wait for the one who does.
    Theirs,
    /// Give up: it has just failed, or too many are under way.
    Unavailable,
}

impl Resolving {
    pub(crate) fn turn(&self, issuer: &str, uptime: Duration) -> Turn<'_> {
        let mut map = self.map();
        match map.get(issuer) {
            Some(Stage::Under) => return Turn::Theirs,
            Some(Stage::Failed(until)) if uptime < *until => return Turn::Unavailable,
            _ => {}
        }
        map.retain(|_, stage| !matches!(stage, Stage::Failed(until) if uptime >= *until));
        if map.len() >= MOST {
            return Turn::Unavailable;
        }
        map.insert(issuer.to_owned(), Stage::Under);
        Turn::Ours(ResolvingOne { all: self, issuer: issuer.to_owned() })
    }

    /// Whether somebody is resolving this issuer.
    pub(crate) fn is_under_way(&self, issuer: &str) -> bool {
        self.map().get(issuer) == Some(&Stage::Under)
    }

    fn map(&self) -> MutexGuard<'_, HashMap<String, Stage>> {
        // Each holder makes one change, so a poisoned lock guards a whole map.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One issuer being resolved, until it is dropped.
pub(crate) struct ResolvingOne<'r> {
    all: &'r Resolving,
    issuer: String,
}

impl ResolvingOne<'_> {
    /// Remembers for a moment that it could not be resolved.
    pub(crate) fn failed(&self, uptime: Duration) {
        self.all.map().insert(self.issuer.clone(), Stage::Failed(uptime.saturating_add(FAILURE)));
    }
}

impl Drop for ResolvingOne<'_> {
    fn drop(&mut self) {
        let mut map = self.all.map();
        if map.get(&self.issuer) == Some(&Stage::Under) {
            map.remove(&self.issuer);
        }
    }
}
