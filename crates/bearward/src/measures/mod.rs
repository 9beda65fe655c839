//! What the [`metrics`](https://docs.rs/metrics) facade is told of decisions and fetches, with the feature `metrics`.
//! Without it, nothing is measured and nothing of it is compiled.
//!
//! A label holds the stable name of something, or the identifier of an issuer that is configured. Nothing that a token
//! says becomes a label, so their number is bounded by the settings.

#[cfg(feature = "metrics")]
mod facade;
#[cfg(not(feature = "metrics"))]
mod nothing;

#[cfg(feature = "metrics")]
pub(crate) use self::facade::{Measures, fetched, introspected, refused, refused_token, waiting};
#[cfg(not(feature = "metrics"))]
pub(crate) use self::nothing::{Measures, fetched, introspected, refused, refused_token, waiting};
