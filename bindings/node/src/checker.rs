//! The function that every request calls.
//!
//! A method of a napi class unwraps its receiver, compares its type tag and tracks its borrow; on the path of
//! every request that costs more than looking the token up. This is a plain function instead, which N-API calls
//! with the pointer it was made with.

use std::ffi::c_void;
use std::ptr;
use std::rc::Rc;

use bearward_core::Credential;
use bearward_core::request::Scheme;
use napi::bindgen_prelude::{Either, FromNapiValue, ToNapiValue, Unknown};
use napi::{Env, Error, JsError, Result, Status, sys};

use crate::driver::{AskedRoute, Driver, Question};
use crate::header_text::with_header;
use crate::panic_guard::guard;
use crate::verdict::Verdict;

const NAME: &str = "check";
/// Authorization, date, requirement, facts, and since when the request waits.
const PARAMETERS: usize = 5;

/// Makes the function for one driver, which lives as long as the function does.
pub(crate) fn function(env: &Env, driver: Rc<Driver>) -> Result<Unknown<'_>> {
    let raw = env.raw();
    let data = Rc::into_raw(driver).cast_mut().cast::<c_void>();
    let mut made = ptr::null_mut();
    // SAFETY: `raw` is live, the name has the length that is told, and `called` gets the very pointer that it
    // expects.
    let status = unsafe {
        sys::napi_create_function(
            raw,
            NAME.as_ptr().cast(),
            NAME.len() as isize,
            Some(called),
            data,
            &raw mut made,
        )
    };
    let status = match Status::from(status) {
        // SAFETY: `made` was made just now. `dropped` runs when the function is gone, or the environment is;
        // nobody can call it then.
        Status::Ok => Status::from(unsafe {
            sys::napi_add_finalizer(raw, made, data, Some(dropped), ptr::null_mut(), ptr::null_mut())
        }),
        status => status,
    };
    if status != Status::Ok {
        // SAFETY: no finalizer was added, and nobody else has seen the function.
        drop(unsafe { Rc::from_raw(data.cast_const().cast::<Driver>()) });
        return Err(Error::new(status, "the check could not be made a function"));
    }
    // SAFETY: `made` is a live value of this environment.
    unsafe { Unknown::from_napi_value(raw, made) }
}

unsafe extern "C" fn called(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: N-API calls this with the live ones of this call.
    let answer = guard(|| unsafe { check(env, info) });
    answer.unwrap_or_else(|error| {
        // SAFETY: `env` is live.
        unsafe { JsError::from(error).throw_into(env) };
        ptr::null_mut()
    })
}

unsafe extern "C" fn dropped(_env: sys::napi_env, data: *mut c_void, _hint: *mut c_void) {
    // SAFETY: this is the pointer that `function` made of its `Rc`, and this runs once.
    drop(unsafe { Rc::from_raw(data.cast_const().cast::<Driver>()) });
}

/// # Safety
/// `env` and `info` must be the live ones of a call to what [`function`] made.
unsafe fn check(env: sys::napi_env, info: sys::napi_callback_info) -> Result<sys::napi_value> {
    let mut arguments = [ptr::null_mut(); PARAMETERS];
    let mut count = PARAMETERS;
    let mut data = ptr::null_mut();
    // SAFETY: there is room for as many arguments as `count` says; N-API fills up with `undefined`.
    let status = unsafe {
        sys::napi_get_cb_info(
            env,
            info,
            &raw mut count,
            arguments.as_mut_ptr(),
            ptr::null_mut(),
            &raw mut data,
        )
    };
    if Status::from(status) != Status::Ok {
        return Err(Error::new(Status::from(status), "the call cannot be read"));
    }
    // SAFETY: the function holds its driver for as long as it can be called.
    let driver = unsafe { &*data.cast_const().cast::<Driver>() };
    let [authorization, date, requirement, facts, since] = arguments;
    // SAFETY: all of these are live values of this call.
    unsafe {
        let date = f64::from_napi_value(env, date)?;
        let (requirement, facts) = match count {
            0..=2 => (None, None),
            _ => (
                Option::<u32>::from_napi_value(env, requirement)?,
                Option::<Vec<Option<String>>>::from_napi_value(env, facts)?,
            ),
        };
        let since = match count {
            0..=4 => None,
            _ => Option::<f64>::from_napi_value(env, since)?,
        };
        let answer = with_header(env, authorization, |text| {
            let credential = Credential::from_authorization(text, driver.engine.credential_rules());
            let facts = facts.as_deref();
            let route = AskedRoute { requirement, facts, since };
            let question = Question { scheme: Scheme::Bearer, route, admitted: false };
            driver.decide(credential, question, driver.now(date))
        })?;
        Either::<u32, Verdict>::to_napi_value(env, answer.brief())
    }
}
