//! What holds of every input, however odd: nothing panics, and what is accepted has one form.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod claims;
mod compact_token;
mod credential;
mod key_set;

#[path = "../mint/mod.rs"]
mod mint;

use proptest::prelude::*;

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}
