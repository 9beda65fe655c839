//! Whether an answer says whom its token is bound to.
//!
//! 1. A `token_type` of `DPoP` comes with `cnf.jkt` (RFC 9449 §5, §6.2): left out, a bound token would pass as a
//!    bearer token.
//! 2. Where the token is a JWT with a `cnf` of its own, the answer's is the same. The JWT is not verified here, so
//!    its `cnf` lets nobody in: it only keeps out.
//!
//! An answer that breaks a rule is the server's fault, which is asked again: nobody is let in by it.
//!
//! Does not check: that the sender is the one it is bound to, which is stage 7's.

use super::error::IntrospectionError;
use crate::token::claims::{ClaimsSet, Member};
use crate::token::unverified::UnverifiedToken;

/// Checks the claims that the server has answered about a token that was presented so.
pub(crate) fn check_binding(answer: &ClaimsSet, presented: &str) -> Result<(), IntrospectionError> {
    let token_type = answer.get("token_type").and_then(|kind| kind.as_str()).unwrap_or_default();
    let names_key = matches!(answer.binding.as_ref(), Member::Present(binding) if binding.key.is_some());
    if token_type.eq_ignore_ascii_case("DPoP") && !names_key {
        return Err(IntrospectionError::KeyNotNamed);
    }
    match UnverifiedToken::parse(presented) {
        Ok(jwt) if !jwt.unverified_claims().binding.is_absent() => {
            let is_same = jwt.unverified_claims().binding == answer.binding;
            if is_same { Ok(()) } else { Err(IntrospectionError::Binding) }
        }
        // An opaque token says nothing by itself.
        Ok(_) | Err(_) => Ok(()),
    }
}
