//! Proofs that were used: a DPoP proof passes once (RFC 9449 §11.1).
//!
//! 1. A use is a *claim* of the proof's [`ReplayKey`], and a claim is one atomic step: of any number of
//!    concurrent claims of a key, one is granted.
//! 2. A key stays claimed for as long as its proof could be accepted. No live entry is ever forgotten: a store
//!    that cannot hold another one refuses.
//! 3. A key that may have been claimed is treated as claimed: a proof whose entry may have been dropped before the
//!    calendar was stepped back is refused.
//!
//! Does not check: the proof. It was verified before its key is claimed, so that no client can claim another's.

use std::fmt;

use aws_lc_rs::digest;

use crate::wire::hex;

/// What names a DPoP proof among all proofs: a SHA-256 hash over the thumbprint of the key that signed it and
/// its `jti`. Two clients may choose the same `jti`; they are told apart by their keys.
///
/// `Display` writes 64 lowercase hexadecimal digits; `Debug` shows nothing of the proof.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReplayKey([u8; 32]);

/// What became of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum ReplayOutcome {
    /// The key was not claimed before; no other request can claim it while it is live.
    Granted,
    /// The key was claimed before, or may have been.
    Replayed,
}

impl ReplayKey {
    /// The key of the proof with this `jti`, signed by the key with this thumbprint (RFC 7638, SHA-256).
    #[must_use]
    pub fn of(thumbprint: &[u8; 32], jti: &str) -> Self {
        // The first part has one length, so no two pairs are written the same way.
        let mut hash = digest::Context::new(&digest::SHA256);
        hash.update(thumbprint);
        hash.update(jti.as_bytes());
        let mut key = [0; 32];
        key.copy_from_slice(hash.finish().as_ref());
        Self(key)
    }

    /// The hash.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for ReplayKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReplayKey(..)")
    }
}

impl fmt::Display for ReplayKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex::Lowercase(&self.0).fmt(f)
    }
}
