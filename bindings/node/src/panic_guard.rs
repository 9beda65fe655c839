//! A panic stops at the boundary: it becomes an exception, which the middleware answers with 500.

use std::panic::{AssertUnwindSafe, catch_unwind};

use napi::{Error, Result, Status};

/// Runs one entry point. What it may have left half done belongs to one request; the engine itself changes
/// its shared state in single steps.
pub(crate) fn guard<T>(entry: impl FnOnce() -> Result<T>) -> Result<T> {
    match catch_unwind(AssertUnwindSafe(entry)) {
        Ok(result) => result,
        // The payload may quote a value; its text is for the operator's stderr alone, where the panic hook
        // has put it.
        Err(_) => Err(Error::new(Status::GenericFailure, "bearward panicked; its stderr says where")),
    }
}
