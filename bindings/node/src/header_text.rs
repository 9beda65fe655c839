//! The text of a header, read out of JavaScript in one step.
//!
//! A credential is ASCII, but a JavaScript string need not be: an adapter that feeds Express from something
//! else than a socket may hand over any text. N-API's Latin-1 would cut each character to its low byte, so that
//! `Ł` were verified as `A` and read by JavaScript as something else. UTF-16 cuts nothing, and narrowing it
//! costs less than the length of UTF-8 would.

use std::mem::MaybeUninit;
use std::ptr;

use napi::{Error, Result, Status, sys};

/// Long enough for most headers with a token in them; a longer one takes two steps and an allocation.
const FIRST_GUESS: usize = 2048;

/// What stands for a header that is not ASCII: no credential either.
const NOT_ASCII: &str = ",";

/// Runs `then` with the value of a header, or with a malformed one where it is not ASCII.
///
/// # Safety
/// `env` and `value` must be the live ones of this call.
pub(crate) unsafe fn with_header<T>(
    env: sys::napi_env,
    value: sys::napi_value,
    then: impl FnOnce(&str) -> Result<T>,
) -> Result<T> {
    let mut units = [MaybeUninit::<u16>::uninit(); FIRST_GUESS];
    // SAFETY: the caller's promise is passed on.
    let read = unsafe { read(env, value, &mut units) }?;
    // One unit is for the NUL that N-API appends, so a full buffer may be cut short.
    if read.len() < FIRST_GUESS - 1 {
        let mut text = [0; FIRST_GUESS];
        return then(narrow(read, &mut text[..read.len()]));
    }
    let mut length = 0;
    // SAFETY: `env` and `value` are live, and without a buffer only the length is written.
    check(unsafe { sys::napi_get_value_string_utf16(env, value, ptr::null_mut(), 0, &raw mut length) })?;
    let mut units = vec![MaybeUninit::uninit(); length + 1];
    // SAFETY: the caller's promise is passed on.
    let read = unsafe { self::read(env, value, &mut units) }?;
    then(narrow(read, &mut vec![0; read.len()]))
}

/// # Safety
/// `env` and `value` must be the live ones of this call.
unsafe fn read(
    env: sys::napi_env,
    value: sys::napi_value,
    buffer: &mut [MaybeUninit<u16>],
) -> Result<&[u16]> {
    let mut written = 0;
    // SAFETY: N-API writes at most as many units as the buffer has, the last of them a NUL, and tells in
    // `written` how many come before it.
    check(unsafe {
        sys::napi_get_value_string_utf16(
            env,
            value,
            buffer.as_mut_ptr().cast(),
            buffer.len(),
            &raw mut written,
        )
    })?;
    // SAFETY: the first `written` units were written just now, and `written` is below the buffer's length.
    Ok(unsafe { std::slice::from_raw_parts(buffer.as_ptr().cast(), written) })
}

/// The units as bytes in `text`, which is as long.
fn narrow<'t>(units: &[u16], text: &'t mut [u8]) -> &'t str {
    let mut seen = 0;
    for (byte, unit) in text.iter_mut().zip(units) {
        seen |= unit;
        *byte = unit.to_le_bytes()[0];
    }
    if seen > 0x7F {
        return NOT_ASCII;
    }
    // SAFETY: no unit is above 0x7F, and ASCII is UTF-8.
    unsafe { std::str::from_utf8_unchecked(text) }
}

fn check(status: sys::napi_status) -> Result<()> {
    match Status::from(status) {
        Status::Ok => Ok(()),
        status => Err(Error::new(status, "the Authorization header is not a string")),
    }
}
