//! What people get wrong, and how it is found and put right.

mod general;

use std::fmt;

pub(super) use self::general::{GENERAL, bare, is_refused_for_padding};
use super::Evidence;

/// Something that people get wrong, and how it is put right.
///
/// The texts have holes: `{iss}` and `{aud}` are the token's, `{issuer}` and `{audience}` what was expected, and the holes
/// of the provider's [`IssuerForm`](super::IssuerForm) are filled from the issuer.
#[derive(Clone, Copy)]
pub(super) struct Mistake {
    /// Its stable name, in `snake_case`. A provider's own text takes the place of the general one of the same code.
    pub(super) code: &'static str,
    /// Whether it was made.
    pub(super) when: fn(&Evidence<'_>) -> bool,
    /// What is wrong.
    pub(super) problem: &'static str,
    /// What to do.
    pub(super) remedy: &'static str,
    /// The setting of the builder in Rust.
    pub(super) rust: &'static str,
    /// The setting of `auth()` in Node.
    pub(super) node: &'static str,
}

impl fmt::Debug for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mistake").field("code", &self.code).finish_non_exhaustive()
    }
}
