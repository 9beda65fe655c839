//! Outages to stage: which answer goes wrong, and how.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;

/// What a fault or a counter is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Endpoint {
    /// Both metadata documents.
    Metadata,
    /// The JWK Set.
    Jwks,
    /// The token endpoint.
    Token,
    /// The introspection endpoint.
    Introspection,
    /// The revocation endpoint.
    Revocation,
    /// Everything, unknown paths included.
    All,
}

/// What happens instead of the right answer.
///
/// The faults of length (`Dribble`, `Endless`, `Oversized`, `GzipBomb`) begin with the right answer and go on
/// with white space, which JSON allows: a client that reads to the end would accept them, so a refusal shows
/// that its limit was what refused.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Fault {
    /// Only this status, 100 to 999, with a short plain body. A value outside is answered as 500.
    Status(u16),
    /// 200 with a page of HTML, as a captive portal or a proxy gives.
    Html,
    /// The right answer, but this late.
    Slow {
        /// How late.
        delay: Duration,
    },
    /// The right answer, trickling for ever.
    Dribble {
        /// Bytes sent at each tick; at least one.
        bytes_per_tick: usize,
        /// Time between them.
        tick: Duration,
    },
    /// The right answer and then white space without end, as fast as it is read.
    Endless,
    /// 302 to this URL.
    Redirect(String),
    /// A small gzip body that expands to `expanded_bytes`.
    GzipBomb {
        /// Bytes after decompression.
        expanded_bytes: usize,
    },
    /// 200, `application/json`, and these bytes.
    Malformed(Vec<u8>),
    /// The connection is closed without an answer.
    Close,
    /// 200 with these bytes and this media type.
    Body {
        /// The body.
        bytes: Vec<u8>,
        /// The `Content-Type`.
        content_type: String,
    },
    /// The right answer filled up to this many bytes.
    Oversized {
        /// Bytes of the whole body.
        bytes: usize,
    },
}

impl Fault {
    /// 200 with this JSON.
    ///
    /// ```
    /// use bearward_issuer::Fault;
    ///
    /// let no_keys = Fault::json(&serde_json::json!({ "keys": [] }));
    /// # let _ = no_keys;
    /// ```
    pub fn json(body: &Value) -> Self {
        Self::Malformed(body.to_string().into_bytes())
    }
}

/// The faults waiting for their requests.
#[derive(Debug, Default)]
pub(crate) struct Staged {
    faults: Mutex<BTreeMap<Endpoint, Plan>>,
}

#[derive(Debug, Default)]
struct Plan {
    once: VecDeque<Fault>,
    always: Option<Fault>,
}

impl Staged {
    pub(crate) fn always(&self, endpoint: Endpoint, fault: Fault) {
        self.with(|faults| faults.entry(endpoint).or_default().always = Some(fault));
    }

    pub(crate) fn once(&self, endpoint: Endpoint, fault: Fault) {
        self.with(|faults| faults.entry(endpoint).or_default().once.push_back(fault));
    }

    pub(crate) fn clear(&self) {
        self.with(BTreeMap::clear);
    }

    /// What happens to a request to `endpoint`: what was staged once before what is staged for good, and what
    /// is staged for this endpoint before what is staged for all.
    pub(crate) fn next(&self, endpoint: Endpoint) -> Option<Fault> {
        self.with(|faults| {
            let once = [endpoint, Endpoint::All]
                .into_iter()
                .find_map(|staged| faults.get_mut(&staged)?.once.pop_front());
            once.or_else(|| {
                [endpoint, Endpoint::All].into_iter().find_map(|staged| faults.get(&staged)?.always.clone())
            })
        })
    }

    fn with<T>(&self, change: impl FnOnce(&mut BTreeMap<Endpoint, Plan>) -> T) -> T {
        change(&mut self.faults.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// How many requests came, counted when their head has arrived.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    metadata: AtomicU64,
    jwks: AtomicU64,
    token: AtomicU64,
    introspection: AtomicU64,
    revocation: AtomicU64,
    all: AtomicU64,
}

impl Counters {
    pub(crate) fn count(&self, endpoint: Endpoint) {
        self.all.fetch_add(1, Ordering::SeqCst);
        if endpoint != Endpoint::All {
            self.of(endpoint).fetch_add(1, Ordering::SeqCst);
        }
    }

    pub(crate) fn read(&self, endpoint: Endpoint) -> u64 {
        self.of(endpoint).load(Ordering::SeqCst)
    }

    fn of(&self, endpoint: Endpoint) -> &AtomicU64 {
        match endpoint {
            Endpoint::Metadata => &self.metadata,
            Endpoint::Jwks => &self.jwks,
            Endpoint::Token => &self.token,
            Endpoint::Introspection => &self.introspection,
            Endpoint::Revocation => &self.revocation,
            Endpoint::All => &self.all,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(fault: Option<Fault>) -> Option<u16> {
        match fault {
            Some(Fault::Status(status)) => Some(status),
            _ => None,
        }
    }

    #[test]
    fn once_goes_before_always_and_the_endpoint_before_all() {
        let staged = Staged::default();
        staged.always(Endpoint::All, Fault::Status(500));
        staged.always(Endpoint::Jwks, Fault::Status(501));
        staged.once(Endpoint::All, Fault::Status(502));
        staged.once(Endpoint::Jwks, Fault::Status(503));
        let answers: Vec<_> = (0..3).map(|_| status(staged.next(Endpoint::Jwks))).collect();
        assert_eq!(answers, [Some(503), Some(502), Some(501)]);
        assert_eq!(status(staged.next(Endpoint::Token)), Some(500));
        staged.clear();
        assert!(staged.next(Endpoint::Jwks).is_none());
    }
}
