//! Calls to what the operator plugged in: the stores and the issuer resolver.
//!
//! A call comes to an answer, an error, no answer in time, or a panic. A panic is caught here and treated like an
//! error: the request is refused, the task that serves its connection lives on, and requests that wait for the same
//! answer get the failure. The panic hook has printed what happened; the payload may quote a claim, so it is dropped
//! unread.

use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;

use bearward_core::ConfigError;
use bearward_core::trust::Limits;
use bearward_core::wire::RedactedUrl;
use futures_util::FutureExt;
use tokio::runtime::Handle;
use tokio::time::timeout;

use crate::resolver::ResolverError;
use crate::store::StoreError;

/// Why a call brought no answer that can be used: for the log, and not for the client.
#[derive(Debug)]
pub(crate) struct Trouble {
    /// What was called.
    pub(crate) callee: &'static str,
    pub(crate) why: Why,
}

#[derive(Debug)]
pub(crate) enum Why {
    Store(StoreError),
    Resolver(ResolverError),
    /// The resolver's answer is not a configuration that works.
    Answer(ConfigError),
    Late,
    Panicked,
    /// Nothing can be awaited where the request is decided.
    NoRuntime,
}

impl Why {
    /// The stable name, in `snake_case`.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Store(StoreError::Full) => "store_full",
            Self::Store(StoreError::Unavailable(_)) => "store_unavailable",
            Self::Resolver(_) => "resolver_failed",
            Self::Answer(_) => "resolver_answer_unusable",
            Self::Late => "no_answer_in_time",
            Self::Panicked => "panicked",
            Self::NoRuntime => "no_runtime",
        }
    }

    /// Whether only a change of the program helps.
    pub(crate) const fn is_a_mistake(&self) -> bool {
        matches!(self, Self::Answer(_) | Self::Panicked | Self::NoRuntime)
    }
}

/// Asks a store, and does not wait for ever: a store should have its own timeout, but may not keep it.
pub(crate) async fn ask_store<T>(
    store: &'static str,
    call: impl Future<Output = Result<T, StoreError>>,
    limits: &Limits,
) -> Result<T, Trouble> {
    let trouble = |why| Trouble { callee: store, why };
    let call = caught(call);
    let answer = match Handle::try_current() {
        Err(_) => call.await,
        Ok(_) => timeout(limits.fetch_timeout, call).await.map_err(|_| trouble(Why::Late))?,
    };
    answer.map_err(trouble)?.map_err(|error| trouble(Why::Store(error)))
}

/// Asks the issuer resolver, for as long as a fetch may take.
pub(crate) async fn ask_resolver<T>(
    call: impl Future<Output = Result<T, ResolverError>>,
    limits: &Limits,
) -> Result<T, Trouble> {
    let trouble = |why| Trouble { callee: RESOLVER, why };
    let answer = timeout(limits.fetch_timeout, caught(call)).await.map_err(|_| trouble(Why::Late))?;
    answer.map_err(trouble)?.map_err(|error| trouble(Why::Resolver(error)))
}

pub(crate) const RESOLVER: &str = "the issuer resolver";

async fn caught<T>(call: impl Future<Output = T>) -> Result<T, Why> {
    // The call holds copies of what it needs; what it leaves half done is the operator's own.
    AssertUnwindSafe(call).catch_unwind().await.map_err(|_| Why::Panicked)
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { callee, why } = self;
        match why {
            // The operator's own words: they may quote the URL of a database.
            Why::Store(error) => write!(f, "{callee}: {}", RedactedUrl::within(&error.to_string())),
            Why::Resolver(error) => write!(f, "{callee} failed: {}", RedactedUrl::within(&error.to_string())),
            Why::Answer(error) => write!(f, "{callee}'s answer cannot be used: {error}"),
            Why::Late => write!(f, "{callee} did not answer in time"),
            Why::Panicked => write!(f, "{callee} panicked; the output of the panic hook says where"),
            Why::NoRuntime => write!(f, "{callee} can only be asked within a Tokio runtime"),
        }
    }
}
