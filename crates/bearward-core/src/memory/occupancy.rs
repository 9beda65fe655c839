//! How much of a bounded memory is in use.

use serde::Serialize;

/// How many there are of something that is bounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Occupancy {
    /// How many there are.
    pub count: usize,
    /// How many there may be.
    pub most: usize,
}

impl Occupancy {
    /// So many of so many.
    #[must_use]
    pub const fn new(count: usize, most: usize) -> Self {
        Self { count, most }
    }
}
