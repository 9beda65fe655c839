//! The verified-token cache: the same token arrives thousands of times, and its signature need not be checked
//! again.
//!
//! 1. An entry is found by the whole token: a seeded hash leads to it, a full comparison decides.
//! 2. Only validated tokens enter, so nobody fills the cache without an authorization server's help; a
//!    refused token is not remembered.
//! 3. Number and bytes are bounded. When a bound or a set of slots is full, a token that has run out gives way, else
//!    one that was not used of late; but that only to a token that comes for the second time: one that is used once
//!    must not push out one that is used all day.
//! 4. Finding and storing take no lock. To find a token writes to nothing that other threads write to: what it gives
//!    out is counted by the place of the thread.
//!
//! Does not check: whether a found token still holds. The caller looks at its key, and at its time claims
//! (`check::validation::time`), on every hit; requirements and proofs of possession are never cached.

mod set;

use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use foldhash::SharedSeed;
use foldhash::quality::FoldHasher;

use self::set::{EMPTY, Entry, Set, Slot, WAYS};
use crate::check::validation::{Pointer, Validated, ValidatedToken};
use crate::memory::occupancy::Occupancy;
use crate::trust::limits::Limits;
use crate::wire::time::NumericDate;

/// Slots for each token that may be held: with room to spare, hardly a set overflows before the cache is full.
const ROOM: usize = 2;

/// What each token takes, with the counters of all places.
const LEAST_WEIGHT: usize = size_of::<Validated>() + Entry::MAX_BYTES;

pub(crate) struct TokenCache {
    sets: Box<[Set]>,
    seed: SharedSeed,
    hasher_seed: u64,
    held: AtomicUsize,
    max_held: usize,
    bytes: AtomicUsize,
    max_bytes: usize,
    /// Where the next search for a slot to empty starts.
    hand: AtomicUsize,
    tosses: AtomicUsize,
}

impl TokenCache {
    pub(crate) fn new(limits: &Limits) -> Self {
        // The standard library's seeds are the operating system's random bytes.
        let seed = || RandomState::new().hash_one(EMPTY);
        // No token weighs less than the fixed part of its entry: more slots than that would stay empty, and a
        // number chosen to mean "as many as fit" must not be allocated.
        let max_held = limits.max_cached_tokens.min(limits.max_cached_token_bytes / LEAST_WEIGHT);
        let sets = max_held.saturating_mul(ROOM).div_ceil(WAYS);
        Self {
            sets: (0..sets).map(|_| Set::default()).collect(),
            seed: SharedSeed::from_u64(seed()),
            hasher_seed: seed(),
            held: AtomicUsize::new(0),
            max_held,
            bytes: AtomicUsize::new(0),
            max_bytes: limits.max_cached_token_bytes,
            hand: AtomicUsize::new(0),
            tosses: AtomicUsize::new(0),
        }
    }

    pub(crate) fn find(&self, compact: &str) -> Option<ValidatedToken> {
        let hash = self.hash(compact);
        for slot in self.set_of(hash)?.slots_with(hash) {
            let entry = slot.entry.load();
            if let Some(found) = entry.as_ref().filter(|found| *found.compact == *compact) {
                if !slot.used.load(Ordering::Relaxed) {
                    slot.used.store(true, Ordering::Relaxed);
                }
                return Some(ValidatedToken::cached(Pointer::OfPlace(found.pointer())));
            }
        }
        None
    }

    /// Takes in a validated token, or notes that it came.
    pub(crate) fn store(&self, token: &ValidatedToken, now: NumericDate) {
        let content = token.content();
        let hash = self.hash(&content.compact);
        let weight = weight(content);
        let Some(set) = self.set_of(hash) else { return };
        if weight > self.max_bytes {
            return;
        }
        let dead = set.dead_slot(now.seconds() as u32);
        let takes_in = self.has_room(set, hash, weight) || dead.is_some();
        if !takes_in && !set.is_second_visit(hash, self.toss()) {
            return;
        }
        self.held.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(weight, Ordering::Relaxed);
        let slot = self.slot_to_fill(set, hash, dead);
        self.account_for(slot.entry.swap(Some(Arc::new(Entry::new(token.shared_content())))));
        slot.hash.store(hash, Ordering::Relaxed);
        slot.end.store(token.end().map_or(u32::MAX, |end| end.seconds().ceil() as u32), Ordering::Relaxed);
        slot.used.store(false, Ordering::Relaxed);
        self.shrink_to_bounds(slot);
    }

