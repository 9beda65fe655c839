//! What all requests of one issuer share.

use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use serde_json::{Map, Value};

use crate::clock;
use crate::code_flow::store::CodeFlowStore;
use crate::config::{Config, DpopNonce, RequestedClaims};
use crate::fault::{Counters, Endpoint, Staged};
use crate::grant::client_assertion::AssertionRules;
use crate::key_ring::KeyRing;
use crate::mint::random_base64url;
use crate::token_store::{TokenStore, UsedIds};

#[derive(Debug)]
pub(crate) struct IssuerState {
    pub(crate) config: Config,
    /// The issuer identifier: what `iss` says.
    pub(crate) url: String,
    pub(crate) paths: Paths,
    pub(crate) staged: Staged,
    pub(crate) counters: Counters,
    pub(crate) not_modified: AtomicU64,
    pub(crate) used_ids: UsedIds,
    keys: RwLock<KeyRing>,
    tokens: Mutex<TokenStore>,
    code_flow: Mutex<CodeFlowStore>,
    settings: Mutex<Settings>,
}

/// What a test may change while the issuer runs.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) requested_claims: RequestedClaims,
    pub(crate) jwks_cache_control: Option<String>,
    /// Members that replace, add to or (null) leave out of the metadata.
    pub(crate) metadata: Map<String, Value>,
    /// What a DPoP proof at the token endpoint must bear now, if anything.
    pub(crate) dpop_nonce: Option<String>,
}

/// Where everything is served.
#[derive(Clone, Debug)]
pub(crate) struct Paths {
    pub(crate) openid: String,
    pub(crate) oauth: String,
    pub(crate) jwks: String,
    pub(crate) token: String,
    pub(crate) introspection: String,
    pub(crate) revocation: String,
    pub(crate) authorization: String,
    pub(crate) registration: String,
}

impl Paths {
    fn of(config: &Config) -> Self {
        let base = config.base_path();
        Self {
            openid: format!("{base}/.well-known/openid-configuration"),
            oauth: format!("/.well-known/oauth-authorization-server{base}"),
            jwks: format!("{base}/jwks"),
            token: format!("{base}/token"),
            introspection: format!("{base}/introspect"),
            revocation: format!("{base}/revoke"),
            authorization: format!("{base}/authorize"),
            registration: format!("{base}/register"),
        }
    }

    pub(crate) fn endpoint(&self, path: &str) -> Endpoint {
        if path == self.openid || path == self.oauth {
            Endpoint::Metadata
        } else if path == self.jwks {
            Endpoint::Jwks
        } else if path == self.token {
            Endpoint::Token
        } else if path == self.introspection {
            Endpoint::Introspection
        } else if path == self.revocation {
            Endpoint::Revocation
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
            used_ids: UsedIds::default(),
            keys: RwLock::new(keys),
            tokens: Mutex::default(),
            code_flow: Mutex::default(),
            settings: Mutex::new(Settings {
                requested_claims: config.requested_claims,
                jwks_cache_control: config.jwks_cache_control.clone(),
                metadata: Map::new(),
                dpop_nonce: (config.dpop_nonce == DpopNonce::Required).then(fresh_nonce),
            }),
            config,
        }
    }

    /// What a client assertion is held against, at an endpoint with one of these audiences.
    pub(crate) fn assertion_rules<'a>(&'a self, audiences: &'a [&'a str]) -> AssertionRules<'a> {
        AssertionRules { audiences, now: clock::unix_seconds(), used: &self.used_ids }
    }

    /// The URL of one of the [`Paths`].
    pub(crate) fn url_of(&self, path: &str) -> String {
        format!("{}{path}", self.origin())
    }

    /// Scheme, host and port.
    pub(crate) fn origin(&self) -> &str {
        self.url.strip_suffix(&self.config.path).unwrap_or(&self.url)
    }

    /// Host and port.
    pub(crate) fn authority(&self) -> Option<&str> {
        self.origin().split_once("://").map(|(_, authority)| authority)
    }

    // A poisoned lock is no news here: whoever panicked has failed its test already.

    pub(crate) fn keys(&self) -> RwLockReadGuard<'_, KeyRing> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn keys_mut(&self) -> RwLockWriteGuard<'_, KeyRing> {
        self.keys.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn tokens(&self) -> MutexGuard<'_, TokenStore> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn code_flow(&self) -> MutexGuard<'_, CodeFlowStore> {
        self.code_flow.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn settings(&self) -> Settings {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn change_settings(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.settings.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// 128 random bits: a nonce shall not be guessed (RFC 9449 §8).
pub(crate) fn fresh_nonce() -> String {
    random_base64url::<16>()
}
