//! Stage 3: the issuers a resource server trusts, and where their keys come from (RFC 8414, RFC 9207 §2.4).
//!
//! 1. A token's `iss` is matched character by character against the configured identifiers. One that is not
//!    among them is refused before anything is fetched.
//! 2. Keys come from the issuer's own source: its metadata, a `jwks_uri`, or what the operator configured. No
//!    issuer's keys ever serve another's tokens.
//! 3. Metadata is used only if its `issuer` is the configured identifier (RFC 8414 §3.3), and its `jwks_uri` only if it
//!    is fetched as safely as the metadata was.
//!
//! Does no IO: what must be fetched is handed out as a [`Fetch`].

mod config;
mod error;
mod key_fetch;
mod keys_by_kid;
mod load_balancer;
mod problem;

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub(crate) use self::config::IssuerDefaults;
pub use self::config::{DangerousIssuer, IssuerConfig};
pub use self::error::IssuerError;
pub(crate) use self::key_fetch::{KeyFetch, KeyProgress};
pub(crate) use self::keys_by_kid::is_uuid;
use self::keys_by_kid::{KeyUrl, KeysByKid, Named};
pub use self::load_balancer::{LoadBalancer, LoadBalancerError};
pub use self::problem::IssuerProblem;
pub(crate) use self::problem::MemberProblem;
use crate::token::algorithm::{Algorithm, AlgorithmSet};
use crate::token::claims::OrganizationClaim;
use crate::trust::fetch_outcome::FailedFetch;
use crate::trust::in_flight::InFlight;
use crate::trust::introspection::IntrospectionError;
use crate::trust::key::{KeyLookup, KeyRequest, KeySet, KeySetCache, KeySetTiming};
use crate::trust::metadata::Places;
use crate::trust::url::HttpPolicy;
use crate::trust::validation_policy::ValidationPolicy;
use crate::wire::redacted::RedactedUrl;
use crate::wire::time::millis;

/// An authorization server that is trusted: its identifier, its keys, and what its tokens must hold.
#[derive(Debug)]
pub struct Issuer {
    identifier: Box<str>,
    algorithms: AlgorithmSet,
    keys: IssuerKeys,
    /// The shared secret beside its published keys: for HMAC algorithms, which those never verify.
    secret: Option<Arc<KeySet>>,
    validation: ValidationPolicy,
    organization_claim: OrganizationClaim,
    /// For a resolved issuer, the uptime in milliseconds until which the resolver's word holds; `u64::MAX`
    /// for a configured one.
    trusted_until: AtomicU64,
    /// Whether a token of it was verified since the last [`take_use`](Self::take_use).
    used: AtomicBool,
}

#[derive(Debug)]
enum IssuerKeys {
    Configured(Arc<KeySet>),
    Fetched(Arc<FetchedKeys>),
    ByKid(KeysByKid),
}

struct FetchedKeys {
    cache: Arc<KeySetCache>,
    location: KeyLocation,
    http: HttpPolicy,
    /// What the metadata may say in `issuer` besides the identifier: the name that a server has where it is reached
    /// from here.
    alias: Option<Box<str>>,
    max_keys: usize,
    max_bytes: usize,
    max_metadata_age: Duration,
    /// Whether the metadata must name the introspection endpoint, too.
    wants_endpoint: bool,
    /// The `jwks_uri` that the metadata named last, and until when it is used without another fetch.
    found_jwks_uri: Mutex<Option<(String, Duration)>>,
    /// What the metadata said last of the introspection endpoint; `None` before they were read.
    found_introspection: Mutex<Option<Result<Arc<str>, IntrospectionError>>>,
    last_failure: Mutex<Option<FailedFetch>>,
}

/// Where an issuer's key set is.
enum KeyLocation {
    JwksUri(String),
    /// One key, as PEM.
    Pem(KeyUrl),
    /// At the `jwks_uri` of its metadata, which are at one of these places.
    Metadata(Places),
}

impl Issuer {
    /// Its identifier, as in `iss`.
    #[must_use]
    pub fn identifier(&self) -> &str {
        &self.identifier
    }

    /// The algorithms its tokens may be signed with.
    #[must_use]
    pub fn algorithms(&self) -> AlgorithmSet {
        self.algorithms
    }

