//! What an engine holds at the moment: for people who look after it, never for requests.

use std::time::Duration;

use super::Engine;
use crate::token::algorithm::Algorithm;
use crate::trust::key::{SkippedKey, VerifyingKey};
use crate::wire::time::Now;

/// What an engine holds at the moment. It names issuers and keys, and nothing of any token.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EngineStatus {
    /// The configured issuers, sorted by identifier.
    pub issuers: Vec<IssuerStatus>,
    /// How many verified tokens are remembered, expired ones that have not given way yet among them.
    pub verified_tokens: usize,
    /// How many used DPoP proofs are remembered; `None` where a shared store remembers them.
    pub used_proofs: Option<usize>,
}

/// An issuer's keys at the moment.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IssuerStatus {
    /// Its identifier.
    pub identifier: String,
    /// The keys in hand, fresh or not.
    pub keys: Vec<KeyStatus>,
    /// The keys of the set that are never used, and why.
    pub skipped: Vec<SkippedKey>,
    /// How long ago the issuer confirmed the set last; `None` where no set was fetched.
    pub key_set_age: Option<Duration>,
}

/// A key that verifies tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyStatus {
    /// Its name within the set.
    pub kid: Option<String>,
    /// The algorithms that it verifies.
    pub algorithms: Vec<Algorithm>,
}

impl Engine {
    /// What the engine holds at the moment. It looks at each remembered token, so it is for an operator's page and not for each
    /// request.
    #[must_use]
    pub fn status(&self, now: Now) -> EngineStatus {
        let key = |key: &VerifyingKey| KeyStatus {
            kid: key.kid().map(str::to_owned),
            algorithms: key.algorithms().collect(),
        };
        let issuers = self.issuers().map(|issuer| {
            let set = issuer.keys();
            let keys = set.iter().flat_map(|set| set.keys());
            IssuerStatus {
                identifier: issuer.identifier().to_owned(),
                keys: keys.map(|verifying| key(verifying)).collect(),
                skipped: set.iter().flat_map(|set| set.skipped()).cloned().collect(),
                key_set_age: issuer.key_set_age(now.uptime()),
            }
        });
        let mut issuers: Vec<_> = issuers.collect();
        issuers.sort_by(|one, other| one.identifier.cmp(&other.identifier));
        EngineStatus {
            issuers,
            verified_tokens: self.tokens.len(),
            used_proofs: self.replays.as_ref().map(|replays| replays.len()),
        }
    }
}
