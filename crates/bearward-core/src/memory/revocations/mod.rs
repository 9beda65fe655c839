//! The revocations of one process.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::check::revocation::{Revocation, RevocationEntry, RevocationKey, RevocationQuery};
use crate::memory::occupancy::Occupancy;
use crate::wire::time::NumericDate;

/// An expired entry is kept for so long, in seconds, while there is room: it takes effect again when the
/// calendar turns out to have been ahead.
const KEPT_LONGER: f64 = 2.0 * 3600.0;

/// Expired entries dropped by each revocation: more than the one it adds.
const DROPPED_PER_REVOCATION: usize = 4;

/// Refuses tokens before they expire, bounded in memory.
///
/// While nothing is revoked, asking it costs one atomic read.
pub struct RevocationList {
    held: RwLock<Held>,
    /// The number of entries, to be read without the lock.
    count: AtomicUsize,
    max_held: usize,
}

/// The list has no place for another revocation, and every one it holds is live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RevocationListFull;

#[derive(Default)]
struct Held {
    entries: HashMap<RevocationKey, Live>,
    /// The same keys, each with the second its entry expires in.
    by_expiry: BTreeSet<(u64, RevocationKey)>,
}

#[derive(Clone, Copy)]
struct Live {
    entry: RevocationEntry,
    expires_at: NumericDate,
}

impl RevocationList {
    /// A list that holds so many revocations and takes no memory before they come.
    #[must_use]
    pub fn new(max_entries: usize) -> Self {
        Self { held: RwLock::default(), count: AtomicUsize::new(0), max_held: max_entries }
    }

    /// Refuses these tokens until `expires_at`: the time by which the last of them has expired, so rather too
    /// late than too early. Where the key is revoked already, the stricter of both holds, until the later of
    /// both times.
    ///
    /// # Errors
    /// When the list is full of revocations that have not expired. The tokens are *not* refused then.
    pub fn revoke(
        &self,
        revocation: &Revocation,
        expires_at: NumericDate,
        now: NumericDate,
    ) -> Result<(), RevocationListFull> {
        let mut held = self.write();
        held.drop_expired(later(now, -KEPT_LONGER), DROPPED_PER_REVOCATION);
        let outcome = self.insert(&mut held, revocation, expires_at, now);
        self.count.store(held.entries.len(), Ordering::Release);
        outcome
    }

    /// Takes a revocation back, with any dates.
    pub fn lift(&self, revocation: &Revocation) {
        let mut held = self.write();
        held.remove(revocation.key());
        self.count.store(held.entries.len(), Ordering::Release);
    }

    /// Whether the token is revoked.
    #[must_use]
    pub fn is_revoked(&self, query: &RevocationQuery, now: NumericDate) -> bool {
        if self.is_empty() {
            return false;
        }
        let held = self.read();
        let found = query.keys().filter_map(|key| held.entries.get(key));
        query.is_revoked_by(found.filter(|found| now < found.expires_at).map(|found| found.entry))
    }

    /// Revocations held now, those that expired and were not dropped yet included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count.load(Ordering::Acquire)
    }

    pub(crate) fn occupancy(&self) -> Occupancy {
        Occupancy::new(self.len(), self.max_held)
    }

    /// Whether no revocation is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn insert(
        &self,
        held: &mut Held,
        revocation: &Revocation,
        expires_at: NumericDate,
        now: NumericDate,
    ) -> Result<(), RevocationListFull> {
        let key = revocation.key();
        let new = Live { entry: revocation.entry(), expires_at };
        let live = match held.entries.get(&key) {
            // What has expired narrows and widens nothing.
            Some(before) if now < before.expires_at => before.stricter(new),
            Some(_) => new,
            None if held.entries.len() < self.max_held => new,
            None => {
                held.drop_expired(now, DROPPED_PER_REVOCATION);
                if held.entries.len() >= self.max_held {
                    return Err(RevocationListFull);
                }
                new
            }
        };
        held.insert(key, live);
        Ok(())
    }

    fn read(&self) -> RwLockReadGuard<'_, Held> {
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Held> {
        // No holder of the lock runs foreign code, and a list that refuses to answer would refuse all tokens.
        self.held.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for RevocationList {
    /// A list of 100 000 revocations: as many as ten a second make within almost three hours, in some 20 MB.
    fn default() -> Self {
        Self::new(100_000)
    }
}

impl Held {
    fn insert(&mut self, key: RevocationKey, live: Live) {
        self.remove(key);
        self.entries.insert(key, live);
        self.by_expiry.insert((live.expires_at.whole_second_after(), key));
    }

    fn remove(&mut self, key: RevocationKey) {
        if let Some(live) = self.entries.remove(&key) {
            self.by_expiry.remove(&(live.expires_at.whole_second_after(), key));
        }
    }

    /// Drops entries that expired at this time or before.
    fn drop_expired(&mut self, time: NumericDate, most: usize) {
        for _ in 0..most {
            match self.by_expiry.first() {
                Some(&(second, key)) if second <= time.seconds() as u64 => self.remove(key),
                _ => return,
            }
        }
    }
}

impl Live {
    fn stricter(self, other: Self) -> Self {
        let expires_at = if self.expires_at < other.expires_at { other } else { self }.expires_at;
        Self { entry: self.entry.stricter(other.entry), expires_at }
    }
}

impl fmt::Debug for RevocationList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RevocationList")
            .field("held", &self.count)
            .field("max_held", &self.max_held)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for RevocationListFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the revocation list is full of live entries")
    }
}

impl std::error::Error for RevocationListFull {}

fn later(date: NumericDate, seconds: f64) -> NumericDate {
    NumericDate::from_seconds(date.seconds() + seconds).unwrap_or(date)
}

#[cfg(test)]
mod tests;
