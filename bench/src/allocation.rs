//! A global allocator that counts, for "no allocation" is a claim to be measured.
//!
//! It counts only while asked to, and passes everything on to the system's allocator: the servers
//! under test run in this same program, and one predictable branch per allocation is all they pay.

#![allow(unsafe_code)] // `GlobalAlloc` is an unsafe trait; nothing else in the suite is.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

#[global_allocator]
static COUNTING: Counting = Counting;

static ENABLED: AtomicBool = AtomicBool::new(false);
static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

struct Counting;

// SAFETY: every call is passed on unchanged to `System`, which upholds the contract; the counter
// allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note();
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note();
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note();
        // SAFETY: the caller's promises are passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// How often `work` allocates, on whatever thread: call it while no other runs.
pub(crate) fn counted(work: impl FnOnce()) -> u64 {
    let before = ALLOCATIONS.load(Relaxed);
    ENABLED.store(true, Relaxed);
    work();
    ENABLED.store(false, Relaxed);
    ALLOCATIONS.load(Relaxed) - before
}

#[inline]
fn note() {
    if ENABLED.load(Relaxed) {
        ALLOCATIONS.fetch_add(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_box_is_an_allocation() {
        // Other tests run meanwhile, so only the lower bound is certain.
        assert!(super::counted(|| drop(std::hint::black_box(Box::new(1_u64)))) >= 1);
    }
}
