//! Floor 2: what a token says, before anything of it is believed.
//!
//! Knows nothing of keys.

pub(crate) mod algorithm;
pub(crate) mod audience;
pub(crate) mod binding;
pub(crate) mod claims;
pub(crate) mod error;
pub(crate) mod member;
pub(crate) mod scope;
pub(crate) mod unverified;
