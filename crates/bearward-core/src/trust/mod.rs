//! Floor 3: which issuers are trusted, what their tokens must hold, and what must be fetched for that.
//!
//! Knows nothing of routes.

pub(crate) mod discovery;
pub(crate) mod exchange;
pub(crate) mod fetch;
pub(crate) mod in_flight;
pub(crate) mod introspection;
pub(crate) mod issuer;
pub(crate) mod key;
pub(crate) mod limits;
pub(crate) mod metadata;
pub(crate) mod policy;
pub mod provider;
pub(crate) mod url;
