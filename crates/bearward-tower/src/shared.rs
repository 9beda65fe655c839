//! A value that services and requests share.
//!
//! Frameworks clone a service for each request, and each request carries its protection. The threads count these clones
//! apart ([`Counters`]), so that no two of them write to one cache line.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use bearward::check::{Counted, Counters};

/// A pointer to a value that is cloned at each request.
pub(crate) struct Shared<T>(Pointer<T>);

enum Pointer<T> {
    /// What layers make: it has the counters.
    First(Box<Counters<T>>),
    /// A clone of that, or of another clone.
    Clone(Arc<Counted<T>>),
}

impl<T> Shared<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Pointer::First(Box::new(Counters::new(Arc::new(value)))))
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Pointer::Clone(match &self.0 {
            Pointer::First(counters) => counters.pointer(),
            Pointer::Clone(counted) => Arc::clone(counted),
        }))
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        match &self.0 {
            Pointer::First(counters) => counters,
            Pointer::Clone(counted) => counted,
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use std::ptr;

    use super::*;

    #[test]
    fn a_clone_writes_to_the_counter_of_its_threads_place() {
        let first = Shared::new(7);
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