    /// The published or configured keys in hand, fresh or not; `None` before the first fetch. Without a shared secret
    /// beside them.
    #[must_use]
    pub fn keys(&self) -> Option<Arc<KeySet>> {
        match &self.keys {
            IssuerKeys::Configured(keys) => Some(Arc::clone(keys)),
            IssuerKeys::Fetched(fetched) => fetched.cache.current(),
            IssuerKeys::ByKid(_) => None,
        }
    }

    /// Whether it has keys that may serve at this time.
    pub(crate) fn has_keys(&self, uptime: Duration) -> bool {
        if self.secret.is_some() {
            return true;
        }
        match &self.keys {
            IssuerKeys::Fetched(fetched) => fetched.cache.may_serve(uptime),
            // Which of a load balancer's keys is wanted, only a token says.
            IssuerKeys::Configured(_) | IssuerKeys::ByKid(_) => true,
        }
    }

    /// How old its fetched key set is, and when it is asked for again.
    pub(crate) fn key_set_timing(&self, uptime: Duration) -> Option<KeySetTiming> {
        match &self.keys {
            IssuerKeys::Fetched(fetched) => Some(fetched.cache.timing(uptime)),
            IssuerKeys::Configured(_) | IssuerKeys::ByKid(_) => None,
        }
    }

    /// The last fetch of its keys that brought nothing.
    pub(crate) fn last_failure(&self) -> Option<FailedFetch> {
        match &self.keys {
            IssuerKeys::Fetched(fetched) => fetched.last_failure().clone(),
            IssuerKeys::Configured(_) | IssuerKeys::ByKid(_) => None,
        }
    }

    /// The introspection endpoint that its metadata name, or why there is none; `None` before they were read.
    pub(crate) fn introspection_endpoint(&self) -> Option<Result<Arc<str>, IntrospectionError>> {
        match &self.keys {
            IssuerKeys::Configured(_) | IssuerKeys::ByKid(_) => None,
            IssuerKeys::Fetched(fetched) => fetched.found_introspection().clone(),
        }
    }

    /// Whether its tokens are what a load balancer says.
    pub(crate) fn is_load_balancer(&self) -> bool {
        matches!(self.keys, IssuerKeys::ByKid(_))
    }

    pub(crate) fn validation(&self) -> &ValidationPolicy {
        &self.validation
    }

    pub(crate) fn organization_claim(&self) -> &OrganizationClaim {
        &self.organization_claim
    }

    pub(crate) fn is_trusted(&self, uptime: Duration) -> bool {
        millis(uptime) < self.trusted_until.load(Ordering::Acquire)
    }

    pub(crate) fn trust_until(&self, uptime: Duration) {
        self.trusted_until.store(millis(uptime), Ordering::Release);
    }

    /// A token of it was verified.
    pub(crate) fn note_use(&self) {
        // Nearly always noted already, and a look costs other threads nothing.
        if !self.used.load(Ordering::Relaxed) {
            self.used.store(true, Ordering::Relaxed);
        }
    }

    /// Whether a token of it was verified since [`take_use`](Self::take_use).
    pub(crate) fn is_used(&self) -> bool {
        self.used.load(Ordering::Relaxed)
    }

    /// The same, and starts anew.
    pub(crate) fn take_use(&self) -> bool {
        self.used.swap(false, Ordering::Relaxed)
    }

    /// Whether its keys are being fetched, or requests have waited for them and not looked at them yet.
    pub(crate) fn is_awaited(&self, uptime: Duration) -> bool {
        match &self.keys {
            IssuerKeys::Configured(_) => false,
            IssuerKeys::Fetched(fetched) => fetched.cache.is_awaited(uptime),
            IssuerKeys::ByKid(keys) => keys.is_awaited(uptime),
        }
    }

    /// Whether the keys in hand need no attention, answered without a lock.
    pub(crate) fn is_quiet(&self, uptime: Duration) -> bool {
        match &self.keys {
            // A key of its own URL is not taken back: its tokens live for two minutes.
            IssuerKeys::Configured(_) | IssuerKeys::ByKid(_) => true,
            IssuerKeys::Fetched(fetched) => fetched.cache.is_quiet(uptime),
        }
    }

