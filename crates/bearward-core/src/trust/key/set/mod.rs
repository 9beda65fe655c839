//! A set of keys, and the choice of those that may have signed a token.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{JwkError, VerifyingKey};
use crate::token::algorithm::{Algorithm, AlgorithmSet};
use crate::trust::key::KeyError;
use crate::wire::json::{Json, JsonError, Object};
use crate::wire::redacted::RedactedUrl;

/// So many names of withdrawn keys are remembered; servers rotate one key or two at a time.
const MOST_WITHDRAWN: usize = 16;

/// The keys of one issuer at one moment.
#[derive(Debug)]
pub struct KeySet {
    /// Sorted by `kid`; keys without one come first.
    keys: Vec<Arc<VerifyingKey>>,
    skipped: Vec<SkippedKey>,
    /// Names of keys that former sets held and this one does not, the last ones first.
    withdrawn: Vec<Box<str>>,
    unnamed: UnnamedKeys,
    revision: Option<Revision>,
    /// The place of the key that verified last, where there were several to try.
    last_signer: AtomicUsize,
}

/// Which of the documents at one place a fetched set was read from.
struct Revision {
    url: String,
    etag: String,
}

impl fmt::Debug for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Revision").field("url", &RedactedUrl::of(&self.url)).finish_non_exhaustive()
    }
}

/// Which tokens a key without a `kid` may verify.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum UnnamedKeys {
    /// In a fetched set: only tokens that name no key either.
    ServeUnnamedTokens,
    /// The one key an operator configured by hand: every token of that issuer.
    ServeEveryToken,
}

/// A key of the set that is never used, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SkippedKey {
    /// Its place in `keys`, from 0.
    pub index: usize,
    /// Its `kid`, where it has one.
    pub kid: Option<String>,
    /// What is wrong with it.
    pub why: JwkError,
}

/// So many keys are named in one text; a set has few, unless something is wrong with all of it.
const MOST_NAMED: usize = 20;

/// The author of the set chooses a `kid`; this much of one is enough to recognize it.
const MOST_KID_CHARACTERS: usize = 64;

impl SkippedKey {
    /// Names each of these keys, and why it is not used: for logs and errors.
    #[must_use]
    pub fn list(keys: &[Self]) -> String {
        let named = keys.iter().take(MOST_NAMED).map(Self::to_string);
        let more = keys.len().checked_sub(MOST_NAMED).filter(|more| *more > 0);
        let more = more.map(|more| format!("and {more} more"));
        named.chain(more).collect::<Vec<_>>().join("; ")
    }
}

impl fmt::Display for SkippedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key {}", self.index)?;
        if let Some(kid) = &self.kid {
            let kid: String = kid.chars().take(MOST_KID_CHARACTERS).collect();
            write!(f, " ({kid:?})")?;
        }
        write!(f, ": {}", self.why)
    }
}

/// Why a document is not a JWK Set (RFC 7517 §5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeySetError {
    /// The document is not a JSON object.
    Json(JsonError),
    /// The object has no `keys` array.
    NoKeys,
}

impl fmt::Display for KeySetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(problem) => write!(f, "the key set cannot be read: {problem}"),
            Self::NoKeys => f.write_str("the document has no array named keys"),
        }
    }
}

impl std::error::Error for KeySetError {}

