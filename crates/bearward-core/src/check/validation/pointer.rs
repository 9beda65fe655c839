//! Pointers to what is known about a token.

use std::ops::Deref;
use std::sync::Arc;

use super::Validated;
use crate::check::counted::Counted;

/// A pointer to what is known about a token, cheap to clone.
#[derive(Clone)]
pub(crate) enum Pointer {
    /// By the counter of the token itself.
    Own(Arc<Validated>),
    /// By the counter of a place, as the cache returns it.
    OfPlace(Arc<Counted<Validated>>),
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
