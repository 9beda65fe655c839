//! What holds for the lists, names and values of every part of a requirement.

use serde_json::Value;

use super::RequirementError;
use super::compare::{holds_null, is_exact};

pub(super) fn comparable(value: &Value) -> Result<(), RequirementError> {
    if holds_null(value) {
        return Err(RequirementError::Null);
    }
    if is_exact(value) { Ok(()) } else { Err(RequirementError::Number) }
}

pub(super) fn not_empty<T>(what: &'static str, list: &[T]) -> Result<(), RequirementError> {
    if list.is_empty() { Err(RequirementError::Empty(what)) } else { Ok(()) }
}

pub(super) fn not_nameless(what: &'static str, name: &str) -> Result<(), RequirementError> {
    if name.is_empty() { Err(RequirementError::EmptyName(what)) } else { Ok(()) }
}
