//! Issuers that a resolver names at run time, from an allowlist of the operator's.
//!
//! 1. The resolver's word holds for ten minutes, a refusal for half a minute; then it is asked again.
//! 2. Each memory is bounded, so that a client with made-up issuers cannot fill it.
//! 3. A configuration that stays the same keeps its keys.
//! 4. If the memory is full, it removes an issuer of which no token was verified recently ([`ring`]). One whose keys
//!    are being fetched, or waited for, never does.
//! 5. An issuer that gave way is learned again at most once per [`PACE`]. So its keys are fetched no more often,
//!    however many issuers take turns; until then its tokens are answered 503.

mod ring;

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use self::ring::Ring;
use crate::memory::occupancy::Occupancy;
use crate::trust::issuer::{
    Issuer, IssuerConfig, IssuerDefaults, IssuerProblem, LoadBalancerError, MemberProblem,
};
use crate::trust::limits::Limits;
use crate::wire::redacted::RedactedUrl;

const TRUST: Duration = Duration::from_secs(600);
const REFUSAL: Duration = Duration::from_secs(30);
const MOST_REFUSALS: usize = 1000;

/// Least time from when an issuer was learned to when it is learned again after it gave way.
pub(crate) const PACE: Duration = Duration::from_secs(1);

/// Least number of issuers that gave way and are remembered for it; a number and a time are little to keep.
const LEAST_PAUSED: usize = 1000;

/// What is remembered of the resolver's words.
#[derive(Default)]
pub(crate) struct ResolvedIssuers {
    trusted: RwLock<Ring>,
    /// Locked before `trusted` by those who lock both.
    turned_down: Mutex<TurnedDown>,
}

#[derive(Default)]
struct TurnedDown {
    refused: HashMap<Box<str>, Duration>,
    /// Issuers that gave way, by hash, and until when. Two that share a hash share a pause of a second.
    paused: HashMap<u64, Duration>,
    hasher: RandomState,
}

/// A trusted issuer, and what it was built of.
struct Known {
    identifier: Arc<str>,
    config: IssuerConfig,
    issuer: Arc<Issuer>,
    learned_at: Duration,
}

pub(crate) enum Resolution {
    Trusted(Arc<Issuer>),
    Refused,
    /// It gave way to others just now; it can be learned again after this time.
    Paused(Duration),
    Unknown,
}

impl fmt::Debug for ResolvedIssuers {
    /// How many there are. The refused ones are claims of tokens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResolvedIssuers")
            .field("trusted", &self.trusted().len())
            .field("refused", &self.turned_down().refused.len())
            .finish()
    }
}

impl ResolvedIssuers {
    pub(crate) fn find(&self, identifier: &str, uptime: Duration) -> Resolution {
        let known = self.trusted().find(identifier).map(|known| Arc::clone(&known.issuer));
        if let Some(issuer) = known.filter(|issuer| issuer.is_trusted(uptime)) {
            return Resolution::Trusted(issuer);
        }
        let turned_down = self.turned_down();
        if turned_down.refused.get(identifier).is_some_and(|until| uptime < *until) {
            return Resolution::Refused;
        }
        match turned_down.paused.get(&turned_down.hash(identifier)) {
            Some(until) if uptime < *until => Resolution::Paused(*until - uptime),
            _ => Resolution::Unknown,
        }
    }

    pub(crate) fn learn(
        &self,
        identifier: &str,
        config: Option<IssuerConfig>,
        defaults: &IssuerDefaults,
        uptime: Duration,
    ) -> Result<(), Vec<MemberProblem>> {
        let built = config.map(|config| self.build(identifier, config, defaults, uptime));
        match built {
            Some(Ok(known)) => {
                self.trust(known, defaults.limits.max_resolved_issuers, uptime);
                Ok(())
            }
            Some(Err(error)) => {
                self.refuse(identifier, uptime);
                Err(error)
            }
            None => {
                self.refuse(identifier, uptime);
                Ok(())
            }
        }
    }