    /// Whether no other token has to give way to this one.
    fn has_room(&self, set: &Set, hash: u64, weight: usize) -> bool {
        let has = |hash| set.slots_with(hash).next().is_some();
        let is_within_bounds = self.held.load(Ordering::Relaxed) < self.max_held
            && self.bytes.load(Ordering::Relaxed).saturating_add(weight) <= self.max_bytes;
        has(hash) || (is_within_bounds && has(EMPTY))
    }

    /// Empties the slot of a token that does not hold any more.
    pub(crate) fn forget(&self, token: &ValidatedToken) {
        let content = token.content();
        let set = self.set_of(self.hash(&content.compact));
        for slot in set.into_iter().flat_map(Set::slots) {
            let current = slot.entry.load();
            if current.as_ref().is_some_and(|found| std::ptr::eq(&***found, content)) {
                self.empty(slot);
            }
        }
    }

    fn set_of(&self, hash: u64) -> Option<&Set> {
        // The high bits of the product spread the hash over the sets without a division.
        let place = ((u128::from(hash) * self.sets.len() as u128) >> 64) as usize;
        self.sets.get(place)
    }

    /// The slot of the same token, else that of a dead one, else an empty one, else one that was not used since the
    /// last search.
    fn slot_to_fill<'s>(&self, set: &'s Set, hash: u64, dead: Option<Slot<'s>>) -> Slot<'s> {
        if let Some(slot) = set.slots_with(hash).chain(dead).chain(set.slots_with(EMPTY)).next() {
            return slot;
        }
        let start = self.hand.fetch_add(1, Ordering::Relaxed);
        let turn = |step: usize| set.slot(start.wrapping_add(step));
        let idle = (0..WAYS).map(turn).find(|slot| !slot.used.swap(false, Ordering::Relaxed));
        idle.unwrap_or_else(|| turn(0))
    }

    /// Empties slots but this one, rather those that were not used of late, until number and bytes are within
    /// bounds.
    fn shrink_to_bounds(&self, filled: Slot<'_>) {
        let slots = self.sets.len() * WAYS;
        for step in 0..slots * 2 {
            let within = self.held.load(Ordering::Relaxed) <= self.max_held
                && self.bytes.load(Ordering::Relaxed) <= self.max_bytes;
            if within {
                return;
            }
            let place = self.hand.fetch_add(1, Ordering::Relaxed) % slots;
            let slot = self.sets[place / WAYS].slot(place);
            if std::ptr::eq(slot.entry, filled.entry) {
                continue;
            }
            // After one whole turn every slot is as good as another.
            if !slot.used.swap(false, Ordering::Relaxed) || step >= slots {
                self.empty(slot);
            }
        }
    }

    fn empty(&self, slot: Slot<'_>) {
        slot.hash.store(EMPTY, Ordering::Relaxed);
        self.account_for(slot.entry.swap(None));
    }

    fn account_for(&self, removed: Option<Arc<Entry>>) {
        if let Some(removed) = removed {
            self.held.fetch_sub(1, Ordering::Relaxed);
            self.bytes.fetch_sub(weight(&removed), Ordering::Relaxed);
        }
    }

    /// Heads or tails, in no order that visits could keep step with.
    fn toss(&self) -> bool {
        const GOLDEN_RATIO: usize = 0x9E37_79B9_7F4A_7C15_u64 as usize;
        let turn = self.tosses.fetch_add(1, Ordering::Relaxed);
        turn.wrapping_mul(GOLDEN_RATIO) >> (usize::BITS - 1) == 1
    }

    fn hash(&self, compact: &str) -> u64 {
        let mut hasher = FoldHasher::with_seed(self.hasher_seed, &self.seed);
        hasher.write(compact.as_bytes());
        // One hash stands for "empty".
        hasher.finish().max(EMPTY + 1)
    }

    fn slots(&self) -> impl Iterator<Item = Slot<'_>> {
        self.sets.iter().flat_map(Set::slots)
    }

    /// A look at every slot.
    pub(crate) fn occupancy(&self) -> Occupancy {
        let held = self.slots().filter(|slot| slot.entry.load().is_some()).count();
        Occupancy::new(held, self.max_held)
    }
}

fn weight(token: &Validated) -> usize {
    LEAST_WEIGHT + token.compact.len() + token.claims.weight()
}

impl fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenCache")
            .field("sets", &self.sets.len())
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
