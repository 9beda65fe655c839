//! Access tokens made for the benchmarks, of the shape that authorization servers issue (RFC 9068).
//!
//! Signed with code of its own, so that nothing measured here also made what it is measured with.

pub(crate) mod algorithm;
mod mint;
mod signing_key;

pub(crate) use bearward_core::token::Algorithm;

pub(crate) use mint::{Caller, Mint, compact, proof, signature, signed_part};
pub(crate) use signing_key::SigningKey;
