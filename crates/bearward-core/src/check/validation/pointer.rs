//! Pointers to what is known about a token.
//!
//! To clone an `Arc` is to write to its counter. Where all threads present one hot token, each would wait for the others
//! to let go of that cache line, at every request. So a cached token has a counter for each of some places, and a thread
//! uses that of its place.

use std::ops::Deref;
use std::sync::Arc;

use super::Validated;

/// A pointer to what is known about a token, cheap to clone.
#[derive(Clone)]
pub(crate) enum Pointer {
    /// By the counter of the token itself.
    Own(Arc<Validated>),
    /// By the counter of a place.
    OfPlace(Arc<Counted>),
}

/// A separate counter for a token that others count as well.
pub(crate) struct Counted {
    content: Arc<Validated>,
    /// With the counters of the `Arc` around this, one cache line: the counters of two places are never in the same.
    _apart: [u64; 5],
}

impl Counted {
    pub(crate) fn new(content: &Arc<Validated>) -> Arc<Self> {
        Arc::new(Self { content: Arc::clone(content), _apart: [0; 5] })
    }
}

impl Pointer {
    /// The token's own pointer.
    pub(crate) fn own(&self) -> &Arc<Validated> {
        match self {
            Self::Own(content) => content,
            Self::OfPlace(counted) => &counted.content,
        }
    }
}

impl Deref for Pointer {
    type Target = Validated;

    fn deref(&self) -> &Validated {
        self.own()
    }
}
