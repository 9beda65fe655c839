//! The tokens that the clients send, and what is known of the keys they are signed with.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

use bearward_issuer::{Algorithm, RunningIssuer, SigningKey};

use crate::AUDIENCE;
use crate::chance::Chance;

/// Keys that are published at a time. An older one is withdrawn, a moment after the last token of it was sent.
const PUBLISHED: usize = 4;
const LAST_TOKENS: Duration = Duration::from_secs(8);

/// Live tokens of one key, which are sent again and again.
const LIVE: usize = 200;

/// What a request presents.
pub(crate) struct Presented {
    pub(crate) token: String,
    pub(crate) kind: Kind,
}

#[derive(Clone)]
pub(crate) enum Kind {
    /// Valid, signed with this key.
    Valid(Arc<PublishedKey>),
    /// With the `kid` of a published key and the signature of another.
    Forged,
    /// With a `kid` that was never published.
    UnknownKey,
}

/// A key of the authorization server's set.
pub(crate) struct PublishedKey {
    key: SigningKey,
    pub(crate) published: Instant,
    /// When the API first accepted a token of this key.
    accepted: OnceLock<Instant>,
    live: Mutex<Vec<String>>,
}

impl PublishedKey {
    fn new(key: SigningKey) -> Arc<Self> {
        Arc::new(Self { key, published: Instant::now(), accepted: OnceLock::new(), live: Mutex::default() })
    }

    pub(crate) fn accept(&self) {
        self.accepted.get_or_init(Instant::now);
    }

    pub(crate) fn is_accepted(&self) -> bool {
        self.accepted.get().is_some()
    }
}

pub(crate) struct Tokens {
    issuer: Arc<RunningIssuer>,
    /// The newest last.
    keys: RwLock<Vec<Arc<PublishedKey>>>,
    foreign: SigningKey,
    minted: AtomicU64,
}

impl Tokens {
    pub(crate) fn new(issuer: Arc<RunningIssuer>) -> Self {
        let keys = RwLock::new(vec![PublishedKey::new(issuer.signing_key())]);
        Self { issuer, keys, foreign: SigningKey::generate(Algorithm::Es256), minted: AtomicU64::new(0) }
    }

    /// Most of the time a token that was sent before, as clients do.
    pub(crate) fn next(&self, chance: &mut Chance) -> Option<Presented> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner).clone();
        let newest = keys.last()?;
        let (token, kind) = match chance.below(100) {
            0..10 => {
                let forged = self.mint(&self.foreign, |token| match newest.key.kid() {
                    Some(kid) => token.header("kid", kid),
                    None => token,
                });
                (forged, Kind::Forged)
            }
            10..20 => {
                let kid = format!("made-up-{}", chance.below(u64::MAX));
                (self.mint(&self.foreign, |token| token.header("kid", kid)), Kind::UnknownKey)
            }
            20..35 => (self.mint(&newest.key, |token| token), Kind::Valid(Arc::clone(newest))),
            _ => {
                let key = chance.pick(&keys)?;
                (self.live(key, chance), Kind::Valid(Arc::clone(key)))
            }
        };
        Some(Presented { token, kind })
    }

    /// Publishes a new key, which signs from now on, and withdraws the oldest once there are enough.
    pub(crate) async fn rotate(&self) {
        self.issuer.rotate(Algorithm::Es256);
        let oldest = {
            let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
            keys.push(PublishedKey::new(self.issuer.signing_key()));
            if keys.len() > PUBLISHED { Some(keys.remove(0)) } else { None }
        };
        if let Some(kid) = oldest.as_ref().and_then(|oldest| oldest.key.kid()) {
            tokio::time::sleep(LAST_TOKENS).await;
            self.issuer.withdraw(kid);
        }
    }

    fn live(&self, key: &PublishedKey, chance: &mut Chance) -> String {
        let mut live = key.live.lock().unwrap_or_else(PoisonError::into_inner);
        if live.len() < LIVE {
            live.push(self.mint(&key.key, |token| token));
        }
        chance.pick(&live).cloned().unwrap_or_default()
    }

    fn mint(
        &self,
        key: &SigningKey,
        change: impl FnOnce(bearward_issuer::TokenBuilder) -> bearward_issuer::TokenBuilder,
    ) -> String {
        let number = self.minted.fetch_add(1, Ordering::Relaxed);
        let token = key.mint(self.issuer.url()).audience(AUDIENCE).subject(format!("subject-{number}"));
        // A run is shorter than this.
        change(token.expires_in(24 * 60 * 60)).sign()
    }
}

#[cfg(test)]
impl PublishedKey {
    /// One that was published just now.
    pub(crate) fn of_test() -> Arc<Self> {
        Self::new(SigningKey::generate(Algorithm::Es256))
    }
}
