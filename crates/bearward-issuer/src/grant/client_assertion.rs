//! Client authentication with a signed assertion, `private_key_jwt` (RFC 7523 §2.2, §3).
//!
//! 1. `iss` and `sub` are the client's id; `aud` holds the issuer or the endpoint; `exp` is to come, `nbf` not.
//! 2. `jti` is there and was not used before (RFC 7523 §3 point 7, OpenID Connect Core §9).
//! 3. The signature holds under the client's registered key, and only then is the `jti` used up.

use super::error::{ErrorCode, TokenError};
use crate::received::ReceivedJwt;
use crate::token_store::UsedIds;

/// The registered value of `client_assertion_type`.
pub(crate) const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What an assertion is held against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AssertionRules<'a> {
    pub(crate) audiences: &'a [&'a str],
    pub(crate) now: i64,
    pub(crate) used: &'a UsedIds,
}

/// The client that an assertion names, before anything of it is verified.
pub(crate) fn unverified_client_id(assertion: &str) -> Option<String> {
    ReceivedJwt::parse(assertion)?.text("sub").map(str::to_owned)
}

/// Checks an assertion of the client with this id and key.
pub(crate) fn check(
    assertion: &str,
    id: &str,
    jwk: &serde_json::Value,
    rules: AssertionRules<'_>,
) -> Result<(), TokenError> {
    let refused = |reason| ErrorCode::InvalidClient.because(reason);
    let jwt = ReceivedJwt::parse(assertion).ok_or(refused("malformed client assertion"))?;
    if !jwt.is_signed_with(jwk) {
        return Err(refused("the signature of the client assertion is invalid"));
    }
    if jwt.text("iss") != Some(id) || jwt.text("sub") != Some(id) {
        return Err(refused("the client assertion is of another client"));
    }
    if !jwt.claims.get("aud").is_some_and(|aud| names_one_of(aud, rules.audiences)) {
        return Err(refused("the client assertion is for another audience"));
    }
    let expires_at = jwt.date("exp").filter(|exp| *exp > rules.now);
    let expires_at = expires_at.ok_or(refused("the client assertion has expired"))?;
    if jwt.claims.contains_key("nbf") && jwt.date("nbf").is_none_or(|nbf| nbf > rules.now) {
        return Err(refused("the client assertion is not valid yet"));
    }
    let jti = jwt.text("jti").ok_or(refused("the client assertion has no jti"))?;
    if !rules.used.claim(&format!("assertion {id} {jti}"), rules.now, expires_at) {
        return Err(refused("the client assertion was used before"));
    }
    Ok(())
}

fn names_one_of(aud: &serde_json::Value, audiences: &[&str]) -> bool {
    let one = std::slice::from_ref(aud);
    let named = aud.as_array().map_or(one, Vec::as_slice);
    named.iter().filter_map(|value| value.as_str()).any(|named| audiences.contains(&named))
}
