//! Functions of the operator's that decide within a request: validators, custom requirements.
//!
//! A panic in one must not let the request in, nor end the task that serves its connection. It is caught here, and the
//! request is answered 500, for the client has done nothing wrong. The panic hook has printed what happened; the
//! payload may quote a claim, so it is dropped unread.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A function of the operator's panicked: a validator, or a part of a requirement. Holds which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Panicked(pub &'static str);

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} panicked; the output of the panic hook says where", self.0)
    }
}

impl std::error::Error for Panicked {}

/// Calls the function, which the log calls by this name.
pub(crate) fn call<T>(name: &'static str, function: impl FnOnce() -> T) -> Result<T, Panicked> {
    // The function is given borrowed data that it cannot change; what it leaves half done is its own.
    catch_unwind(AssertUnwindSafe(function)).map_err(|_| Panicked(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_that_names_the_function_and_quotes_nothing() {
        let error = call("a validator", || -> bool { panic!("canary") }).unwrap_err();
        assert_eq!(error, Panicked("a validator"));
        assert!(!error.to_string().contains("canary"));
        assert_eq!(call("a validator", || 7), Ok(7));
    }
}