impl KeySet {
    /// Reads a JWK Set and keeps the keys that fit the allowlist; the others are listed in
    /// [`skipped`](Self::skipped), since one bad key must not take the good ones with it.
    ///
    /// # Errors
    /// [`KeySetError`] if the document as a whole is not a JWK Set.
    pub fn parse(document: &[u8], allowed: AlgorithmSet, max_keys: usize) -> Result<Self, KeySetError> {
        let object = Object::parse_document(document).map_err(KeySetError::Json)?;
        let Some(Json::Array(jwks)) = object.get("keys") else {
            return Err(KeySetError::NoKeys);
        };
        let (mut keys, mut skipped) = (Vec::new(), Vec::new());
        for (index, jwk) in jwks.iter().take(max_keys).enumerate().filter(|(_, jwk)| !is_empty(jwk)) {
            match parse_jwk(jwk, allowed) {
                Ok(key) => keys.push(Arc::new(key)),
                Err(why) => skipped.push(SkippedKey { index, kid: kid_of(jwk), why }),
            }
        }
        if let Some(beyond) = jwks.get(max_keys) {
            skipped.push(SkippedKey { index: max_keys, kid: kid_of(beyond), why: JwkError::BeyondLimit });
        }
        keys.sort_by(|a, b| a.kid().cmp(&b.kid()));
        Ok(Self {
            keys,
            skipped,
            withdrawn: Vec::new(),
            unnamed: UnnamedKeys::ServeUnnamedTokens,
            revision: None,
            last_signer: AtomicUsize::new(0),
        })
    }

    /// Reads one JWK, or a JWK Set, that the operator configured. A single key without a `kid` serves
    /// every token of its issuer.
    pub(crate) fn parse_static(text: &str, allowed: AlgorithmSet) -> Result<Self, StaticKeyError> {
        let object = Object::parse(text).map_err(|e| StaticKeyError::Set(KeySetError::Json(e)))?;
        if object.get("kty").is_none() {
            let set = Self::parse(text.as_bytes(), allowed, usize::MAX).map_err(StaticKeyError::Set)?;
            // Every downloaded set has keys for another purpose. A broken one, in a set that an operator wrote down by
            // hand, is a mistake to be told of.
            let broken = set.skipped.iter().map(|skipped| skipped.why).find(|why| why.is_broken());
            let unusable = set.keys.is_empty().then(|| set.skipped.first().map(|skipped| skipped.why));
            return match (broken.or(unusable.flatten()), unusable) {
                (Some(why), _) => Err(StaticKeyError::Key(why)),
                (None, Some(_)) => Err(StaticKeyError::Set(KeySetError::NoKeys)),
                (None, None) => Ok(set),
            };
        }
        let key = VerifyingKey::from_jwk(&object, allowed).map_err(StaticKeyError::Key)?;
        Ok(Self::of_one(key))
    }

    /// The set of no key: of a signer whose keys are asked for one by one.
    pub(crate) fn empty() -> Self {
        Self {
            keys: Vec::new(),
            skipped: Vec::new(),
            withdrawn: Vec::new(),
            unnamed: UnnamedKeys::ServeUnnamedTokens,
            revision: None,
            last_signer: AtomicUsize::new(0),
        }
    }

    /// The set of one key that the operator configured.
    pub(crate) fn of_one(key: VerifyingKey) -> Self {
        Self {
            keys: vec![Arc::new(key)],
            skipped: Vec::new(),
            withdrawn: Vec::new(),
            unnamed: UnnamedKeys::ServeEveryToken,
            revision: None,
            last_signer: AtomicUsize::new(0),
        }
    }

    /// The keys in use.
    #[must_use]
    pub fn keys(&self) -> &[Arc<VerifyingKey>] {
        &self.keys
    }

    /// The keys of the document that are never used.
    #[must_use]
    pub fn skipped(&self) -> &[SkippedKey] {
        &self.skipped
    }

    /// Whether the set says what became of a token's key although no key of it serves: it lists the key's name, or a
    /// former set did, or the token names none while all of these keys have names.
    pub(crate) fn accounts_for(&self, kid: Option<&str>) -> bool {
        match kid {
            Some(kid) => {
                self.keys.iter().any(|key| key.kid() == Some(kid))
                    || self.skipped.iter().any(|key| key.kid.as_deref() == Some(kid))
                    || self.withdrawn.iter().any(|withdrawn| **withdrawn == *kid)
            }
            None => self.keys.iter().all(|key| key.kid().is_some()),
        }
    }

