//! The replay store of one process.
//!
//! Entries are spread over shards, each behind its own lock. A shard knows its entries twice: as a set to find them in,
//! and by the second they expire in, to drop them. Every claim drops a few expired entries, so no claim pays for many
//! and no timer is needed.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::check::confirmation::{ReplayKey, ReplayOutcome};
use crate::memory::occupancy::Occupancy;
use crate::wire::time::NumericDate;

/// So many claims can be made at the same moment.
const SHARDS: usize = 16;

/// Expired entries dropped by each claim: more than the one it adds, so that drops keep up with claims.
const DROPPED_PER_CLAIM: usize = 4;

/// Half of a key tells keys apart as well: nobody finds a second input for 128 given bits, and whoever makes
/// two proofs of his own collide has only one of them refused.
type Entry = [u8; 16];

/// Remembers the proofs that one process accepted, bounded in memory.
///
/// An entry takes some 40 to 80 bytes.
pub struct MemoryReplayStore {
    shards: [Mutex<Shard>; SHARDS],
    /// Unlike the keys, a client cannot predict it, so it cannot single out a shard and fill it.
    spread: RandomState,
    held: AtomicUsize,
    max_held: usize,
}

/// A replay store has no place for another key, and every key it holds is live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplayStoreFull;

#[derive(Default)]
struct Shard {
    entries: HashSet<Entry>,
    /// The same entries by the second, since the epoch, from which on they need not be held.
    by_expiry: BTreeMap<u64, Vec<Entry>>,
    /// The latest second of `by_expiry` from which something was dropped.
    horizon: u64,
}

impl MemoryReplayStore {
    /// A store that holds so many entries and takes no memory before they come.
    #[must_use]
    pub fn new(max_entries: usize) -> Self {
        Self {
            shards: Default::default(),
            spread: RandomState::new(),
            held: AtomicUsize::new(0),
            max_held: max_entries,
        }
    }

    /// Claims the key of a proof that is not accepted any more from `expires_at` on.
    ///
    /// # Errors
    /// When the store is full and nothing in it has expired. Nothing was claimed then.
    pub fn claim(
        &self,
        key: ReplayKey,
        expires_at: NumericDate,
        now: NumericDate,
    ) -> Result<ReplayOutcome, ReplayStoreFull> {
        if expires_at <= now {
            return Ok(ReplayOutcome::Replayed);
        }
        let entry = entry(key);
        let expiry = expires_at.whole_second_after();
        let mut shard = self.shard(self.place(&entry));
        self.release(shard.drop_expired(now, DROPPED_PER_CLAIM));
        if shard.may_know(&entry, expiry) {
            return Ok(ReplayOutcome::Replayed);
        }
        if !self.reserve() {
            drop(shard);
            self.reserve_what_expired(now)?;
            shard = self.shard(self.place(&entry));
            // The lock was free in between.
            if shard.may_know(&entry, expiry) {
                self.release(1);
                return Ok(ReplayOutcome::Replayed);
            }
        }
        shard.insert(entry, expiry);
        Ok(ReplayOutcome::Granted)
    }

    /// How many entries are held now, those that expired and were not dropped yet included, and how many may be.
    #[must_use]
    pub fn occupancy(&self) -> Occupancy {
        Occupancy::new(self.held.load(Ordering::Relaxed), self.max_held)
    }

    fn place(&self, entry: &Entry) -> usize {
        self.spread.hash_one(entry) as usize % SHARDS
    }

    fn shard(&self, place: usize) -> MutexGuard<'_, Shard> {
        // No holder of the lock runs foreign code; and refusing all claims for ever would not help.
        self.shards[place].lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reserve(&self) -> bool {
        let one_more = |held| (held < self.max_held).then_some(held + 1);
        self.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).is_ok()
    }

    fn release(&self, entries: usize) {
        if entries > 0 {
            self.held.fetch_sub(entries, Ordering::Relaxed);
        }
    }

    /// Reserves a place in a full store, where any shard has one to give up.
    fn reserve_what_expired(&self, now: NumericDate) -> Result<(), ReplayStoreFull> {
        for place in 0..SHARDS {
            self.release(self.shard(place).drop_expired(now, DROPPED_PER_CLAIM));
            if self.reserve() {
                return Ok(());
            }
        }
        Err(ReplayStoreFull)
    }
}

impl Shard {
    /// Whether the entry is held, or would have been dropped if it ever was: a calendar that was stepped
    /// forward for a while must not make room for replays once it is stepped back.
    fn may_know(&self, entry: &Entry, expiry: u64) -> bool {
        expiry <= self.horizon || self.entries.contains(entry)
    }

    fn insert(&mut self, entry: Entry, expiry: u64) {
        self.entries.insert(entry);
        self.by_expiry.entry(expiry).or_default().push(entry);
    }

    fn drop_expired(&mut self, now: NumericDate, most: usize) -> usize {
        let mut dropped = 0;
        while dropped < most {
            let Some(mut first) = self.by_expiry.first_entry() else { break };
            if !is_over(*first.key(), now) {
                break;
            }
            self.horizon = self.horizon.max(*first.key());
            match first.get_mut().pop() {
                Some(entry) => {
                    self.entries.remove(&entry);
                    dropped += 1;
                }
                None => drop(first.remove()),
            }
        }
        dropped
    }
}

impl fmt::Debug for MemoryReplayStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryReplayStore")
            .field("held", &self.held)
            .field("max_held", &self.max_held)
            .finish_non_exhaustive()
    }
}

fn entry(key: ReplayKey) -> Entry {
    let mut entry = Entry::default();
    entry.copy_from_slice(&key.as_bytes()[..16]);
    entry
}

/// Whether the whole second is not after now.
fn is_over(second: u64, now: NumericDate) -> bool {
    second <= now.seconds() as u64
}

#[cfg(test)]
impl MemoryReplayStore {
    /// Bytes set aside for entries, spare room included, as the standard library's collections count them.
    pub(super) fn bytes(&self) -> usize {
        let one = |shard: usize| {
            let shard = self.shard(shard);
            // One control byte for each place of the set.
            let set = shard.entries.capacity() * (size_of::<Entry>() + 1) * 8 / 7;
            let lists = shard.by_expiry.values().map(|list| list.capacity() * size_of::<Entry>() + 64);
            set + lists.sum::<usize>()
        };
        (0..SHARDS).map(one).sum()
    }

    /// Entries in each shard, in the set and in the lists.
    pub(super) fn counts(&self) -> Vec<(usize, usize)> {
        let one = |shard: usize| {
            let shard = self.shard(shard);
            (shard.entries.len(), shard.by_expiry.values().map(Vec::len).sum())
        };
        (0..SHARDS).map(one).collect()
    }
}

impl fmt::Display for ReplayStoreFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the replay store is full of live entries")
    }
}

impl std::error::Error for ReplayStoreFull {}

#[cfg(test)]
mod tests;
