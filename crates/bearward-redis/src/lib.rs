//! State that many Bearward processes share, on Redis or Valkey.
//!
//! Behind one address stand several machines, and a DPoP proof that one of them accepted must not pass at
//! another. A [`Redis`] gives the three stores a resource server may share: proofs that were used, tokens that
//! are revoked, and what introspection said. It speaks to a single server, to a master that Redis Sentinel
//! names, or to a Redis Cluster.
//!
//! Nothing is connected to before the first request, one connection to each server serves all requests, and a
//! connection that breaks is replaced. Whatever goes wrong, nobody is let in by it: a store that cannot tell
//! says so, and the request is answered 503.
//!
//! # What a lost memory means
//!
//! A Redis that was restarted without its data, or a replica that was promoted, does not know all proofs that
//! were claimed. Every connection therefore learns since when its server serves as a master, and claims of
//! proofs made before that time ([`RedisBuilder::clock_tolerance`] included) are refused. Newer proofs pass at
//! once, so after a restart DPoP requests are answered 503 for half a minute, and no replay passes.
//!
//! The same goes for a memory that is replaced or flushed behind an open connection, by `REPLICAOF` or
//! `FLUSHALL`: the round trip of each claim tells whether the memory still is the one that was learned about.
//!
//! What no client can see: a master that is cut off from its replicas, and goes on answering some of its
//! clients while the others have moved to the next master. Set `min-replicas-to-write 1` and
//! `min-replicas-max-lag` to a few seconds, so that such a master stops taking claims. And single keys that
//! were deleted by hand are gone. Revocations that a memory lost are not missed either
//! ([`RedisRevocationStore`]).

mod address;
mod builder;
mod cluster;
mod connect;
mod epoch;
mod error;
mod introspection;
mod link;
mod replay;
mod revocation;
mod seal;
mod sentinel;
mod servers;
mod slot;
mod tls;
mod ttl;

use std::fmt;
use std::sync::Arc;

pub use self::builder::RedisBuilder;
pub use self::error::RedisConfigError;
pub use self::introspection::RedisIntrospectionStore;
use self::replay::Latest;
pub use self::replay::RedisReplayStore;
pub use self::revocation::RedisRevocationStore;
use self::seal::Seal;
use self::servers::Servers;

/// The Redis or Valkey servers that hold shared state. Cloning copies a pointer.
///
/// URLs are `redis://[[user]:password@]host[:port][/database]`, `rediss://` for TLS, or `unix:///path`.
#[derive(Clone)]
pub struct Redis {
    inner: Arc<Inner>,
    seal: Option<Arc<Seal>>,
}

struct Inner {
    servers: Servers,
    latest: Latest,
}

impl Redis {
    /// One server.
    pub fn single(url: impl Into<String>) -> RedisBuilder {
        RedisBuilder::one(url.into())
    }

    /// The server that these sentinels name as the master of this name. They are asked whenever a connection is
    /// made. The URLs are the sentinels'; `rediss://` there means TLS to the master too.
    pub fn sentinel(
        urls: impl IntoIterator<Item = impl Into<String>>,
        master: impl Into<String>,
    ) -> RedisBuilder {
        RedisBuilder::sentinels(urls.into_iter().map(Into::into).collect(), master.into())
    }

    /// A cluster that these nodes belong to; they tell of the others, which are signed in to as the first.
    pub fn cluster(urls: impl IntoIterator<Item = impl Into<String>>) -> RedisBuilder {
        RedisBuilder::cluster(urls.into_iter().map(Into::into).collect())
    }

    /// Remembers which proofs were used.
    #[must_use]
    pub fn replay_store(&self) -> RedisReplayStore {
        RedisReplayStore::new(Arc::clone(&self.inner))
    }

    /// Knows which tokens are revoked, and revokes them.
    #[must_use]
    pub fn revocation_store(&self) -> RedisRevocationStore {
        RedisRevocationStore::new(Arc::clone(&self.inner))
    }

    /// Keeps what introspection said.
    ///
    /// # Errors
    /// [`RedisConfigError::NoSecret`] without [`RedisBuilder::seal_with`].
    pub fn introspection_store(&self) -> Result<RedisIntrospectionStore, RedisConfigError> {
        let seal = self.seal.as_ref().ok_or(RedisConfigError::NoSecret)?;
        Ok(RedisIntrospectionStore::new(Arc::clone(&self.inner), Arc::clone(seal)))
    }

    fn new(servers: Servers, seal: Option<Seal>) -> Self {
        let inner = Inner { servers, latest: Latest::default() };
        Self { inner: Arc::new(inner), seal: seal.map(Arc::new) }
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis")
            .field("key_prefix", &self.inner.servers.settings.key_prefix)
            .finish_non_exhaustive()
    }
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("../../../docs/many-machines.md")]
struct ManyMachines;
