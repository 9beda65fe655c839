//! The keys of a running issuer: which one signs, which ones are published.

use serde_json::{Value, json};

use crate::algorithm::Algorithm;
use crate::signing_key::SigningKey;

/// Keys in the order in which they were added, and JWKs that nobody here holds the private half of.
#[derive(Debug)]
pub(crate) struct KeyRing {
    /// Signs at the token endpoint. Need not be published: withdrawing it is one of the accidents to stage.
    signing: SigningKey,
    published: Vec<SigningKey>,
    extra: Vec<Value>,
}

impl KeyRing {
    pub(crate) fn new(signing: SigningKey) -> Self {
        Self { published: vec![signing.clone()], signing, extra: Vec::new() }
    }

    pub(crate) fn signing(&self) -> &SigningKey {
        &self.signing
    }

    /// The newest published key for this algorithm, the signing key before all others.
    pub(crate) fn newest(&self, algorithm: Algorithm) -> Option<&SigningKey> {
        let newest_first = std::iter::once(&self.signing).chain(self.published.iter().rev());
        newest_first.into_iter().find(|key| key.algorithm() == algorithm)
    }

    /// The signing key and the published ones with this `kid`.
    pub(crate) fn named(&self, kid: &str) -> impl Iterator<Item = &SigningKey> {
        std::iter::once(&self.signing).chain(&self.published).filter(move |key| key.kid() == Some(kid))
    }

    pub(crate) fn publish(&mut self, key: SigningKey) {
        self.published.push(key);
    }

    /// Publishes a key and signs with it from now on.
    pub(crate) fn rotate_to(&mut self, key: SigningKey) {
        self.publish(key.clone());
        self.signing = key;
    }

    pub(crate) fn publish_jwk(&mut self, jwk: Value) {
        self.extra.push(jwk);
    }

    /// Withdraws everything that was published, except the signing key.
    pub(crate) fn withdraw_older(&mut self) {
        self.published = vec![self.signing.clone()];
        self.extra.clear();
    }

    /// Stops publishing all keys with this `kid`; says whether there was one.
    pub(crate) fn withdraw(&mut self, kid: &str) -> bool {
        let before = self.published.len() + self.extra.len();
        self.published.retain(|key| key.kid() != Some(kid));
        self.extra.retain(|jwk| jwk.get("kid").and_then(Value::as_str) != Some(kid));
        before != self.published.len() + self.extra.len()
    }

    /// The algorithms of the published keys, for the metadata.
    pub(crate) fn algorithms(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.published.iter().map(|key| key.algorithm().name()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The JWK Set (RFC 7517 §5).
    pub(crate) fn jwk_set(&self) -> Value {
        let own = self.published.iter().map(SigningKey::public_jwk);
        let keys: Vec<_> = own.chain(self.extra.iter().cloned()).collect();
        json!({ "keys": keys })
    }
}
