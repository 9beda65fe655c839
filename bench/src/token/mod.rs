//! Access tokens made for the benchmarks, of the shape that authorization servers issue (RFC 9068).
//!
//! Signed with code of its own, so that nothing measured here also made what it is measured with.

mod mint;
mod signing_key;

pub(crate) use mint::{Caller, Mint, compact, proof, signature, signed_part};
pub(crate) use signing_key::{Algorithm, SigningKey};
