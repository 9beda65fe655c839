//! Pointers to values that many threads share, with a counter for each thread.
//!
//! To clone an `Arc` is to write to its counter. Where all threads clone one `Arc` at every request, each waits for the
//! others to let go of that cache line. A value of this module has a counter for each of some places, and a thread uses
//! the counter of its place.

use std::array;
use std::fmt;
use std::ops::Deref;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use crate::check::validation::Counted;

/// Places for threads. More threads than these share a place with others, which costs time and nothing else.
const PLACES: usize = 8;

/// A value with a counter for each place of threads.
///
/// `Debug` shows nothing of the value.
pub(crate) struct Counters<T> {
    value: Arc<T>,
    places: [OnceLock<Arc<Counted<T>>>; PLACES],
}

/// A pointer to a value, for adapters that clone it at each request: no two threads write to one cache line for that.
///
/// `Debug` shows nothing of the value.
pub struct PerThreadArc<T>(Pointer<T>);

enum Pointer<T> {
    /// What [`PerThreadArc::new`] makes: it has the counters.
    First(Box<Counters<T>>),
    /// A clone of that, or of another clone.
    Clone(Arc<Counted<T>>),
}

impl<T> Counters<T> {
    /// What the counters of all places take, in bytes.
    pub(crate) const MAX_BYTES: usize = size_of::<Self>() + PLACES * size_of::<Counted<T>>();

    /// Gives a value its counters.
    pub(crate) fn new(value: Arc<T>) -> Self {
        Self { value, places: array::from_fn(|_| OnceLock::new()) }
    }

    /// A pointer to the value that only the threads of this thread's place count.
    #[inline]
    pub(crate) fn pointer(&self) -> Arc<Counted<T>> {
        static THREADS: AtomicUsize = AtomicUsize::new(0);
        thread_local! {
            static PLACE: usize = THREADS.fetch_add(1, Ordering::Relaxed) % PLACES;
        }
        // A thread that is ending has no place any more. Each place has the same value.
        let place = PLACE.try_with(|place| *place).unwrap_or(0);
        let counted = || Arc::new(Counted::new(Arc::clone(&self.value)));
        Arc::clone(self.places[place].get_or_init(counted))
    }
}

impl<T> Deref for Counters<T> {
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

impl<T> PerThreadArc<T> {
    /// Gives a value its counters.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self(Pointer::First(Box::new(Counters::new(Arc::new(value)))))
    }
}

impl<T> Clone for PerThreadArc<T> {
    fn clone(&self) -> Self {
        Self(Pointer::Clone(match &self.0 {
            Pointer::First(counters) => counters.pointer(),
            Pointer::Clone(counted) => Arc::clone(counted),
        }))
    }
}

impl<T> Deref for PerThreadArc<T> {
    type Target = T;

    fn deref(&self) -> &T {
        match &self.0 {
            Pointer::First(counters) => counters,
            Pointer::Clone(counted) => counted.value(),
        }
    }
}

impl<T> fmt::Debug for PerThreadArc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PerThreadArc(..)")
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
            assert!(ptr::eq(&**of_new_thread().value(), &**value), "one value");
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
        assert_eq!(pointers.iter().map(|pointer| **pointer.value()).sum::<i32>(), 140);
        assert!(weak.upgrade().is_some());
        drop(pointers);
        assert!(weak.upgrade().is_none());
    }

    #[test]
    fn a_clone_writes_to_the_counter_of_its_threads_place() {
        let first = PerThreadArc::new(7);
        let clones: Vec<_> = (0..3).map(|_| first.clone()).collect();
        let again = clones[0].clone();
        let Pointer::First(counters) = &first.0 else { panic!("the first has the counters") };
        let own = counters.pointer();
        for shared in clones.iter().chain([&again]) {
            let Pointer::Clone(counted) = &shared.0 else { panic!("a clone has a counter") };
            assert!(Arc::ptr_eq(counted, &own));
            assert!(ptr::eq(&**shared, &*first), "one value");
        }
        assert_eq!(
            Arc::strong_count(&own),
            clones.len() + 3,
            "the clones, this pointer, and that of the place"
        );
    }
}
