//! A token in the cache.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use crate::check::validation::{Counted, Pointer, Validated};

/// Places for threads. More threads than these share a place with others, which costs time and nothing else.
pub(super) const PLACES: usize = 8;

/// A token, and a counter for each place of threads that has asked for it.
pub(super) struct Entry {
    pub(super) token: Arc<Validated>,
    counters: [OnceLock<Arc<Counted>>; PLACES],
}

impl Entry {
    pub(super) fn new(token: Arc<Validated>) -> Self {
        Self { token, counters: Default::default() }
    }

    /// A pointer to the token that only the threads of this place count.
    pub(super) fn pointer(&self, place: usize) -> Pointer {
        match self.counters.get(place) {
            Some(counter) => Pointer::OfPlace(Arc::clone(counter.get_or_init(|| Counted::new(&self.token)))),
            None => Pointer::Own(Arc::clone(&self.token)),
        }
    }
}

/// The place of this thread, below [`PLACES`]. It decides nothing: every place finds the same tokens.
pub(super) fn place_of_thread() -> usize {
    static THREADS: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static PLACE: usize = THREADS.fetch_add(1, Ordering::Relaxed) % PLACES;
    }
    // A thread that is ending has no place any more.
    PLACE.try_with(|place| *place).unwrap_or(0)
}
