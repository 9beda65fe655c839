//! The DPoP proof of a token request (RFC 9449 §4.3, §5).
//!
//! 1. One proof, signed under the public key in its own header.
//! 2. It is for this method and URL, fresh, and not used before; where the server wants a nonce, with that nonce.
//! 3. What remains of it is the thumbprint that the token is bound to.

use http::{HeaderMap, HeaderValue};

use super::error::{ErrorCode, TokenError};
use crate::dpop::without_query;
use crate::received::{ReceivedJwt, holds_private_half, thumbprint};
use crate::token_store::UsedIds;

/// How old a proof may be, in seconds; network and client clocks differ.
const MAX_AGE_SECS: i64 = 300;

/// How far in the future its `iat` may lie, in seconds.
const MAX_FUTURE_SECS: i64 = 30;

/// What a proof is held against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProofRules<'a> {
    pub(crate) method: &'a str,
    pub(crate) url: &'a str,
    pub(crate) now: i64,
    /// The nonce that it must bear, if any.
    pub(crate) nonce: Option<&'a str>,
    pub(crate) used: &'a UsedIds,
}

/// The thumbprint of the key that this request proves possession of; `None` if it tries no such thing.
pub(crate) fn proven_key(headers: &HeaderMap, rules: ProofRules<'_>) -> Result<Option<String>, TokenError> {
    let mut values = headers.get_all("dpop").iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => check(value, rules).map(Some),
        _ => Err(ErrorCode::InvalidDpopProof.because("more than one DPoP proof")),
    }
}

fn check(value: &HeaderValue, rules: ProofRules<'_>) -> Result<String, TokenError> {
    let refused = |reason| ErrorCode::InvalidDpopProof.because(reason);
    let malformed = refused("malformed DPoP proof");
    let jwt = value.to_str().ok().and_then(ReceivedJwt::parse).ok_or(malformed)?;
    if !jwt.is_of_type("dpop+jwt") {
        return Err(refused("the typ is not dpop+jwt"));
    }
    let jwk = jwt.header.get("jwk").ok_or(malformed)?;
    if holds_private_half(jwk) {
        return Err(refused("the jwk holds a private key"));
    }
    let thumbprint = thumbprint(jwk).ok_or(malformed)?;
    if !jwt.is_signed_with(jwk) {
        return Err(refused("the signature of the DPoP proof is invalid"));
    }
    if jwt.text("htm") != Some(rules.method) {
        return Err(refused("the DPoP proof is for another method"));
    }
    if jwt.text("htu").map(without_query) != Some(rules.url) {
        return Err(refused("the DPoP proof is for another URL"));
    }
    let issued_at = jwt.date("iat").ok_or(malformed)?;
    let age = rules.now.saturating_sub(issued_at);
    if !(-MAX_FUTURE_SECS..=MAX_AGE_SECS).contains(&age) {
        return Err(refused("the DPoP proof is not fresh"));
    }
    if rules.nonce.is_some_and(|nonce| jwt.text("nonce") != Some(nonce)) {
        return Err(ErrorCode::UseDpopNonce.because("the DPoP proof needs the nonce of this answer"));
    }
    let jti = jwt.text("jti").ok_or(malformed)?;
    let expires_at = issued_at.saturating_add(MAX_AGE_SECS);
    if !rules.used.claim(&format!("proof {thumbprint} {jti}"), rules.now, expires_at) {
        return Err(refused("the DPoP proof was used before"));
    }
    Ok(thumbprint)
}
