//! Stage 7: the sender is confirmed (RFC 7800).
//!
//! 1. A token without `cnf` is a bearer token: whoever sends it may use it.
//! 2. A token with `cnf` is bound to a key. Without a matching proof it is refused, whatever the method it
//!    names, so that a stolen bound token is never worth more than a stolen proof.
//!
//! This is the only place that makes an [`AccessToken`].

use crate::access_token::AccessToken;
use crate::claims::ClaimsSet;
use crate::error::ConfirmationError;
use crate::validation::ValidatedToken;

pub(crate) fn confirm(token: ValidatedToken) -> Result<AccessToken, ConfirmationError> {
    check(&token.content().claims)?;
    Ok(AccessToken::confirmed(token))
}

/// The rules by themselves, for those who explain a token that got no further.
pub(crate) fn check(claims: &ClaimsSet) -> Result<(), ConfirmationError> {
    if claims.is_bound { Err(ConfirmationError::ProofRequired) } else { Ok(()) }
}
