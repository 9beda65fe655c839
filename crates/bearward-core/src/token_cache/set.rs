//! The slots that one hash leads to.
//!
//! A token that is not here is seen not to be by one cache line, that of the hashes: for a token never seen before,
//! memory is most of what a cache costs.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use arc_swap::ArcSwapOption;

use crate::access_token::Validated;

/// Slots in a set. More of them waste less of the cache; fewer are faster to look through.
pub(super) const WAYS: usize = 8;

/// The hash of no token: the slot is empty.
pub(super) const EMPTY: u64 = 0;

#[repr(align(64))]
#[derive(Default)]
pub(super) struct Set {
    hashes: [AtomicU64; WAYS],
    entries: [ArcSwapOption<Validated>; WAYS],
    used: [AtomicBool; WAYS],
    /// Of tokens that came while there was no room for them.
    marks: [AtomicU32; WAYS],
}

/// One place for a token.
#[derive(Clone, Copy)]
pub(super) struct Slot<'s> {
    /// The hash of the token in the slot, so that most slots are passed over without touching their entry.
    /// Only a hint: the entry decides.
    pub(super) hash: &'s AtomicU64,
    pub(super) used: &'s AtomicBool,
    pub(super) entry: &'s ArcSwapOption<Validated>,
}

impl Set {
    pub(super) fn slot(&self, way: usize) -> Slot<'_> {
        let way = way % WAYS;
        Slot { hash: &self.hashes[way], used: &self.used[way], entry: &self.entries[way] }
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

    /// Leaves a mark of a token there is no room for. Says whether its own was there from an earlier visit; it may
    /// be another's that looks like it, which only lets this token in a visit early.
    pub(super) fn is_second_visit(&self, hash: u64) -> bool {
        // The high bits have led to this set; some of the low ones choose the mark, all of them are it.
        let mark = hash as u32;
        self.marks[mark as usize % WAYS].swap(mark, Ordering::Relaxed) == mark
    }
}
