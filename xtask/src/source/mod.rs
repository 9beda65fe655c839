//! The sources of a crate, read with `syn`: its modules, what they declare, and what they use of each other.
//!
//! They are read as they are written, with every feature on: a name that a macro makes up is not seen.

mod names;
mod tree;
mod uses;

pub(crate) use tree::{ModulePath, Tree};
pub(crate) use uses::{Target, Use, target, uses};
