//! Stage 5: the signature is verified (RFC 7515 §5.2 step 8, RFC 7518 §3, RFC 8725 §3.1).
//!
//! 1. Only a key that serves the token's algorithm is asked; the algorithm never comes from the token alone.
//! 2. A public key is never used as a secret, nor a secret as a public key: each verifier is one or the other.
//! 3. A MAC is compared in constant time.
//!
//! This is the only place that makes a [`VerifiedToken`].

mod error;

use std::sync::Arc;

use aws_lc_rs::hmac;

pub use self::error::SignatureError;
pub(crate) use self::error::VerificationError;
use crate::check::rule::{Rule, Trail};
use crate::token::algorithm::Algorithm;
use crate::token::claims::ClaimsSet;
use crate::token::unverified::{TokenKind, UnverifiedToken};
use crate::trust::key::{KeySet, Verifier, VerifyingKey};

/// A token whose signature was made by the key it holds. Its claims are yet to be validated.
#[derive(Debug)]
pub(crate) struct VerifiedToken<'t> {
    token: UnverifiedToken<'t>,
    key: Arc<VerifyingKey>,
}

impl<'t> VerifiedToken<'t> {
    /// Verifies the token with the first key of the set that made its signature; at most `max_tried` are asked.
    pub(crate) fn verify(
        token: UnverifiedToken<'t>,
        keys: &KeySet,
        max_tried: usize,
        trail: &mut Trail,
    ) -> Result<Self, VerificationError> {
        let algorithm = token.unverified_algorithm();
        let made_by = |key: &VerifyingKey| key.accepts(algorithm, token.signing_input(), token.signature());
        trail.reach(Rule::Key);
        let signer = keys.find_signer(token.unverified_kid(), algorithm, max_tried, made_by)?;
        trail.reach(Rule::Signature);
        let key = signer.map(Arc::clone).ok_or(SignatureError::Invalid)?;
        Ok(Self { token, key })
    }

    pub(crate) fn kind(&self) -> TokenKind {
        self.token.kind()
    }

    pub(crate) fn claims(&self) -> &ClaimsSet {
        self.token.unverified_claims()
    }

    pub(crate) fn into_parts(self) -> (&'t str, Algorithm, ClaimsSet, Arc<VerifyingKey>) {
        let (compact, algorithm) = (self.token.compact(), self.token.unverified_algorithm());
        (compact, algorithm, self.token.into_claims(), self.key)
    }
}

impl VerifyingKey {
    /// Whether the signature was made by this key, under this algorithm.
    pub(crate) fn accepts(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        self.verifier(algorithm).is_some_and(|verifier| verifier.accepts(message, signature))
    }
}

impl Verifier {
    fn accepts(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Public(key) => key.verify_sig(message, signature).is_ok(),
            Self::Secret(key) => hmac::verify(key, message, signature).is_ok(),
        }
    }
}

#[cfg(test)]
mod tests;
