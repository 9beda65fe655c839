//! The text of a header, read out of JavaScript in one step.
//!
//! A header is Latin-1, and a credential ASCII. Asking for Latin-1 with a buffer that is long enough for every
//! real token spares the second call that finds the length of UTF-8, which costs as much as the copy.

use std::ptr;

use napi::bindgen_prelude::{FromNapiValue, TypeName, ValidateNapiValue};
use napi::{Error, Result, Status, ValueType, sys};

/// Long enough for most headers with a token in them; a longer one is read in two steps.
const FIRST_GUESS: usize = 2048;

/// What stands for a header that is not ASCII: no credential either.
const NOT_ASCII: &str = ",";

/// A header's value.
pub struct HeaderText(Vec<u8>);

impl HeaderText {
    /// The value, or a malformed one where it is not ASCII.
    pub(crate) fn as_str(&self) -> &str {
        if !self.0.is_ascii() {
            return NOT_ASCII;
        }
        // SAFETY: ASCII is UTF-8.
        unsafe { std::str::from_utf8_unchecked(&self.0) }
    }
}

impl FromNapiValue for HeaderText {
    /// # Safety
    /// As the trait asks: `env` and `value` are the live ones of this call.
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> Result<Self> {
        // SAFETY: the caller's promise is passed on.
        let text = unsafe { read(env, value, FIRST_GUESS) }?;
        // One byte of the buffer is for the NUL that N-API appends, so a full one may be cut short.
        if text.len() < FIRST_GUESS - 1 {
            return Ok(Self(text));
        }
        let mut length = 0;
        // SAFETY: `env` and `value` are live, and without a buffer only the length is written.
        let status =
            unsafe { sys::napi_get_value_string_latin1(env, value, ptr::null_mut(), 0, &raw mut length) };
        check(status)?;
        // SAFETY: the caller's promise is passed on.
        unsafe { read(env, value, length + 1) }.map(Self)
    }
}

/// # Safety
/// `env` and `value` must be the live ones of this call.
unsafe fn read(env: sys::napi_env, value: sys::napi_value, capacity: usize) -> Result<Vec<u8>> {
    let mut text: Vec<u8> = Vec::with_capacity(capacity);
    let mut written = 0;
    // SAFETY: `text` has room for `capacity` bytes; N-API writes at most that many, the last of them a NUL,
    // and tells in `written` how many come before it.
    let status = unsafe {
        sys::napi_get_value_string_latin1(env, value, text.as_mut_ptr().cast(), capacity, &raw mut written)
    };
    check(status)?;
    // SAFETY: the first `written` bytes were written just now, and `written` is below `capacity`.
    unsafe { text.set_len(written) };
    Ok(text)
}

fn check(status: sys::napi_status) -> Result<()> {
    match Status::from(status) {
        Status::Ok => Ok(()),
        status => Err(Error::new(status, "the Authorization header is not a string")),
    }
}

impl TypeName for HeaderText {
    fn type_name() -> &'static str {
        "String"
    }

    fn value_type() -> ValueType {
        ValueType::String
    }
}

impl ValidateNapiValue for HeaderText {}
