//! The bounds that can be set: what one request, one authorization server, and all requests together may cost. Bounds that
//! never change, such as the length of a header, are constants beside the code that keeps them.

use std::time::Duration;

/// The bounds of one resource server; the defaults are right for nearly everyone.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Longest access token, in bytes. Real JWTs stay below 4 KiB and most servers refuse headers beyond
    /// 8 or 16 KiB, so nothing legitimate is longer.
    pub max_token_bytes: usize,
    /// Longest JWK Set or metadata document read, in bytes. A hundred RSA-4096 keys with certificate
    /// chains fit.
    pub max_key_set_bytes: usize,
    /// Most keys taken from one JWK Set; the rest are left out. Large deployments publish under ten.
    pub max_keys: usize,
    /// Most keys tried on a token that names none (or a `kid` shared by several keys): the keys of exactly its
    /// algorithm, the one that verified last first, then in the order of the set. A forged token costs so many
    /// signature checks, each as dear as the issuer's algorithm is. Three are enough for the key in use, the one
    /// before it and the one after it; an issuer with more names its keys (RFC 7515 §4.1.4).
    pub max_keys_tried: usize,
    /// Most tokens held in the verified-token cache; `0` switches the cache off.
    pub max_cached_tokens: usize,
    /// Most memory the verified-token cache may hold, in bytes.
    pub max_cached_token_bytes: usize,
    /// Most requests of one resource server that may wait for one thing at a time: a fetch, a resolution of an
    /// issuer, an introspection. In all, four times as many may wait, so that a crowd before one issuer leaves places
    /// for others. Further requests are answered 503 at once.
    pub max_waiting_requests: usize,
    /// Longest time one fetch may take, from connecting to the last byte.
    pub fetch_timeout: Duration,
    /// Most opaque tokens whose introspection is remembered, good or bad; at least
    /// [`max_introspection_calls`](Self::max_introspection_calls) are, since an answer reaches those who wait for it
    /// that way.
    pub max_introspected_tokens: usize,
    /// Most memory the remembered introspections may hold, in bytes.
    pub max_introspected_token_bytes: usize,
    /// Most introspection calls under way at a time: a client with made-up tokens must not be able to flood the
    /// authorization server. Requests that would need another are answered 503 at once.
    pub max_introspection_calls: usize,
    /// Longest introspection answer read, in bytes. Real ones stay below 4 KiB.
    pub max_introspection_bytes: usize,
    /// Most issuers named by an issuer resolver that are kept at a time. Where more are in use, those that give way
    /// are answered 503 for up to a second.
    pub max_resolved_issuers: usize,
    /// Most DPoP proofs remembered, so that a proof does not pass twice. A proof is not forgotten while it could be
    /// accepted, so when so many are live, further ones are answered 503. A million is 3 000 a second with the default
    /// age of five minutes, and takes up to 80 MB.
    pub max_replay_entries: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_token_bytes: 16 * 1024,
            max_key_set_bytes: 512 * 1024,
            max_keys: 100,
            max_keys_tried: 3,
            max_cached_tokens: 10_000,
            max_cached_token_bytes: 32 * 1024 * 1024,
            max_waiting_requests: 10_000,
            fetch_timeout: Duration::from_secs(5),
            max_introspected_tokens: 10_000,
            max_introspected_token_bytes: 32 * 1024 * 1024,
            max_introspection_calls: 100,
            max_introspection_bytes: 64 * 1024,
            max_resolved_issuers: 10_000,
            max_replay_entries: 1_000_000,
        }
    }
}
