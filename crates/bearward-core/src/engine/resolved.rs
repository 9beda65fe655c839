//! Issuers that a resolver names at run time, from an allowlist of the operator's.
//!
//! 1. The resolver's word holds for ten minutes, a refusal for half a minute; then it is asked again.
//! 2. Both memories are bounded: whoever makes issuers up fills neither.
//! 3. A configuration that stays the same keeps its keys.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;

use super::config::IssuerSettings;
use crate::error::{ConfigError, UrlError};
use crate::issuer::{Issuer, IssuerConfig};
use crate::limits::Limits;
use crate::redacted::RedactedUrl;

const TRUST: Duration = Duration::from_secs(600);
const REFUSAL: Duration = Duration::from_secs(30);
const MOST_REFUSALS: usize = 1000;

/// What is remembered of the resolver's words.
#[derive(Default)]
pub(super) struct ResolvedIssuers {
    /// Replaced whole, so that finding takes no lock; shared parts, so that replacing copies only pointers.
    trusted: ArcSwap<HashMap<Arc<str>, Arc<Known>>>,
    refused: Mutex<HashMap<Box<str>, Duration>>,
}

struct Known {
    config: IssuerConfig,
    issuer: Arc<Issuer>,
}

pub(super) enum Resolution {
    Trusted(Arc<Issuer>),
    Refused,
    Unknown,
}

impl fmt::Debug for ResolvedIssuers {
    /// How many there are. The refused ones are claims of tokens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResolvedIssuers")
            .field("trusted", &self.trusted.load().len())
            .field("refused", &self.refused().len())
            .finish()
    }
}

impl ResolvedIssuers {
    pub(super) fn find(&self, identifier: &str, uptime: Duration) -> Resolution {
        let trusted = self.trusted.load();
        let known = trusted.get(identifier).filter(|known| known.issuer.is_trusted(uptime));
        if let Some(known) = known {
            return Resolution::Trusted(Arc::clone(&known.issuer));
        }
        match self.refused().get(identifier) {
            Some(until) if uptime < *until => Resolution::Refused,
            _ => Resolution::Unknown,
        }
    }

    pub(super) fn learn(
        &self,
        identifier: &str,
        config: Option<IssuerConfig>,
        settings: &IssuerSettings,
        limits: &Limits,
        uptime: Duration,
    ) -> Result<(), ConfigError> {
        let built = config.map(|config| self.build(identifier, config, settings, limits));
        match built {
            Some(Ok(known)) => {
                known.issuer.trust_until(uptime.saturating_add(TRUST));
                self.trust(identifier, known, limits.resolved_issuers, uptime);
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
        settings: &IssuerSettings,
        limits: &Limits,
    ) -> Result<Arc<Known>, ConfigError> {
        if config.identifier() != identifier {
            return Err(ConfigError::Issuer {
                issuer: RedactedUrl::of(config.identifier()),
                why: UrlError::OtherIssuer,
            });
        }
        if config.introspects() {
            return Err(ConfigError::ResolvedIntrospection(RedactedUrl::of(identifier)));
        }
        match self.trusted.load().get(identifier) {
            Some(known) if known.config == config => Ok(Arc::clone(known)),
            _ => {
                let issuer = Arc::new(config.clone().build(&settings.wide(limits))?);
                Ok(Arc::new(Known { config, issuer }))
            }
        }
    }

    fn trust(&self, identifier: &str, known: Arc<Known>, most: usize, uptime: Duration) {
        // The lock on the refusals also keeps writers of the trusted map apart.
        let mut refused = self.refused();
        refused.remove(identifier);
        let trusted = self.trusted.load();
        if trusted.get(identifier).is_some_and(|current| Arc::ptr_eq(current, &known)) {
            return;
        }
        let mut trusted = HashMap::clone(&trusted);
        if trusted.len() >= most {
            trusted.retain(|_, known| known.issuer.is_trusted(uptime));
        }
        if trusted.len() >= most
            && let Some(any) = trusted.keys().next().cloned()
        {
            trusted.remove(&any);
        }
        let issuer = Arc::clone(&known.issuer);
        let replaced = trusted.insert(identifier.into(), known);
        // Tokens verified under the former configuration must not live on in the cache.
        if let Some(former) = replaced.filter(|former| !Arc::ptr_eq(&former.issuer, &issuer)) {
            former.issuer.trust_until(Duration::ZERO);
        }
        self.trusted.store(Arc::new(trusted));
    }

    fn refuse(&self, identifier: &str, uptime: Duration) {
        let mut refused = self.refused();
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
        if self.trusted.load().contains_key(identifier) {
            let mut trusted = HashMap::clone(&self.trusted.load());
            if let Some(known) = trusted.remove(identifier) {
                known.issuer.trust_until(Duration::ZERO);
            }
            self.trusted.store(Arc::new(trusted));
        }
    }

    /// How many issuers are remembered as trusted, and how many as refused.
    #[cfg(test)]
    pub(super) fn sizes(&self) -> (usize, usize) {
        (self.trusted.load().len(), self.refused().len())
    }

    fn refused(&self) -> MutexGuard<'_, HashMap<Box<str>, Duration>> {
        // Each holder makes one change at a time, so a poisoned lock guards whole data.
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
