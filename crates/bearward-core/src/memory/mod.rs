//! What is remembered between requests, within bounds, and how threads share it.
//!
//! Knows nothing of the engine that asks.

pub(crate) mod introspection;
pub(crate) mod occupancy;
pub(crate) mod per_thread_arc;
pub(crate) mod replay;
pub(crate) mod resolved;
pub(crate) mod revocations;
pub(crate) mod token_cache;

pub use self::introspection::IntrospectionCall;
pub use self::occupancy::Occupancy;
pub use self::per_thread_arc::PerThreadArc;
pub use self::replay::{MemoryReplayStore, ReplayStoreFull};
pub use self::revocations::{RevocationList, RevocationListFull};
