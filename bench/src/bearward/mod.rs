//! Bearward's own part: everything here uses its public API, and nothing elsewhere does.

pub(crate) mod actix;
pub(crate) mod bound;
pub(crate) mod curve;
mod gate;
pub(crate) mod opaque;
pub(crate) mod refused;
pub(crate) mod axum;
pub(crate) mod shared;
pub(crate) mod threads;
pub(crate) mod tonic;
pub(crate) mod verify;

/// Its name in the report.
pub(crate) const NAME: &str = "Bearward";
