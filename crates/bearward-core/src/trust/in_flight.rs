//! What a request waits for: one fetch, from its start to its end.
//!
//! The engine hands the same [`InFlight`] to the request that starts a fetch and to those that wait for it. Whoever
//! runs the fetch wakes those who wait for this one, and nobody else.

use std::hash::{Hash, Hasher};
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A fetch that requests wait for. Clones are equal, and two fetches never are.
///
/// As long as a request holds it, the engine keeps what the fetch brings: a request lets go of it when it has asked
/// again.
#[derive(Debug, Clone)]
pub struct InFlight(Arc<AtomicBool>);

impl InFlight {
    pub(crate) fn start() -> Self {
        Self(Arc::new(AtomicBool::new(false)))
    }

    /// Whether the fetch has ended, well or badly, so that there is nothing left to wait for. A driver looks at this
    /// after it has noted that the request waits: else a fetch that ends in between would wake nobody.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    pub(crate) fn end(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether anybody beside the one who asks holds it.
    pub(crate) fn is_shared(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }
}

impl PartialEq for InFlight {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for InFlight {}

impl Hash for InFlight {
    fn hash<H: Hasher>(&self, state: &mut H) {
        ptr::hash(Arc::as_ptr(&self.0), state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_fetches_are_never_equal_and_clones_end_together() {
        let (one, other) = (InFlight::start(), InFlight::start());
        let waited_for = one.clone();
        assert_eq!(one, waited_for);
        assert_ne!(one, other);
        assert!(one.is_shared() && !other.is_shared());
        one.end();
        assert!(waited_for.has_ended());
        assert!(!other.has_ended());
        drop(one);
        assert!(!waited_for.is_shared());
    }
}