    fn build(
        &self,
        identifier: &str,
        config: IssuerConfig,
        defaults: &IssuerDefaults,
        uptime: Duration,
    ) -> Result<Arc<Known>, Vec<MemberProblem>> {
        if config.identifier() != identifier {
            let other = IssuerProblem::NotAsked(RedactedUrl::of(config.identifier()));
            return Err(vec![("issuer".into(), other)]);
        }
        if config.introspects() {
            let introspects = IssuerProblem::ResolvedIntrospection(RedactedUrl::of(identifier));
            return Err(vec![("introspection".into(), introspects)]);
        }
        if config.signer().is_some() {
            let why = LoadBalancerError("a resolver cannot name one; configure it");
            return Err(vec![("load_balancer".into(), IssuerProblem::LoadBalancer(why))]);
        }
        if let Some(known) = self.trusted().find(identifier).filter(|known| known.config == config) {
            return Ok(Arc::clone(known));
        }
        let issuer = Arc::new(config.clone().build(defaults)?);
        Ok(Arc::new(Known { identifier: identifier.into(), config, issuer, learned_at: uptime }))
    }

    fn trust(&self, known: Arc<Known>, most: usize, uptime: Duration) {
        let mut turned_down = self.turned_down();
        let mut trusted = self.trusted_mut();
        turned_down.refused.remove(&*known.identifier);
        if trusted.find(&known.identifier).is_none()
            && !make_room(&mut trusted, &mut turned_down, most.max(1), uptime)
        {
            turned_down.pause(&known.identifier, uptime.saturating_add(PACE), most, uptime);
            return;
        }
        known.issuer.trust_until(uptime.saturating_add(TRUST));
        let former = trusted.put(Arc::clone(&known));
        // Tokens verified under the former configuration must not live on in the cache.
        if let Some(former) = former.filter(|former| !Arc::ptr_eq(&former.issuer, &known.issuer)) {
            former.issuer.trust_until(Duration::ZERO);
        }
    }

    fn refuse(&self, identifier: &str, uptime: Duration) {
        let mut turned_down = self.turned_down();
        let refused = &mut turned_down.refused;
        if refused.len() >= MOST_REFUSALS {
            refused.retain(|_, until| uptime < *until);
        }
        // This refusal is what somebody is waiting to hear, so an older one gives way: forgotten at once, it
        // would be asked for over and over.
        if refused.len() >= MOST_REFUSALS
            && let Some(any) = refused.keys().next().cloned()
        {
            refused.remove(&any);
        }
        refused.insert(identifier.into(), uptime.saturating_add(REFUSAL));
        if let Some(known) = self.trusted_mut().remove(identifier) {
            known.issuer.trust_until(Duration::ZERO);
        }
    }

    /// The issuers that are trusted, those included whose trust has ended and that have not given way yet.
    pub(crate) fn occupancy(&self, limits: &Limits) -> Occupancy {
        Occupancy::new(self.trusted().len(), limits.max_resolved_issuers.max(1))
    }

    /// How many issuers are remembered as trusted, and how many as refused.
    #[cfg(test)]
    pub(crate) fn sizes(&self) -> (usize, usize) {
        (self.trusted().len(), self.turned_down().refused.len())
    }

    // Nothing that holds one of the locks can panic between two changes that belong together, so a poisoned one
    // guards whole data.

    fn trusted(&self) -> RwLockReadGuard<'_, Ring> {
        self.trusted.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn trusted_mut(&self) -> RwLockWriteGuard<'_, Ring> {
        self.trusted.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn turned_down(&self) -> MutexGuard<'_, TurnedDown> {
        self.turned_down.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets issuers give way until there is room for one more. `false` where each is being waited for.
fn make_room(trusted: &mut Ring, turned_down: &mut TurnedDown, most: usize, uptime: Duration) -> bool {
    while trusted.len() >= most {
        let Some(evicted) = trusted.evict(|known| known.issuer.is_awaited(uptime)) else { return false };
        let until = evicted.learned_at.saturating_add(PACE);
        turned_down.pause(&evicted.identifier, until, most, uptime);
        // Its tokens must not live on in the cache, where no new configuration and no refusal would reach them.
        evicted.issuer.trust_until(Duration::ZERO);
    }
    true
}

impl TurnedDown {
    fn hash(&self, identifier: &str) -> u64 {
        self.hasher.hash_one(identifier)
    }

    fn pause(&mut self, identifier: &str, until: Duration, most_trusted: usize, uptime: Duration) {
        if until <= uptime {
            return;
        }
        let most = most_trusted.max(LEAST_PAUSED);
        if self.paused.len() >= most {
            self.paused.retain(|_, until| uptime < *until);
        }
        if self.paused.len() >= most
            && let Some(any) = self.paused.keys().next().copied()
        {
            self.paused.remove(&any);
        }
        self.paused.insert(self.hash(identifier), until);
    }
}
