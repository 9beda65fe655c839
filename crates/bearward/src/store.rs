//! State that several processes share: the proofs that were used, what is revoked, what introspection said.
//!
//! One process does not need this: memory is the default. With several, a proof that one of them accepted must not pass
//! at another, so they ask one store. `bearward-redis` implements all three traits; a store of one's own implements
//! those it needs.
//!
//! A store that fails never lets anyone in: the request is answered 503, and the client tries again. One that panics,
//! before it gives a future or within it, has failed like one that answers with an error.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bearward_core::check::{ReplayKey, ReplayOutcome, RevocationEntry, RevocationQuery};
use bearward_core::memory::{MemoryReplayStore, ReplayStoreFull};
use bearward_core::wire::NumericDate;

/// What a store answers, in time.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Remembers DPoP proofs, so that each passes once (RFC 9449 §11.1).
pub trait ReplayStore: Send + Sync + 'static {
    /// Claims the key of a proof that was made at `created_at` (its `iat`) and is not accepted any more from
    /// `expires_at` on.
    ///
    /// Of any number of claims of a key, from any number of processes, exactly one is granted until the proof
    /// has expired: one atomic operation, never a look followed by a write. A key that is live is never
    /// forgotten, so a store that may have lost entries answers [`ReplayOutcome::Replayed`] or
    /// [`StoreError::Unavailable`] for the proofs they may have been of, which is what `created_at` is for.
    ///
    /// # Errors
    /// When the store is full of live keys, or cannot tell: the request is answered 503. The claim may have
    /// been made all the same, so it is not repeated: the client makes another proof.
    fn claim(
        &self,
        key: ReplayKey,
        created_at: NumericDate,
        expires_at: NumericDate,
        now: NumericDate,
    ) -> StoreFuture<'_, ReplayOutcome>;
}

/// Knows which tokens are refused although they have not expired.
pub trait RevocationStore: Send + Sync + 'static {
    /// The entries under the [keys](RevocationQuery::keys) of a token, in any order. It is asked with every request, so
    /// one round trip should do for all keys.
    ///
    /// # Errors
    /// When the store cannot tell: the request is answered 503.
    fn entries<'s>(&'s self, query: &'s RevocationQuery) -> StoreFuture<'s, Vec<RevocationEntry>>;
}

/// Keeps what introspection said about opaque tokens (RFC 7662 §4), so that one process asks for all.
///
/// The bytes are Bearward's own; the store gives back what it was given, or nothing. Claims about people are
/// among them: a store outside the process keeps them encrypted.
pub trait IntrospectionStore: Send + Sync + 'static {
    /// What was kept under the key, unless its time has passed.
    ///
    /// # Errors
    /// When the store cannot tell. The authorization server is asked then.
    fn find(&self, key: IntrospectionKey) -> StoreFuture<'_, Option<Vec<u8>>>;

    /// Keeps an answer for so long at most; the store may drop it earlier.
    ///
    /// # Errors
    /// When it was not kept, which only costs a call of the authorization server.
    fn keep(&self, key: IntrospectionKey, answer: Vec<u8>, ttl: Duration) -> StoreFuture<'_, ()>;
}

/// What an introspected token is stored under: a hash, so that no store holds a token that can be used.
///
/// `Display` writes 64 lowercase hexadecimal digits; `Debug` shows nothing of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct IntrospectionKey([u8; 32]);

/// Why a store has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreError {
    /// It has no place for another entry, and what it holds is live.
    Full,
    /// It cannot be reached, does not answer in time, or cannot vouch for what it lost. Holds the reason for the log, in
    /// the store's own words: they must tell nothing that the log may not hold.
    Unavailable(String),
}

impl IntrospectionKey {
    /// Takes a hash of the token (and of everything else that the answer depends on).
    #[must_use]
    pub const fn from_hash(hash: [u8; 32]) -> Self {
        Self(hash)
    }

    /// The hash.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl ReplayStore for MemoryReplayStore {
    fn claim(
        &self,
        key: ReplayKey,
        _created_at: NumericDate,
        expires_at: NumericDate,
        now: NumericDate,
    ) -> StoreFuture<'_, ReplayOutcome> {
        let outcome = Self::claim(self, key, expires_at, now);
        Box::pin(std::future::ready(outcome.map_err(StoreError::from)))
    }
}

impl<S: ReplayStore + ?Sized> ReplayStore for Arc<S> {
    fn claim(
        &self,
        key: ReplayKey,
        created_at: NumericDate,
        expires_at: NumericDate,
        now: NumericDate,
    ) -> StoreFuture<'_, ReplayOutcome> {
        (**self).claim(key, created_at, expires_at, now)
    }
}

impl<S: RevocationStore + ?Sized> RevocationStore for Arc<S> {
    fn entries<'s>(&'s self, query: &'s RevocationQuery) -> StoreFuture<'s, Vec<RevocationEntry>> {
        (**self).entries(query)
    }
}

impl<S: IntrospectionStore + ?Sized> IntrospectionStore for Arc<S> {
    fn find(&self, key: IntrospectionKey) -> StoreFuture<'_, Option<Vec<u8>>> {
        (**self).find(key)
    }

    fn keep(&self, key: IntrospectionKey, answer: Vec<u8>, ttl: Duration) -> StoreFuture<'_, ()> {
        (**self).keep(key, answer, ttl)
    }
}

impl From<ReplayStoreFull> for StoreError {
    fn from(_: ReplayStoreFull) -> Self {
        Self::Full
    }
}

impl fmt::Debug for IntrospectionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IntrospectionKey(..)")
    }
}

impl fmt::Display for IntrospectionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("the store is full"),
            Self::Unavailable(reason) => write!(f, "the store is not available: {reason}"),
        }
    }
}

impl std::error::Error for StoreError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: f64) -> NumericDate {
        NumericDate::from_seconds(seconds).unwrap()
    }

    #[tokio::test]
    async fn a_store_of_any_kind_is_one_type_behind_a_pointer() {
        let store: Arc<dyn ReplayStore> = Arc::new(Arc::new(MemoryReplayStore::new(1)));
        let claim = |jti| store.claim(ReplayKey::of(&[0; 32], jti), at(0.0), at(10.0), at(1.0));
        assert_eq!(claim("one").await, Ok(ReplayOutcome::Granted));
        assert_eq!(claim("one").await, Ok(ReplayOutcome::Replayed));
        assert_eq!(claim("two").await, Err(StoreError::Full));
    }

    #[test]
    fn an_introspection_key_shows_as_hexadecimal() {
        assert_eq!(IntrospectionKey::from_hash([0xab; 32]).to_string(), "ab".repeat(32));
    }
}
