//! Bearward's own part: everything here uses its public API, and nothing elsewhere does.

pub(crate) mod curve;
pub(crate) mod server;
pub(crate) mod verify;

/// Its name in the report.
pub(crate) const NAME: &str = "Bearward";

/// Whether this module is filled in yet.
pub(crate) const AVAILABLE: bool = false;
