//! Issuers named at run time, by a function of the operator's.

use std::collections::HashSet;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bearward_core::IssuerConfig;

/// Says which further issuers are trusted: a tenant's, found in a database, for instance.
///
/// It is asked with the *unverified* `iss` of a token, and must look it up in an allowlist: whoever it
/// answers `Some` for may sign tokens. The answer is remembered for ten minutes, a `None` for half a minute.
///
/// Every `async` function of a `String` that answers so is one:
///
/// ```
/// use bearward::{IssuerConfig, ResolverError, ResourceServer};
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

/// The resolver could not find out. Holds the reason for the log.
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

/// The issuers that are being resolved: each by one request, for which the others wait.
#[derive(Debug, Default)]
pub(crate) struct Resolving(Mutex<HashSet<String>>);

impl Resolving {
    /// `None` when another request is at it already.
    pub(crate) fn begin(&self, issuer: &str) -> Option<ResolvingOne<'_>> {
        self.set().insert(issuer.to_owned()).then(|| ResolvingOne { all: self, issuer: issuer.to_owned() })
    }

    fn set(&self) -> MutexGuard<'_, HashSet<String>> {
        // Each holder makes one change, so a poisoned lock guards a whole set.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One issuer being resolved, until it is dropped.
pub(crate) struct ResolvingOne<'r> {
    all: &'r Resolving,
    issuer: String,
}

impl Drop for ResolvingOne<'_> {
    fn drop(&mut self) {
        self.all.set().remove(&self.issuer);
    }
}
