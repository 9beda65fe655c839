//! What one token may be revoked by.

use std::fmt;

use super::{Kind, RevocationEntry, RevocationKey};
use crate::token::claims::ClaimsSet;
use crate::wire::time::NumericDate;

/// The keys under which a revocation of one token may be stored, and when the token was issued.
///
/// An identifier that the token does not have, or that is not a string, has no key. `Debug` shows which keys there are,
/// and not when the token was issued.
#[derive(Clone)]
pub struct RevocationQuery {
    keys: [Option<RevocationKey>; 4],
    issued_at: Option<NumericDate>,
}

impl RevocationQuery {
    /// Asks for a token of this issuer with these claims.
    #[must_use]
    pub fn of(issuer: &str, claims: &ClaimsSet) -> Self {
        let key = |kind, value: Option<&str>| value.map(|value| RevocationKey::of(kind, issuer, value));
        let session = claims.get(Kind::Session.claim()).and_then(|sid| sid.as_str());
        Self {
            keys: [
                key(Kind::TokenId, claims.token_id().present()),
                key(Kind::Session, session),
                key(Kind::Subject, claims.subject().present()),
                key(Kind::Client, claims.client_id().present()),
            ],
            issued_at: claims.issued_at.as_ref().present().copied(),
        }
    }

    /// The keys to look up, at most four.
    pub fn keys(&self) -> impl Iterator<Item = &RevocationKey> {
        self.keys.iter().flatten()
    }

    /// Whether what was found under the [keys](Self::keys) revokes the token.
    pub fn is_revoked_by(&self, entries: impl IntoIterator<Item = RevocationEntry>) -> bool {
        entries.into_iter().any(|entry| entry.refuses(self.issued_at))
    }
}

impl fmt::Debug for RevocationQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RevocationQuery").field(&self.keys().collect::<Vec<_>>()).finish()
    }
}
