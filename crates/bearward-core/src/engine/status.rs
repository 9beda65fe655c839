//! What an engine holds at the moment: for people who look after it, never for requests.

use std::time::Duration;

use serde::{Serialize, Serializer};

use super::Engine;
use crate::memory::occupancy::Occupancy;
use crate::token::algorithm::Algorithm;
use crate::trust::fetch_outcome::FailedFetch;
use crate::trust::issuer::Issuer;
use crate::trust::key::VerifyingKey;
use crate::wire::time::Now;

/// What an engine holds at the moment. It names issuers and keys, and nothing of any token.
///
/// Serialized, times are numbers of seconds, in fields whose names end in `_seconds`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct EngineStatus {
    /// The configured issuers, sorted by identifier.
    pub issuers: Vec<IssuerStatus>,
    /// The verified tokens that are remembered, expired ones that have not given way yet among them.
    pub verified_tokens: Occupancy,
    /// The used DPoP proofs that are remembered; `None` where a shared store remembers them.
    pub used_proofs: Option<Occupancy>,
    /// The revocations that this process holds; `None` where it looks for no revocation, or a shared store holds them.
    pub revocations: Option<Occupancy>,
    /// The issuers that a resolver has named; `None` where there is no resolver.
    pub resolved_issuers: Option<Occupancy>,
    /// The issuer that is asked about tokens; `None` where no issuer is asked.
    pub introspection: Option<IntrospectionStatus>,
}

/// An issuer's keys at the moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct IssuerStatus {
    /// Its identifier.
    pub identifier: String,
    /// The keys in hand, fresh or not.
    pub keys: Vec<KeyStatus>,
    /// The keys of the set that are never used.
    pub skipped_keys: Vec<SkippedKeyStatus>,
    /// How long ago the issuer confirmed the set last; `None` where no set was fetched.
    #[serde(rename = "key_set_age_seconds", serialize_with = "seconds")]
    pub key_set_age: Option<Duration>,
    /// In how long the first request will ask the issuer for its set; zero, where the next request does; `None` where it
    /// is not fetched.
    #[serde(rename = "next_refresh_seconds", serialize_with = "seconds")]
    pub next_refresh: Option<Duration>,
    /// Whether the set is being fetched.
    pub is_fetching: bool,
    /// The last fetch that brought nothing, however long ago.
    pub last_failure: Option<FailureStatus>,
}

/// A key that verifies tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct KeyStatus {
    /// Its name within the set.
    pub kid: Option<String>,
    /// The algorithms that it verifies.
    pub algorithms: Vec<Algorithm>,
}

/// A key of the set that is never used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SkippedKeyStatus {
    /// Its place in `keys`, from 0.
    pub index: usize,
    /// Its name within the set.
    pub kid: Option<String>,
    /// Why it is not used.
    pub why: String,
}

/// A fetch that brought nothing, or a question about a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FailureStatus {
    /// How long ago it ended.
    #[serde(rename = "age_seconds", serialize_with = "whole_seconds")]
    pub age: Duration,
    /// The stable name of the failure, in `snake_case`.
    pub code: &'static str,
    /// What went wrong, in words, with URLs without credentials and parameters.
    pub why: String,
}

/// The calls about tokens, and the answers in hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct IntrospectionStatus {
    /// The identifier of the issuer that is asked.
    pub issuer: String,
    /// The tokens about which something is known.
    pub answers: Occupancy,
    /// The calls under way.
    pub calls: Occupancy,
    /// The last time that the issuer could not be asked, or gave no answer that can be used, however long ago. A pause that
    /// follows unanswered calls is not a failure.
    pub last_failure: Option<FailureStatus>,
}

impl Engine {
    /// What the engine holds at the moment. It looks at each remembered token, so it is for an operator's page and not for each
    /// request.
    #[must_use]
    pub fn status(&self, now: Now) -> EngineStatus {
        let mut issuers: Vec<_> = self.issuers().map(|issuer| IssuerStatus::of(issuer, now)).collect();
        issuers.sort_by(|one, other| one.identifier.cmp(&other.identifier));
        let introspection = self.introspector.as_ref().map(|introspector| IntrospectionStatus {
            issuer: introspector.issuer().identifier().to_owned(),
            answers: introspector.cache().answers(),
            calls: introspector.cache().calls(),
            last_failure: introspector.cache().last_failure().map(|failed| FailureStatus::of(&failed, now)),
        });
        EngineStatus {
            issuers,
            verified_tokens: self.tokens.occupancy(),
            used_proofs: self.replays.as_ref().map(|replays| replays.occupancy()),
            revocations: self.revocations.as_ref().map(|revocations| revocations.occupancy()),
            resolved_issuers: self
                .resolved
                .as_ref()
                .map(|resolved| resolved.occupancy(&self.defaults.limits)),
            introspection,
        }
    }

    /// The keys of one issuer at the moment, which a resolver may have named; `None` where it is not trusted.
    #[must_use]
    pub fn issuer_status(&self, identifier: &str, now: Now) -> Option<IssuerStatus> {
        self.issuer(identifier, now).map(|issuer| IssuerStatus::of(&issuer, now))
    }
}

impl IssuerStatus {
    fn of(issuer: &Issuer, now: Now) -> Self {
        let set = issuer.keys();
        let keys = set.iter().flat_map(|set| set.keys());
        let skipped = set.iter().flat_map(|set| set.skipped());
        let timing = issuer.key_set_timing(now.uptime());
        Self {
            identifier: issuer.identifier().to_owned(),
            keys: keys.map(|key| KeyStatus::of(key)).collect(),
            skipped_keys: skipped
                .map(|key| SkippedKeyStatus {
                    index: key.index,
                    kid: key.kid.clone(),
                    why: key.why.to_string(),
                })
                .collect(),
            key_set_age: timing.as_ref().and_then(|timing| timing.age),
            next_refresh: timing.as_ref().map(|timing| timing.next_refresh),
            is_fetching: timing.is_some_and(|timing| timing.is_under_way),
            last_failure: issuer.last_failure().map(|failed| FailureStatus::of(&failed, now)),
        }
    }
}

impl KeyStatus {
    fn of(key: &VerifyingKey) -> Self {
        Self { kid: key.kid().map(str::to_owned), algorithms: key.algorithms().collect() }
    }
}

impl FailureStatus {
    fn of(failed: &FailedFetch, now: Now) -> Self {
        Self {
            age: now.uptime().saturating_sub(failed.at),
            code: failed.why.code(),
            why: failed.why.to_string(),
        }
    }
}

fn seconds<S: Serializer>(time: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => whole_seconds(time, serializer),
        None => serializer.serialize_none(),
    }
}

fn whole_seconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(time.as_secs())
}
