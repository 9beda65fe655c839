//! What all requests of one issuer share.

use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use serde_json::{Map, Value};

use crate::config::{Config, RequestedClaims};
use crate::fault::{Counters, Endpoint, Staged};
use crate::key_ring::KeyRing;

#[derive(Debug)]
pub(crate) struct IssuerState {
    pub(crate) config: Config,
    /// The issuer identifier: what `iss` says.
    pub(crate) url: String,
    pub(crate) paths: Paths,
    pub(crate) staged: Staged,
    pub(crate) counters: Counters,
    pub(crate) not_modified: AtomicU64,
    keys: RwLock<KeyRing>,
    settings: Mutex<Settings>,
}

/// What a test may change while the issuer runs.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) requested_claims: RequestedClaims,
    pub(crate) jwks_cache_control: Option<String>,
    /// Members that replace, add to or (null) leave out of the metadata.
    pub(crate) metadata: Map<String, Value>,
}

/// Where everything is served.
#[derive(Clone, Debug)]
pub(crate) struct Paths {
    pub(crate) openid: String,
    pub(crate) oauth: String,
    pub(crate) jwks: String,
    pub(crate) token: String,
}

impl Paths {
    fn of(config: &Config) -> Self {
        let base = config.base_path();
        Self {
            openid: format!("{base}/.well-known/openid-configuration"),
            oauth: format!("/.well-known/oauth-authorization-server{base}"),
            jwks: format!("{base}/jwks"),
            token: format!("{base}/token"),
        }
    }

    pub(crate) fn endpoint(&self, path: &str) -> Endpoint {
        if path == self.openid || path == self.oauth {
            Endpoint::Metadata
        } else if path == self.jwks {
            Endpoint::Jwks
        } else if path == self.token {
            Endpoint::Token
        } else {
            Endpoint::All
        }
    }
}

impl IssuerState {
    pub(crate) fn new(config: Config, origin: &str, keys: KeyRing) -> Self {
        Self {
            url: format!("{origin}{}", config.path),
            paths: Paths::of(&config),
            staged: Staged::default(),
            counters: Counters::default(),
            not_modified: AtomicU64::new(0),
            keys: RwLock::new(keys),
            settings: Mutex::new(Settings {
                requested_claims: config.requested_claims,
                jwks_cache_control: config.jwks_cache_control.clone(),
                metadata: Map::new(),
            }),
            config,
        }
    }

    /// The URL of one of the [`Paths`].
    pub(crate) fn url_of(&self, path: &str) -> String {
        let origin = self.url.strip_suffix(&self.config.path).unwrap_or(&self.url);
        format!("{origin}{path}")
    }

    // A poisoned lock is no news here: whoever panicked has failed its test already.

    pub(crate) fn keys(&self) -> RwLockReadGuard<'_, KeyRing> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn keys_mut(&self) -> RwLockWriteGuard<'_, KeyRing> {
        self.keys.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn settings(&self) -> Settings {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn change_settings(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.settings.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
