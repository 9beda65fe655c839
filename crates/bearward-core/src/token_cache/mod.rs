//! The verified-token cache: the same token arrives thousands of times, and its signature need not be checked
//! again.
//!
//! 1. An entry is found by the whole token: a seeded hash leads to it, a full comparison decides.
//! 2. Only validated tokens enter, so nobody fills the cache without an authorization server's help; a
//!    refused token is not remembered.
//! 3. Number and bytes are bounded. When a set of slots is full, the slot that was not used of late gives way.
//! 4. Finding and storing take no lock.
//!
//! Does not check: whether a found token still holds. Its key and its time claims are the caller's to look at
//! on every hit; requirements and proofs of possession are never cached.

use std::fmt;
use std::hash::Hasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use arc_swap::ArcSwapOption;
use aws_lc_rs::rand;
use foldhash::SharedSeed;
use foldhash::quality::FoldHasher;

use crate::access_token::Validated;
use crate::limits::Limits;
use crate::validation::ValidatedToken;

/// Slots that one hash leads to. More of them waste less of the cache; fewer are faster to look through.
const WAYS: usize = 8;

pub(crate) struct TokenCache {
    slots: Box<[Slot]>,
    ways: usize,
    seed: SharedSeed,
    hasher_seed: u64,
    bytes: AtomicUsize,
    most_bytes: usize,
    /// Where the next search for a slot to empty starts.
    hand: AtomicUsize,
}

#[derive(Default)]
struct Slot {
    /// The hash of the token in the slot: most slots are passed over without touching their entry.
    hash: AtomicU64,
    used: AtomicBool,
    entry: ArcSwapOption<Validated>,
}

impl TokenCache {
    pub(crate) fn new(limits: &Limits) -> Self {
        let mut seeds = [[0; 8]; 2];
        for seed in &mut seeds {
            // Without random bytes the seed is a constant, and the full comparison still decides.
            let _ = rand::fill(seed);
        }
        let ways = limits.cached_tokens.min(WAYS);
        let slots = limits.cached_tokens.checked_div(ways).unwrap_or(0) * ways;
        Self {
            slots: (0..slots).map(|_| Slot::default()).collect(),
            ways,
            seed: SharedSeed::from_u64(u64::from_ne_bytes(seeds[0])),
            hasher_seed: u64::from_ne_bytes(seeds[1]),
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
        let slot = self.slot_to_fill(slots, &entry.compact);
        self.bytes.fetch_add(weight, Ordering::Relaxed);
        slot.hash.store(hash, Ordering::Relaxed);
        slot.used.store(false, Ordering::Relaxed);
        self.account_for(slot.entry.swap(Some(entry)));
        self.shrink_to_bound();
    }

    /// Empties the slot of a token that does not hold any more.
    pub(crate) fn forget(&self, token: &ValidatedToken) {
        let content = token.content();
        for slot in self.slots_of(self.hash(&content.compact)).unwrap_or_default() {
            let current = slot.entry.load();
            let same = current.as_ref().is_some_and(|found| std::ptr::eq(&**found, content));
            if same {
                self.account_for(slot.entry.swap(None));
            }
        }
    }

    fn slots_of(&self, hash: u64) -> Option<&[Slot]> {
        let sets = self.slots.len().checked_div(self.ways)?;
        // The high bits of the product spread the hash over the sets without a division.
        let set = ((u128::from(hash) * sets as u128) >> 64) as usize;
        self.slots.get(set * self.ways..(set + 1) * self.ways)
    }

    /// The slot of the same token, else an empty one, else one that was not used since the last search.
    fn slot_to_fill<'s>(&self, slots: &'s [Slot], compact: &str) -> &'s Slot {
        let mut empty = None;
        for slot in slots {
            match &*slot.entry.load() {
                Some(entry) if *entry.compact == *compact => return slot,
                Some(_) => {}
                None => empty = empty.or(Some(slot)),
            }
        }
        if let Some(slot) = empty {
            return slot;
        }
        let start = self.hand.fetch_add(1, Ordering::Relaxed);
        let turn = |step: usize| &slots[(start.wrapping_add(step)) % slots.len()];
        (0..slots.len())
            .map(turn)
            .find(|slot| !slot.used.swap(false, Ordering::Relaxed))
            .unwrap_or_else(|| turn(0))
    }

    fn shrink_to_bound(&self) {
        for _ in 0..self.slots.len() {
            if self.bytes.load(Ordering::Relaxed) <= self.most_bytes {
                return;
            }
            let place = self.hand.fetch_add(1, Ordering::Relaxed) % self.slots.len();
            self.account_for(self.slots[place].entry.swap(None));
        }
    }

    fn account_for(&self, removed: Option<Arc<Validated>>) {
        if let Some(removed) = removed {
            self.bytes.fetch_sub(weight(&removed), Ordering::Relaxed);
        }
    }

    fn hash(&self, compact: &str) -> u64 {
        let mut hasher = FoldHasher::with_seed(self.hasher_seed, &self.seed);
        hasher.write(compact.as_bytes());
        hasher.finish()
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
