//! Pointers to what is known about a token.

use std::ops::Deref;
use std::sync::Arc;

use super::Validated;

/// A pointer to what is known about a token, cheap to clone.
#[derive(Clone)]
pub(crate) enum Pointer {
    /// By the counter of the token itself.
    Own(Arc<Validated>),
    /// By the counter of a place, as the cache returns it.
    OfPlace(Arc<Counted<Validated>>),
}

/// A pointer that the threads of one place count.
pub(crate) struct Counted<T> {
    value: Arc<T>,
    /// With the counters of the `Arc` around this, one cache line: the counters of two places are never in the same.
    _apart: [u64; 5],
}

impl<T> Counted<T> {
    pub(crate) fn new(value: Arc<T>) -> Self {
        Self { value, _apart: [0; 5] }
    }

    pub(crate) fn value(&self) -> &Arc<T> {
        &self.value
    }
}

impl Pointer {
    /// The token's own pointer.
    pub(crate) fn own(&self) -> &Arc<Validated> {
        match self {
            Self::Own(content) => content,
            Self::OfPlace(counted) => counted.value(),
        }
    }
}

impl Deref for Pointer {
    type Target = Validated;

    fn deref(&self) -> &Validated {
        self.own()
    }
}
