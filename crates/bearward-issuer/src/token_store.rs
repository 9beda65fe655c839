//! What the server remembers of its tokens. Everything is bounded; the oldest is forgotten first.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value};

use crate::mint::{random_base64url, sha256_base64url};

/// More tokens than any test has alive at once.
const MEMORY: usize = 100_000;

/// Opaque tokens, revoked tokens, and staged answers about tokens. Kept by hash, as a server that may be read by
/// others would keep them.
#[derive(Debug, Default)]
pub(crate) struct TokenStore {
    opaque: Bounded<OpaqueToken>,
    revoked: Bounded<()>,
    staged: Bounded<Value>,
}

/// What an opaque token stands for.
#[derive(Clone, Debug)]
pub(crate) struct OpaqueToken {
    pub(crate) claims: Map<String, Value>,
    /// The JWT to answer phantom-token requests with, if a test fixed it.
    pub(crate) jwt: Option<String>,
}

impl TokenStore {
    /// Keeps an opaque token and gives its handle of 256 random bits.
    pub(crate) fn keep(&mut self, token: OpaqueToken) -> String {
        let handle = random_base64url::<32>();
        self.opaque.insert(hash(&handle), token);
        handle
    }

    pub(crate) fn opaque(&self, token: &str) -> Option<&OpaqueToken> {
        self.opaque.entries.get(&hash(token))
    }

    pub(crate) fn revoke(&mut self, token: &str) {
        self.revoked.insert(hash(token), ());
    }

    pub(crate) fn is_revoked(&self, token: &str) -> bool {
        self.revoked.entries.contains_key(&hash(token))
    }

    pub(crate) fn stage(&mut self, token: &str, answer: Value) {
        self.staged.insert(hash(token), answer);
    }

    pub(crate) fn staged(&self, token: &str) -> Option<&Value> {
        self.staged.entries.get(&hash(token))
    }
}

/// A map that forgets its oldest entry when it is full.
#[derive(Debug)]
pub(crate) struct Bounded<V> {
    entries: HashMap<String, V>,
    order: VecDeque<String>,
    memory: usize,
}

impl<V> Bounded<V> {
    pub(crate) fn with_memory(memory: usize) -> Self {
        Self { entries: HashMap::new(), order: VecDeque::new(), memory }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&V> {
        self.entries.get(key)
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut V> {
        self.entries.get_mut(key)
    }

    /// Its place in the order of age stays, and is forgotten with it.
    pub(crate) fn remove(&mut self, key: &str) -> Option<V> {
        self.entries.remove(key)
    }

    pub(crate) fn insert(&mut self, key: String, value: V) {
        if self.entries.insert(key.clone(), value).is_none() {
            self.order.push_back(key);
        }
        if self.order.len() > self.memory
            && let Some(oldest) = self.order.pop_front()
        {
            self.entries.remove(&oldest);
        }
    }
}

impl<V> Default for Bounded<V> {
    fn default() -> Self {
        Self::with_memory(MEMORY)
    }
}

/// The ids of proofs and assertions that were used. Never forgets one that could still be accepted.
#[derive(Debug, Default)]
pub(crate) struct UsedIds {
    expiries: Mutex<HashMap<String, i64>>,
}

impl UsedIds {
    /// Whether this is the first use of `id`; it is remembered until it expires. A full memory uses up no more.
    pub(crate) fn claim(&self, id: &str, now: i64, expires_at: i64) -> bool {
        let mut expiries = self.expiries.lock().unwrap_or_else(PoisonError::into_inner);
        if expiries.len() >= MEMORY {
            expiries.retain(|_, expiry| *expiry >= now);
        }
        let id = hash(id);
        let fresh = expiries.get(&id).is_none_or(|expiry| *expiry < now);
        if fresh && expiries.len() < MEMORY {
            expiries.insert(id, expires_at);
            return true;
        }
        false
    }
}

fn hash(token: &str) -> String {
    sha256_base64url(token.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_used_once_until_it_expires() {
        let used = UsedIds::default();
        assert!(used.claim("a", 10, 20));
        assert!(!used.claim("a", 10, 20));
        assert!(!used.claim("a", 20, 30));
        assert!(used.claim("b", 20, 30));
        assert!(used.claim("a", 21, 30));
    }

    #[test]
    fn a_full_memory_of_ids_refuses_until_one_expires() {
        let used = UsedIds::default();
        for id in 0..MEMORY {
            assert!(used.claim(&id.to_string(), 0, 10));
        }
        assert!(!used.claim("one more", 10, 20));
        assert!(!used.claim("0", 10, 20));
        assert!(used.claim("one more", 11, 20));
    }

    #[test]
    fn the_oldest_opaque_token_is_forgotten_first() {
        let mut store = TokenStore::default();
        let token = || OpaqueToken { claims: Map::new(), jwt: None };
        let first = store.keep(token());
        let second = store.keep(token());
        assert_eq!(first.len(), 43);
        for _ in 2..=MEMORY {
            store.keep(token());
        }
        assert!(store.opaque(&first).is_none() && store.opaque(&second).is_some());
    }
}
