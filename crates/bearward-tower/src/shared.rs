//! A value that services and requests share, counted apart by the threads that clone it.
//!
//! Frameworks clone a service for each request, and each request carries its protection. To clone an `Arc` is to write
//! to its counter. If all threads did that, each would wait for the others to let go of that cache line, at every
//! request. So the value has a counter for each of some places, and a thread uses that of its place.

use std::fmt;
use std::ops::Deref;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

/// Places for threads. More threads than these share a place with others, which costs time and nothing else.
const PLACES: usize = 8;

/// A pointer to a value that is cloned at each request.
pub(crate) struct Shared<T>(Pointer<T>);

enum Pointer<T> {
    /// What layers make: it has the counters.
    First(Arc<First<T>>),
    /// A clone of that, or of another clone.
    Clone(Arc<Counted<T>>),
}

struct First<T> {
    value: Arc<T>,
    counters: [OnceLock<Arc<Counted<T>>>; PLACES],
}

struct Counted<T> {
    value: Arc<T>,
    /// With the counters of the `Arc` around this, one cache line: the counters of two places are never in the same.
    _apart: [u64; 5],
}

impl<T> Shared<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Pointer::First(Arc::new(First { value: Arc::new(value), counters: Default::default() })))
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        let counted = match &self.0 {
            Pointer::First(first) => first.counters[place_of_thread()]
                .get_or_init(|| Arc::new(Counted { value: Arc::clone(&first.value), _apart: [0; 5] })),
            Pointer::Clone(counted) => counted,
        };
        Self(Pointer::Clone(Arc::clone(counted)))
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        match &self.0 {
            Pointer::First(first) => &first.value,
            Pointer::Clone(counted) => &counted.value,
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// The place of this thread, below [`PLACES`].
fn place_of_thread() -> usize {
    static THREADS: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static PLACE: usize = THREADS.fetch_add(1, Ordering::Relaxed) % PLACES;
    }
    // A thread that is ending has no place any more.
    PLACE.try_with(|place| *place).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::ptr;
    use std::sync::Weak;
    use std::thread;

    use super::*;

    fn counter<T>(shared: &Shared<T>) -> *const Counted<T> {
        match &shared.0 {
            Pointer::First(_) => ptr::null(),
            Pointer::Clone(counted) => Arc::as_ptr(counted),
        }
    }

    #[test]
    fn two_threads_write_to_counters_in_different_cache_lines() {
        let first = Shared::new(7);
        let own = first.clone();
        // Threads get their places by turns.
        let other = thread::scope(|scope| scope.spawn(|| first.clone()).join().unwrap());
        assert_eq!((*own, *other), (7, 7));
        assert!(ptr::eq(&*own, &*other), "one value");
        assert!(counter(&own).addr().abs_diff(counter(&other).addr()) >= 64);
    }

    #[test]
    fn a_clone_writes_to_no_counter_of_the_first() {
        let first = Shared::new(7);
        let clones: Vec<_> = (0..3).map(|_| first.clone()).collect();
        let again = clones[0].clone();
        assert!(clones.iter().chain([&again]).all(|clone| ptr::eq(counter(clone), counter(&again))));
        let Pointer::First(inner) = &first.0 else { panic!("the first has the counters") };
        assert_eq!((Arc::strong_count(inner), Arc::strong_count(&inner.value)), (1, 2));
    }

    #[test]
    fn the_value_lives_as_long_as_its_last_pointer() {
        let value = Arc::new(7);
        let weak: Weak<_> = Arc::downgrade(&value);
        let first = Shared::new(value);
        let clones = thread::scope(|scope| {
            let threads: Vec<_> = (0..20).map(|_| scope.spawn(|| first.clone())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        drop(first);
        assert_eq!(clones.iter().map(|clone| ***clone).sum::<i32>(), 140);
        assert!(weak.upgrade().is_some());
        drop(clones);
        assert!(weak.upgrade().is_none());
    }
}
