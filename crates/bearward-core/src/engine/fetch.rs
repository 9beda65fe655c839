//! What must be asked of an authorization server, as state machines that a driver with an HTTP client runs.
//!
//! ```text
//! request() ──▶ answered(..) ──▶ Next(another fetch) ──▶ …
//!                          ├──▶ Finished(outcome)
//!                          └──▶ Err(why): given up; the keys in hand go on serving
//! ```

use std::sync::Arc;

use crate::memory::introspection::IntrospectionCall;
use crate::trust::fetch_answer::FetchAnswer;
use crate::trust::fetch_outcome::{FetchError, FetchOutcome};
use crate::trust::fetch_request::FetchRequest;
use crate::trust::in_flight::InFlight;
use crate::trust::issuer::{Issuer, KeyFetch, KeyProgress};
use crate::wire::time::Now;

/// Something that must be asked of an authorization server.
///
/// Dropped before it finished, it lets the next request start another.
#[derive(Debug)]
#[non_exhaustive]
pub enum Fetch {
    /// An issuer's keys.
    Keys(KeyFetch),
    /// Whether a token is active.
    Introspection(IntrospectionCall),
}

/// How a flight goes on.
#[derive(Debug)]
#[must_use]
pub enum FetchProgress {
    /// With another fetch: this one brought what was wanted from it.
    Next(Fetch),
    /// With another fetch: the answer is of no use, and the same document may be at another place.
    Elsewhere {
        /// The fetch from there.
        next: Fetch,
        /// Why this answer is of no use.
        why: FetchError,
    },
    /// Not at all: what was wanted is there.
    Finished(FetchOutcome),
}

impl Fetch {
    /// What to ask.
    #[must_use]
    pub fn request(&self) -> &FetchRequest {
        match self {
            Self::Keys(fetch) => fetch.request(),
            Self::Introspection(call) => call.request(),
        }
    }

    /// Whose answer it is.
    #[must_use]
    pub fn issuer(&self) -> &Arc<Issuer> {
        match self {
            Self::Keys(fetch) => fetch.issuer(),
            Self::Introspection(call) => call.issuer(),
        }
    }

    /// What those wait for who share this: the same from one step of the fetch to the next.
    #[must_use]
    pub fn in_flight(&self) -> InFlight {
        match self {
            Self::Keys(fetch) => fetch.in_flight(),
            Self::Introspection(call) => call.in_flight(),
        }
    }

    /// Takes the answer.
    ///
    /// # Errors
    /// [`FetchError`] when the answer is of no use; the next attempt comes after a pause.
    pub fn answered(self, answer: FetchAnswer<'_>, now: Now) -> Result<FetchProgress, FetchError> {
        match self {
            Self::Keys(fetch) => fetch.answered(answer, now).map(Into::into),
            Self::Introspection(call) => call.answered(answer, now).map(FetchProgress::Finished),
        }
    }

    /// No answer came: the server could not be reached, was too slow, or said too much.
    pub fn failed(self, why: FetchError, now: Now) {
        match self {
            Self::Keys(fetch) => fetch.failed(why, now),
            Self::Introspection(call) => call.failed(why, now),
        }
    }
}

impl From<KeyFetch> for Fetch {
    fn from(fetch: KeyFetch) -> Self {
        Self::Keys(fetch)
    }
}

impl From<KeyProgress> for FetchProgress {
    fn from(progress: KeyProgress) -> Self {
        match progress {
            KeyProgress::Next(next) => Self::Next(next.into()),
            KeyProgress::Elsewhere { next, why } => Self::Elsewhere { next: next.into(), why },
            KeyProgress::Finished(outcome) => Self::Finished(outcome),
        }
    }
}
