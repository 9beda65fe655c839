//! The slots that one hash leads to, and what is in them.
//!
//! A token that is not here is seen not to be by one cache line, that of the hashes: for a token never seen before,
//! memory is most of what a cache costs.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use arc_swap::ArcSwapOption;

use crate::check::validation::Validated;
use crate::memory::per_thread_arc::Counters;

/// Slots in a set. More of them waste less of the cache; fewer are faster to look through.
pub(super) const WAYS: usize = 8;

/// The hash of no token: the slot is empty.
pub(super) const EMPTY: u64 = 0;

/// Marks in a set: with the rest of their line, one line.
const MARKS: usize = 4;

#[repr(C, align(64))]
#[derive(Default)]
pub(super) struct Set {
    hashes: [AtomicU64; WAYS],
    entries: [ArcSwapOption<Entry>; WAYS],
    /// In whole seconds: from then on the entry is dead.
    ends: [AtomicU32; WAYS],
    used: [AtomicBool; WAYS],
    /// Of tokens that came while there was no room for them.
    marks: [AtomicU32; MARKS],
}

/// One place for a token.
#[derive(Clone, Copy)]
pub(super) struct Slot<'s> {
    /// The hash of the token in the slot, so that most slots are passed over without touching their entry.
    /// Only a hint: the entry decides.
    pub(super) hash: &'s AtomicU64,
    pub(super) used: &'s AtomicBool,
    pub(super) end: &'s AtomicU32,
    pub(super) entry: &'s ArcSwapOption<Entry>,
}

/// A token, and a counter for each place of threads that has asked for it.
pub(super) type Entry = Counters<Validated>;

impl Set {
    pub(super) fn slot(&self, way: usize) -> Slot<'_> {
        let way = way % WAYS;
        let (hash, used) = (&self.hashes[way], &self.used[way]);
        Slot { hash, used, end: &self.ends[way], entry: &self.entries[way] }
    }

    pub(super) fn slots(&self) -> impl Iterator<Item = Slot<'_>> {
        (0..WAYS).map(|way| self.slot(way))
    }

    /// The slots that say they hold a token with this hash.
    #[inline]
    pub(super) fn slots_with(&self, hash: u64) -> impl Iterator<Item = Slot<'_>> {
        let ways = self.hashes.iter().enumerate();
        ways.filter(move |(_, found)| found.load(Ordering::Relaxed) == hash).map(|(way, _)| self.slot(way))
    }

    /// A slot whose token has run out: a search does not find it any more, but it still takes a place.
    pub(super) fn dead_slot(&self, now: u32) -> Option<Slot<'_>> {
        self.slots().find(|slot| {
            slot.hash.load(Ordering::Relaxed) != EMPTY && slot.end.load(Ordering::Relaxed) <= now
        })
    }

    /// Whether a token there is no room for has left its mark before. It may be the mark of another that looks like
    /// it, which only lets this token in a visit early.
    ///
    /// If not, and if `replace`, it leaves its mark now. Where every stranger did, two tokens that come by turns would
    /// wipe out each other's mark for ever.
    pub(super) fn is_second_visit(&self, hash: u64, replace: bool) -> bool {
        // The high bits have led to this set; some of the low ones choose the mark, all of them are it.
        let own = hash as u32;
        let mark = &self.marks[own as usize % MARKS];
        let found = mark.load(Ordering::Relaxed);
        if found != own && (replace || found == 0) {
            mark.store(own, Ordering::Relaxed);
        }
        found == own
    }
}