    /// The keys that may have signed a token with this `kid` and `alg`: those of that `kid`, or, where the
    /// token names none, those that verify its algorithm.
    pub fn candidates(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
    ) -> impl Iterator<Item = &Arc<VerifyingKey>> + Clone {
        let named = match kid {
            None => &self.keys[..],
            Some(kid) => {
                let start = self.keys.partition_point(|key| key.kid() < Some(kid));
                let end = self.keys.partition_point(|key| key.kid() <= Some(kid));
                &self.keys[start..end]
            }
        };
        let unnamed = match (self.unnamed, kid) {
            (UnnamedKeys::ServeEveryToken, Some(_)) => {
                &self.keys[..self.keys.partition_point(|key| key.kid().is_none())]
            }
            _ => &[],
        };
        let serves = move |key: &&Arc<VerifyingKey>| key.verifier(algorithm).is_some();
        named.iter().chain(unnamed).filter(serves)
    }

    /// The key of those that may have signed a token that did: at most so many are asked, the one that verified
    /// last before the others. `None` where it was none of them, an error where there are none.
    pub(crate) fn find_signer(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
        max_tried: usize,
        made_by: impl Fn(&VerifyingKey) -> bool,
    ) -> Result<Option<&Arc<VerifyingKey>>, KeyError> {
        let candidates = self.candidates(kid, algorithm).take(max_tried);
        if candidates.clone().next().is_none() {
            return Err(KeyError::Unknown);
        }
        let last = self.keys.get(self.last_signer.load(Ordering::Relaxed));
        let is_last = |key: &&Arc<VerifyingKey>| last.is_some_and(|last| Arc::ptr_eq(last, key));
        let others = candidates.clone().filter(|key| !is_last(key));
        let signer = candidates.clone().filter(is_last).chain(others).find(|key| made_by(key));
        if let Some(signer) = signer.filter(|signer| !is_last(signer))
            && candidates.count() > 1
            && let Some(place) = self.keys.iter().position(|key| Arc::ptr_eq(key, signer))
        {
            self.last_signer.store(place, Ordering::Relaxed);
        }
        Ok(signer)
    }

    /// Notes the `ETag` the set came with. It stays with this very set, so that a server is never asked to
    /// confirm another one.
    pub(crate) fn at_revision(mut self, url: String, etag: String) -> Self {
        self.revision = Some(Revision { url, etag });
        self
    }

    /// The `ETag` of this set at this URL.
    pub(crate) fn etag_at(&self, url: &str) -> Option<&str> {
        self.revision.as_ref().filter(|revision| revision.url == url).map(|revision| &*revision.etag)
    }

    /// Takes over the keys that `older` already holds, so that tokens verified with them stay known, and
    /// withdraws the ones that are gone.
    pub(super) fn replacing(mut self, older: Option<&Self>) -> Self {
        let Some(older) = older else { return self };
        for key in &mut self.keys {
            if let Some(kept) = older.keys.iter().find(|old| old.same_key(key)) {
                *key = Arc::clone(kept);
            }
        }
        for old in &older.keys {
            if !self.keys.iter().any(|key| Arc::ptr_eq(key, old)) {
                old.withdraw();
                self.withdrawn.extend(old.kid().map(Box::from));
            }
        }
        self.withdrawn.extend(older.withdrawn.iter().cloned());
        self.withdrawn.truncate(MOST_WITHDRAWN);
        self
    }
}

/// Why a key that the operator configured cannot be used.
pub(crate) enum StaticKeyError {
    Set(KeySetError),
    Key(JwkError),
}

fn parse_jwk(jwk: &Json<'_>, allowed: AlgorithmSet) -> Result<VerifyingKey, JwkError> {
    match jwk {
        Json::Object(members) => VerifyingKey::from_jwk(members, allowed),
        _ => Err(JwkError::Malformed("kty")),
    }
}

/// A place in `keys` that holds no key: some servers publish `null` for a key that was removed.
fn is_empty(jwk: &Json<'_>) -> bool {
    match jwk {
        Json::Null => true,
        Json::Array(items) => items.is_empty(),
        _ => false,
    }
}

fn kid_of(jwk: &Json<'_>) -> Option<String> {
    match jwk {
        Json::Object(members) => members.string("kid").map(str::to_owned),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
