//! The verified-token cache: the same token arrives thousands of times, and its signature need not be checked
//! again.
//!
//! 1. An entry is found by the whole token: a seeded hash leads to it, a full comparison decides.
//! 2. Only validated tokens enter, so nobody fills the cache without an authorization server's help; a
//!    refused token is not remembered.
//! 3. Number and bytes are bounded. When a bound or a set of slots is full, a slot that was not used of late
//!    gives way.
//! 4. Finding and storing take no lock.
//!
//! Does not check: whether a found token still holds. Its key and its time claims are the caller's to look at
//! on every hit; requirements and proofs of possession are never cached.

use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use arc_swap::ArcSwapOption;
use foldhash::SharedSeed;
use foldhash::quality::FoldHasher;

use crate::access_token::Validated;
use crate::limits::Limits;
use crate::validation::ValidatedToken;

/// Slots that one hash leads to. More of them waste less of the cache; fewer are faster to look through.
const WAYS: usize = 8;

/// Slots for each token that may be held: with room to spare, hardly a set overflows before the cache is full.
const ROOM: usize = 2;

/// The hash of no token: the slot is empty.
const EMPTY: u64 = 0;

pub(crate) struct TokenCache {
    slots: Box<[Slot]>,
    seed: SharedSeed,
    hasher_seed: u64,
    held: AtomicUsize,
    most_held: usize,
    bytes: AtomicUsize,
    most_bytes: usize,
    /// Where the next search for a slot to empty starts.
    hand: AtomicUsize,
}

#[derive(Default)]
struct Slot {
    /// The hash of the token in the slot, so that most slots are passed over without touching their entry.
    /// Only a hint: the entry decides.
    hash: AtomicU64,
    used: AtomicBool,
    entry: ArcSwapOption<Validated>,
}

impl TokenCache {
    pub(crate) fn new(limits: &Limits) -> Self {
        // The standard library's seeds are the operating system's random bytes.
        let seed = || RandomState::new().hash_one(EMPTY);
        // No token weighs less than the fixed part of its entry: more slots than that would stay empty, and a
        // number chosen to mean "as many as fit" must not be allocated.
        let most_held = limits.cached_tokens.min(limits.cached_token_bytes / size_of::<Validated>());
        let sets = most_held.saturating_mul(ROOM).div_ceil(WAYS);
        Self {
            slots: (0..sets * WAYS).map(|_| Slot::default()).collect(),
            seed: SharedSeed::from_u64(seed()),
            hasher_seed: seed(),
            held: AtomicUsize::new(0),
            most_held,
            bytes: AtomicUsize::new(0),
            most_bytes: limits.cached_token_bytes,
            hand: AtomicUsize::new(0),
        }
    }

    pub(crate) fn find(&self, compact: &str) -> Option<ValidatedToken> {
        let hash = self.hash(compact);
        for slot in self.slots_of(hash)? {
            if slot.hash.load(Ordering::Relaxed) != hash {
                continue;
            }
            let entry = slot.entry.load();
            if let Some(found) = entry.as_ref().filter(|found| *found.compact == *compact) {
                if !slot.used.load(Ordering::Relaxed) {
                    slot.used.store(true, Ordering::Relaxed);
                }
                return Some(ValidatedToken::cached(Arc::clone(found)));
            }
        }
        None
    }

    pub(crate) fn store(&self, token: &ValidatedToken) {
        let entry = token.shared_content();
        let hash = self.hash(&entry.compact);
        let weight = weight(&entry);
        let Some(slots) = self.slots_of(hash) else { return };
        if weight > self.most_bytes {
            return;
        }
        self.held.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(weight, Ordering::Relaxed);
        let slot = self.slot_to_fill(slots, hash);
        self.account_for(slot.entry.swap(Some(entry)));
        slot.hash.store(hash, Ordering::Relaxed);
        slot.used.store(false, Ordering::Relaxed);
        self.shrink_to_bounds(slot);
    }

    /// Empties the slot of a token that does not hold any more.
    pub(crate) fn forget(&self, token: &ValidatedToken) {
        let content = token.content();
        for slot in self.slots_of(self.hash(&content.compact)).unwrap_or_default() {
            let current = slot.entry.load();
            if current.as_ref().is_some_and(|found| std::ptr::eq(&**found, content)) {
                self.empty(slot);
            }
        }
    }

    fn slots_of(&self, hash: u64) -> Option<&[Slot]> {
        let sets = self.slots.len() / WAYS;
        // The high bits of the product spread the hash over the sets without a division.
        let set = ((u128::from(hash) * sets as u128) >> 64) as usize;
        self.slots.get(set * WAYS..(set + 1) * WAYS)
    }

    /// The slot of the same token, else an empty one, else one that was not used since the last search.
    fn slot_to_fill<'s>(&self, slots: &'s [Slot], hash: u64) -> &'s Slot {
        let with = |wanted| slots.iter().find(|slot| slot.hash.load(Ordering::Relaxed) == wanted);
        if let Some(slot) = with(hash).or_else(|| with(EMPTY)) {
            return slot;
        }
        let start = self.hand.fetch_add(1, Ordering::Relaxed);
        let turn = |step: usize| &slots[start.wrapping_add(step) % WAYS];
        let idle = (0..WAYS).map(turn).find(|slot| !slot.used.swap(false, Ordering::Relaxed));
        idle.unwrap_or_else(|| turn(0))
    }

    /// Empties slots but this one, rather those that were not used of late, until number and bytes are within
    /// bounds.
    fn shrink_to_bounds(&self, filled: &Slot) {
        for step in 0..self.slots.len() * 2 {
            let within = self.held.load(Ordering::Relaxed) <= self.most_held
                && self.bytes.load(Ordering::Relaxed) <= self.most_bytes;
            if within {
                return;
            }
            let place = self.hand.fetch_add(1, Ordering::Relaxed) % self.slots.len();
            let slot = &self.slots[place];
            if std::ptr::eq(slot, filled) {
                continue;
            }
            // After one whole turn every slot is as good as another.
            if !slot.used.swap(false, Ordering::Relaxed) || step >= self.slots.len() {
                self.empty(slot);
            }
        }
    }

    fn empty(&self, slot: &Slot) {
        slot.hash.store(EMPTY, Ordering::Relaxed);
        self.account_for(slot.entry.swap(None));
    }

    fn account_for(&self, removed: Option<Arc<Validated>>) {
        if let Some(removed) = removed {
            self.held.fetch_sub(1, Ordering::Relaxed);
            self.bytes.fetch_sub(weight(&removed), Ordering::Relaxed);
        }
    }

    fn hash(&self, compact: &str) -> u64 {
        let mut hasher = FoldHasher::with_seed(self.hasher_seed, &self.seed);
        hasher.write(compact.as_bytes());
        // One hash stands for "empty".
        hasher.finish().max(EMPTY + 1)
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.slots.iter().filter(|slot| slot.entry.load().is_some()).count()
    }
}

fn weight(entry: &Validated) -> usize {
    size_of::<Validated>() + entry.compact.len() + entry.claims.weight()
}

impl fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenCache")
            .field("slots", &self.slots.len())
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
