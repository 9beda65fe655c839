//! Stage 4: the keys a token's signature may be verified with, and how one is chosen.
//!
//! 1. A key enters as a JWK, a PEM public key or a shared secret, and only if it is whole and strong
//!    enough ([`jwk`], [`pem`]).
//! 2. A key serves only the algorithms of its own family, and only the one it names, if it names one
//!    (RFC 8725 §3.1).
//! 3. A set hands out the keys that may have signed a token: those with its `kid`, never another
//!    ([`KeySet`]).
//! 4. A set that is fetched is kept, refreshed and withdrawn by [`KeySetCache`].

mod cache;
mod ed25519;
mod error;
mod jwk;
mod pem;
mod roca;
mod secret;
mod set;
mod thumbprint;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_lc_rs::signature::ParsedPublicKey;
use aws_lc_rs::{digest, hmac};

use crate::token::algorithm::{Algorithm, AlgorithmSet, Scheme};
use crate::wire::json::Object;

pub use self::cache::KeySetPolicy;
pub(crate) use self::cache::{KeyLookup, KeyRequest, KeySetCache, KeySetTiming, RefreshTicket};
pub use self::error::KeyError;
pub use self::jwk::JwkError;
pub use self::pem::PemError;
pub(crate) use self::roca::has_fingerprint;
pub(crate) use self::secret::is_public_key;
pub(crate) use self::set::StaticKeyError;
pub use self::set::{KeySet, KeySetError, SkippedKey};
pub(crate) use self::thumbprint::thumbprint;

/// A key that signatures are verified with, ready for use.
///
/// Made only from key material that passed every check. A public key, or a secret that the operator configured.
pub struct VerifyingKey {
    kid: Option<Box<str>>,
    verifiers: Vec<(Algorithm, Verifier)>,
    /// Says whether two keys are the same key for the same use; not published.
    identity: [u8; 32],
    withdrawn: AtomicBool,
}

pub(crate) enum Verifier {
    Public(Box<ParsedPublicKey>),
    Secret(Box<hmac::Key>),
}

impl VerifyingKey {
    fn new(kid: Option<&str>, verifiers: Vec<(Algorithm, Verifier)>, material: &[&[u8]]) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        for (algorithm, _) in &verifiers {
            context.update(algorithm.name().as_bytes());
            context.update(b",");
        }
        for part in material {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut identity = [0; 32];
        identity.copy_from_slice(context.finish().as_ref());
        Self { kid: kid.map(Into::into), verifiers, identity, withdrawn: AtomicBool::new(false) }
    }

    /// A key shared with the authorization server; `None` when no algorithm of `allowed` takes secrets.
    pub(crate) fn from_secret(secret: &[u8], allowed: AlgorithmSet) -> Option<Self> {
        let verifiers: Vec<_> = allowed
            .iter()
            .filter_map(|algorithm| match algorithm.scheme() {
                Scheme::Hmac { primitive, .. } => {
                    Some((algorithm, Verifier::Secret(Box::new(hmac::Key::new(*primitive, secret)))))
                }
                _ => None,
            })
            .collect();
        (!verifiers.is_empty()).then(|| Self::new(None, verifiers, &[b"oct"]))
    }

    /// The key of a DPoP proof, which brings it along, for the proof's algorithm alone.
    pub(crate) fn of_proof(jwk: &Object<'_>, algorithm: Algorithm) -> Result<Self, JwkError> {
        Self::from_jwk(jwk, AlgorithmSet::from_iter([algorithm]))
    }

    /// The key's name within its set.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The algorithms this key verifies.
    pub fn algorithms(&self) -> impl Iterator<Item = Algorithm> {
        self.verifiers.iter().map(|(algorithm, _)| *algorithm)
    }

    pub(crate) fn verifier(&self, algorithm: Algorithm) -> Option<&Verifier> {
        let found = self.verifiers.iter().find(|(own, _)| *own == algorithm);
        found.map(|(_, verifier)| verifier)
    }

    /// Whether the authorization server has taken the key out of its set since.
    pub(crate) fn is_withdrawn(&self) -> bool {
        self.withdrawn.load(Ordering::Acquire)
    }

    fn withdraw(&self) {
        self.withdrawn.store(true, Ordering::Release);
    }

    fn same_key(&self, other: &Self) -> bool {
        self.kid == other.kid && self.identity == other.identity
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyingKey")
            .field("kid", &self.kid)
            .field("algorithms", &self.algorithms().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
