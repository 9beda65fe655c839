//! A claim's value is compared with a value that a requirement names.
//!
//! 1. Values of one JSON type are compared. A value of another type can be neither equal nor different: whoever
//!    wrote the requirement did not expect it, so the answer is that it cannot be told. A number is never equal to a
//!    boolean or to a string of its digits.
//! 2. Numbers are compared by value, as IEEE 754 doubles (RFC 8259 §6, RFC 7493 §2.2): `1`, `1.0` and `1e0` are one
//!    number, and so are `0` and `-0`. A requirement names no number beyond ±(2^53 − 1)
//!    ([`comparable`], checked once), so a rounded claim never equals one, in Rust or in JavaScript.
//! 3. Strings and the names of members are compared by their characters, after JSON's escapes are read: in their
//!    case, in their Unicode normal form, whole.
//! 4. `null` is equal to nothing. A requirement names no `null` ([`comparable`], checked once): its negation would let
//!    everyone pass.

use serde_json::Value;

use super::error::RequirementError;

/// What is known of a statement: strong three-valued logic (Kleene).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Truth {
    Yes,
    No,
    CannotTell,
}

impl Truth {
    pub(super) fn of(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }

    /// One `No` decides; else one that cannot be told makes all uncertain.
    pub(super) fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self::Yes;
        for part in parts {
            match part {
                Self::Yes => {}
                Self::No => return Self::No,
                Self::CannotTell => all = Self::CannotTell,
            }
        }
        all
    }

    /// One `Yes` decides; else one that cannot be told makes all uncertain.
    pub(super) fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut any = Self::No;
        for part in parts {
            match part {
                Self::Yes => return Self::Yes,
                Self::No => {}
                Self::CannotTell => any = Self::CannotTell,
            }
        }
        any
    }
}

/// Whether a claim has this very value.
pub(super) fn equals(claim: &Value, wanted: &Value) -> Truth {
    match (claim, wanted) {
        (Value::Null, _) | (_, Value::Null) => Truth::No,
        (Value::Bool(claim), Value::Bool(wanted)) => Truth::of(claim == wanted),
        (Value::Number(claim), Value::Number(wanted)) => Truth::of(claim.as_f64() == wanted.as_f64()),
        (Value::String(claim), Value::String(wanted)) => Truth::of(claim == wanted),
        (Value::Array(claim), Value::Array(wanted)) => {
            let pairs = claim.iter().zip(wanted).map(|(claim, wanted)| equals(claim, wanted));
            if claim.len() == wanted.len() { Truth::all(pairs) } else { Truth::No }
        }
        (Value::Object(claim), Value::Object(wanted)) => {
            let pair = |(name, claim)| wanted.get(name).map_or(Truth::No, |wanted| equals(claim, wanted));
            if claim.len() == wanted.len() { Truth::all(claim.iter().map(pair)) } else { Truth::No }
        }
        _ => Truth::CannotTell,
    }
}

/// Whether a claim has one of these values. A list of several types expects each of them.
pub(super) fn one_of(claim: &Value, wanted: &[Value]) -> Truth {
    let mut alike = wanted.iter().filter(|wanted| is_of_one_type(claim, wanted)).peekable();
    match alike.peek() {
        None => Truth::CannotTell,
        Some(_) => Truth::any(alike.map(|wanted| equals(claim, wanted))),
    }
}

/// Whether a claim, an array or a space-separated string, includes all of these values.
pub(super) fn includes(claim: &Value, wanted: &[Value]) -> Truth {
    Truth::all(wanted.iter().map(|wanted| match (claim, wanted) {
        (Value::Array(items), wanted) => Truth::any(items.iter().map(|item| equals(item, wanted))),
        (Value::String(words), Value::String(wanted)) => {
            Truth::of(words.split(' ').any(|word| word == wanted))
        }
        _ => Truth::CannotTell,
    }))
}

/// Whether a claim lists this name. A string is one name, since the name of a role may hold spaces.
pub(super) fn lists(claim: &Value, name: &str) -> Truth {
    let is_name = |value: &Value| match value {
        Value::String(own) => Truth::of(own == name),
        _ => Truth::CannotTell,
    };
    match claim {
        Value::Array(names) => Truth::any(names.iter().map(is_name)),
        one => is_name(one),
    }
}

/// Whether a claim, an object, has a member of this name that is an object. `{"admin":false}` assigns nothing, and whoever
/// wrote the requirement did not expect it.
pub(super) fn has_member(claim: &Value, name: &str) -> Truth {
    match claim {
        Value::Object(members) => match members.get(name) {
            Some(Value::Object(_)) => Truth::Yes,
            Some(_) => Truth::CannotTell,
            None => Truth::No,
        },
        _ => Truth::CannotTell,
    }
}

/// Whether a requirement may name this value.
pub(super) fn comparable(value: &Value) -> Result<(), RequirementError> {
    if holds_null(value) {
        return Err(RequirementError::Null);
    }
    if is_exact(value) { Ok(()) } else { Err(RequirementError::Number) }
}

fn is_of_one_type(claim: &Value, wanted: &Value) -> bool {
    wanted.is_null() || std::mem::discriminant(claim) == std::mem::discriminant(wanted)
}

/// The largest integer up to which a double, and so JavaScript, holds each one: 2^53 − 1 (RFC 7493 §2.2).
const LARGEST_EXACT: f64 = 9_007_199_254_740_991.0;

/// Whether every reader of JSON takes the numbers in a value for the same ones.
fn is_exact(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_f64().is_some_and(|number| number.abs() <= LARGEST_EXACT),
        Value::Array(items) => items.iter().all(is_exact),
        Value::Object(members) => members.values().all(is_exact),
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}

/// Whether a value is `null`, or has one in it.
fn holds_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(holds_null),
        Value::Object(members) => members.values().any(holds_null),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}
