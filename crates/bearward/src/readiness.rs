//! Waiting for keys: for those who want to fail at start, or to know which issuers can be served.

use std::fmt;
use std::sync::Arc;

use bearward_core::engine::Readiness;
use bearward_core::trust::{FetchError, Issuer, SkippedKey};
use bearward_core::wire::RedactedUrl;
use futures_util::StreamExt;
use futures_util::stream;
use tokio::runtime::Handle;

use crate::ResourceServer;
use crate::fetch::Failed;
use crate::waiting::Awaited;

/// So many issuers are fetched from at a time.
const MOST_AT_A_TIME: usize = 64;

/// The keys of some issuers are missing. Tokens of the others are served.
///
/// ```no_run
/// # async fn example(api: bearward::ResourceServer) -> Result<(), Box<dyn std::error::Error>> {
/// if let Err(not_ready) = api.ready().await {
///     if not_ready.ready.is_empty() {
///         return Err(not_ready.into()); // no token of any issuer could pass
///     }
///     eprintln!("serving {:?} only: {not_ready}", not_ready.ready);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotReady {
    /// The issuers whose keys are there, sorted.
    pub ready: Vec<String>,
    /// The others, at least one, sorted by the issuer.
    pub missing: Vec<IssuerNotReady>,
}

/// Why the tokens of one issuer cannot be verified.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IssuerNotReady {
    /// Whose keys are missing.
    pub issuer: String,
    /// What went wrong; `None` when another attempt has just failed and it is too early for the next, when no key of
    /// the set can be used, or when nothing can be fetched from here.
    pub why: Option<FetchError>,
    /// The keys of its set, if no key can be used.
    pub unusable_keys: Vec<SkippedKey>,
    /// The URL that was to be fetched, without credentials and values of parameters.
    pub url: Option<RedactedUrl>,
    /// What the HTTP client said: a refused connection, an unknown host, a certificate. URLs in it are redacted too.
    pub cause: Option<String>,
}

impl fmt::Display for NotReady {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, one) in self.missing.iter().enumerate() {
            write!(f, "{}{one}", if place == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

impl std::error::Error for NotReady {}

impl fmt::Display for IssuerNotReady {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no keys of issuer {:?}: ", self.issuer)?;
        match (&self.why, &*self.unusable_keys) {
            (Some(why), _) => why.fmt(f)?,
            (None, []) => f.write_str("they could not be fetched")?,
            (None, keys) => write!(f, "no key of its key set can be used: {}", SkippedKey::list(keys))?,
        }
        match (&self.url, &self.cause) {
            (Some(url), Some(cause)) => write!(f, " ({url}: {cause})"),
            (Some(url), None) => write!(f, " ({url})"),
            (None, Some(cause)) => write!(f, " ({cause})"),
            (None, None) => Ok(()),
        }
    }
}

impl std::error::Error for IssuerNotReady {}

impl IssuerNotReady {
    fn new(issuer: &Issuer) -> Self {
        Self {
            issuer: issuer.identifier().to_owned(),
            why: None,
            unusable_keys: Vec::new(),
            url: None,
            cause: None,
        }
    }

    fn because(issuer: &Issuer, cause: &str) -> Self {
        Self { cause: Some(cause.to_owned()), ..Self::new(issuer) }
    }
}

impl ResourceServer {
    /// Fetches the keys of every configured issuer, all at a time: for those who want to fail at start.
    ///
    /// # Errors
    /// [`NotReady`] names each issuer whose keys are not to be had, and those whose keys are there. The server can be
    /// used all the same, and goes on trying.
    pub async fn ready(&self) -> Result<(), NotReady> {
        // Collected first: with the closure in its type, this future could not be awaited in a handler of axum.
        let waits: Vec<_> = self.engine().issuers().map(|issuer| self.keys_of(issuer)).collect();
        let results: Vec<_> = stream::iter(waits).buffered(MOST_AT_A_TIME).collect().await;
        let (mut ready, mut missing) = (Vec::new(), Vec::new());
        for (issuer, result) in self.engine().issuers().zip(results) {
            match result {
                Ok(()) => ready.push(issuer.identifier().to_owned()),
                Err(one) => missing.push(one),
            }
        }
        ready.sort();
        missing.sort_by(|one: &IssuerNotReady, other| one.issuer.cmp(&other.issuer));
        if missing.is_empty() { Ok(()) } else { Err(NotReady { ready, missing }) }
    }

    async fn keys_of(&self, issuer: &Arc<Issuer>) -> Result<(), IssuerNotReady> {
        let failed = |failed: Failed| IssuerNotReady {
            why: Some(failed.why),
            url: Some(failed.url),
            cause: failed.cause,
            ..IssuerNotReady::new(issuer)
        };
        loop {
            if Handle::try_current().is_err() {
                let cause = "keys can only be fetched within a Tokio runtime";
                return Err(IssuerNotReady::because(issuer, cause));
            }
            match self.engine().readiness(issuer, self.now()) {
                Readiness::Ready => return Ok(()),
                Readiness::Refresh(fetch) => {
                    self.fetch_in_background(*fetch);
                    return Ok(());
                }
                Readiness::Fetch(fetch) => {
                    // A separate task: a caller that stops waiting must not cancel the fetch for all.
                    let ended = tokio::spawn(self.running(*fetch).finish()).await;
                    ended
                        .map_err(|gone| {
                            IssuerNotReady::because(issuer, &RedactedUrl::within(&gone.to_string()))
                        })?
                        .map_err(failed)?;
                }
                Readiness::Wait(in_flight) => {
                    if self.until_ended(&Awaited::Fetch(in_flight)).await.is_err() {
                        return Err(IssuerNotReady::because(issuer, "too many requests wait for them"));
                    }
                }
                Readiness::Unavailable { .. } => {
                    let keys = issuer.keys();
                    let unusable_keys = keys.map(|keys| keys.skipped().to_vec()).unwrap_or_default();
                    return Err(IssuerNotReady { unusable_keys, ..IssuerNotReady::new(issuer) });
                }
            }
        }
    }
}
