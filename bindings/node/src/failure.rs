//! The failures that JavaScript finds by itself, as the core's table of failures has them.

use std::time::Duration;

use bearward_core::answer::{Rejection, Unavailable};
use bearward_core::trust::{IssuerError, KeyError};
use bearward_core::{Failure, Refusal};
use napi::{Error, Result, Status};
use napi_derive::napi;

use crate::verdict::FailureFacts;

/// The failure of this code. One that is temporary has the seconds after which trying again makes sense.
#[napi(
    ts_args_type = "code: 'issuer_unknown' | 'key_unknown' | 'keys_unavailable' | 'too_many_waiting', retryAfter: number"
)]
#[allow(unreachable_pub)] // JavaScript reaches it
pub fn failure_of(code: String, retry_after: u32) -> Result<FailureFacts> {
    let retry_after = Duration::from_secs(retry_after.into());
    let failure = match code.as_str() {
        "issuer_unknown" => Failure::Rejected(Rejection::Issuer(IssuerError::Unknown)),
        "key_unknown" => Failure::Rejected(Rejection::Key(KeyError::Unknown)),
        "keys_unavailable" => Failure::Unavailable(Unavailable::Keys { retry_after }),
        "too_many_waiting" => Failure::Unavailable(Unavailable::TooManyWaiting { retry_after }),
        _ => return Err(Error::new(Status::InvalidArg, format!("JavaScript finds no failure {code:?}"))),
    };
    Ok(FailureFacts::of(&Refusal::without_server(failure)))
}