    /// The keys for a token, or what must happen first.
    pub(crate) fn lookup(
        self: &Arc<Self>,
        request: KeyRequest<'_>,
        kid: Option<&str>,
        algorithm: Algorithm,
    ) -> KeyAnswer {
        if let Some(secret) = self.secret_for(algorithm) {
            return KeyAnswer::Use(secret, None);
        }
        let wanted = |keys: &KeySet| keys.candidates(kid, algorithm).next().is_some();
        let IssuerKeys::ByKid(keys) = &self.keys else { return self.answer(request, wanted) };
        match keys.find(kid, request.now()) {
            Named::At(fetched) => self.answer_from(&fetched, request, wanted),
            Named::Nowhere => KeyAnswer::Use(Arc::new(KeySet::empty()), None),
            Named::TooMany { retry_after } => KeyAnswer::Unavailable { retry_after },
        }
    }

    /// Whether any key is in hand, or what must happen first.
    pub(crate) fn warm(self: &Arc<Self>, uptime: Duration) -> KeyAnswer {
        self.answer(KeyRequest::new(uptime), |keys| !keys.keys().is_empty())
    }

    /// Asks for a set newer than the one in hand, as for an unknown key: at most once per cooldown. A shared secret
    /// has no newer one.
    pub(crate) fn newer(self: &Arc<Self>, request: KeyRequest<'_>, algorithm: Algorithm) -> KeyAnswer {
        match self.secret_for(algorithm) {
            Some(secret) => KeyAnswer::Use(secret, None),
            None => self.answer(request, |_| false),
        }
    }

    /// The shared secret beside its published keys, for a token of an HMAC algorithm.
    fn secret_for(&self, algorithm: Algorithm) -> Option<Arc<KeySet>> {
        self.secret.as_ref().filter(|_| !algorithm.is_asymmetric()).map(Arc::clone)
    }

    fn answer(self: &Arc<Self>, request: KeyRequest<'_>, wanted: impl Fn(&KeySet) -> bool) -> KeyAnswer {
        match &self.keys {
            IssuerKeys::Configured(keys) => KeyAnswer::Use(Arc::clone(keys), None),
            IssuerKeys::Fetched(fetched) => self.answer_from(fetched, request, wanted),
            // Which key is wanted, only a token says.
            IssuerKeys::ByKid(_) => KeyAnswer::Use(Arc::new(KeySet::empty()), None),
        }
    }

    fn answer_from(
        self: &Arc<Self>,
        fetched: &Arc<FetchedKeys>,
        request: KeyRequest<'_>,
        wanted: impl Fn(&KeySet) -> bool,
    ) -> KeyAnswer {
        let fetch = |ticket| KeyFetch::start(self, fetched, ticket, request.now());
        match fetched.cache.lookup(request, wanted) {
            KeyLookup::Use(keys) => KeyAnswer::Use(keys, None),
            KeyLookup::UseAndRefresh(keys, ticket) => KeyAnswer::Use(keys, Some(fetch(ticket))),
            KeyLookup::Fetch(ticket) => KeyAnswer::Fetch(fetch(ticket)),
            KeyLookup::Wait(in_flight) => KeyAnswer::Wait(in_flight),
            KeyLookup::Unavailable { retry_after } => KeyAnswer::Unavailable { retry_after },
        }
    }
}

/// What an issuer says to a request that wants its keys.
pub(crate) enum KeyAnswer {
    /// Verify with these; if there is a fetch, run it in the background.
    Use(Arc<KeySet>, Option<KeyFetch>),
    /// Run this; then ask again.
    Fetch(KeyFetch),
    /// Ask again when this has ended.
    Wait(InFlight),
    Unavailable {
        retry_after: Duration,
    },
}

impl FetchedKeys {
    fn found_jwks_uri(&self) -> MutexGuard<'_, Option<(String, Duration)>> {
        // Each holder replaces the value whole, so a poisoned lock guards a whole one.
        self.found_jwks_uri.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn found_introspection(&self) -> MutexGuard<'_, Option<Result<Arc<str>, IntrospectionError>>> {
        // As above.
        self.found_introspection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn last_failure(&self) -> MutexGuard<'_, Option<FailedFetch>> {
        // As above.
        self.last_failure.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for FetchedKeys {
    /// Without what the metadata said: its URLs may hold secrets, as the configured one may.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FetchedKeys")
            .field("location", &self.location)
            .field("http", &self.http)
            .field("cache", &self.cache)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for KeyLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pem(key) => f.debug_tuple("Pem").field(&RedactedUrl::of(&key.url)).finish(),
            Self::JwksUri(url) => f.debug_tuple("JwksUri").field(&RedactedUrl::of(url)).finish(),
            Self::Metadata(places) => {
                f.debug_tuple("Metadata").field(&RedactedUrl::of(&places.first)).finish()
            }
        }
    }
}
