//! Settings that are almost what a token says, of issuers that JavaScript has found out.

use bearward_core::trust::NearMiss;
use napi_derive::napi;

/// What to say to the operator of a token with this `iss`, if one of these configured issuers is almost the same.
#[napi]
#[allow(unreachable_pub)] // JavaScript reaches it
pub fn near_miss(iss: String, configured: Vec<String>) -> Option<String> {
    configured.iter().find_map(|one| NearMiss::of_issuer(&iss, one)).map(|near| near.to_string())
}
