//! Values that many threads share, counted apart by them.
//!
//! To clone an `Arc` is to write to its counter. Where all threads clone one `Arc` at every request, each waits for the
//! others to let go of that cache line. A value of this module has a counter for each of some places, and a thread uses
//! the counter of its place.

use std::array;
use std::fmt;
use std::ops::Deref;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

/// Places for threads. More threads than these share a place with others, which costs time and nothing else.
const PLACES: usize = 8;

/// A value with a counter for each place of threads, for adapters that clone a pointer to it at each request.
///
/// `Debug` shows nothing of the value.
pub struct Counters<T> {
    value: Arc<T>,
    places: [OnceLock<Arc<Counted<T>>>; PLACES],
}

/// What the threads of one place count: a pointer to the value of [`Counters`].
///
/// `Debug` shows nothing of the value.
pub struct Counted<T> {
    value: Arc<T>,
    /// With the counters of the `Arc` around this, one cache line: the counters of two places are never in the same.
    _apart: [u64; 5],
}

impl<T> Counters<T> {
    /// What the counters of all places take, in bytes.
    pub(crate) const MAX_BYTES: usize = size_of::<Self>() + PLACES * size_of::<Counted<T>>();

    /// Gives a value its counters.
    #[must_use]
    pub fn new(value: Arc<T>) -> Self {
        Self { value, places: array::from_fn(|_| OnceLock::new()) }
    }

    /// A pointer to the value that only the threads of this thread's place count.
    #[must_use]
    #[inline]
    pub fn pointer(&self) -> Arc<Counted<T>> {
        static THREADS: AtomicUsize = AtomicUsize::new(0);
        thread_local! {
            static PLACE: usize = THREADS.fetch_add(1, Ordering::Relaxed) % PLACES;
        }
        // A thread that is ending has no place any more. Each place has the same value.
        let place = PLACE.try_with(|place| *place).unwrap_or(0);
        let counted = || Arc::new(Counted { value: Arc::clone(&self.value), _apart: [0; 5] });
        Arc::clone(self.places[place].get_or_init(counted))
    }
}

impl<T> Counted<T> {
    pub(crate) fn value(&self) -> &Arc<T> {
        &self.value
    }
}

impl<T> Deref for Counters<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> Deref for Counted<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> fmt::Debug for Counters<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Counters(..)")
    }
}

impl<T> fmt::Debug for Counted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Counted(..)")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::ptr;
    use std::thread;

    use super::*;

    /// The counters of all places, by their addresses.
    fn counters(value: &Counters<i32>) -> BTreeSet<usize> {
        let of_new_thread = || thread::scope(|scope| scope.spawn(|| value.pointer()).join().unwrap());
        // Threads get their places by turns, those of other tests too.
        while value.places.iter().any(|place| place.get().is_none()) {
            assert!(ptr::eq(&**of_new_thread(), &**value), "one value");
        }
        value.places.iter().map(|place| Arc::as_ptr(place.get().unwrap()).addr()).collect()
    }

    #[test]
    fn two_places_write_to_counters_in_different_cache_lines() {
        let value = Counters::new(Arc::new(7));
        let all = counters(&value);
        assert_eq!(all.len(), PLACES);
        assert!(all.iter().zip(all.iter().skip(1)).all(|(one, next)| next - one >= 64), "{all:?}");
        assert_eq!(counters(&value), all, "the counters of a place stay");
    }

    #[test]
    fn a_thread_keeps_its_place_and_writes_to_no_other_counter() {
        let value = Counters::new(Arc::new(7));
        let first = value.pointer();
        let counts = || (Arc::strong_count(&value.value), Arc::strong_count(&first));
        let before = counts();
        let second = value.pointer();
        assert!(Arc::ptr_eq(&first, &second));
        assert_eq!(counts(), (before.0, before.1 + 1));
    }

    #[test]
    fn the_value_lives_as_long_as_its_last_pointer() {
        let value = Arc::new(7);
        let weak = Arc::downgrade(&value);
        let counters = Counters::new(value);
        let pointers = thread::scope(|scope| {
            let threads: Vec<_> = (0..20).map(|_| scope.spawn(|| counters.pointer())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        drop(counters);
        assert_eq!(pointers.iter().map(|pointer| ***pointer).sum::<i32>(), 140);
        assert!(weak.upgrade().is_some());
        drop(pointers);
        assert!(weak.upgrade().is_none());
    }
}
