//! State that many Bearward processes share, on Redis or Valkey.
//!
//! With several machines behind one address, a DPoP proof that one of them accepted must not pass at another. A
//! [`Redis`] gives the three stores that resource servers can share: used proofs, revocations, and introspection
//! answers. It speaks to a single server, to the master that Redis Sentinel names, or to a Redis Cluster.
//!
//! The first request makes the first connection. One connection to each server serves all requests, and is replaced
//! when it breaks. Every failure refuses: a store that cannot tell returns an error, and the request is answered 503.
//!
//! # What is read again
//!
//! Whether the server is the master, evicts keys, or has lost keys is read when a connection is made, and again before
//! a command if the last reading is older than a second. So a change by `CONFIG SET`, `REPLICAOF` or a failover takes
//! effect within a second of use, without a restart, and a server that hangs is noticed by requests that would be
//! refused without asking it.
//!
//! # When a memory is lost
//!
//! A Redis that was restarted, or a replica that was promoted, may not know all proofs that were claimed. Each
//! connection therefore learns since when its server serves as a master, and refuses claims of proofs made before
//! that time ([`RedisBuilder::clock_tolerance`] included). Newer proofs pass, so DPoP requests are answered 503 for
//! half a minute after the server was first met, and no replay passes.
//!
//! The same rule holds for a memory that is replaced or flushed behind an open connection, by `REPLICAOF` or
//! `FLUSHALL`: the round trip of each claim checks for it. Where keys were evicted, the rule holds within a second.
//!
//! # What a client cannot see
//!
//! - A master that is cut off from its replicas and still answers some processes, while the others use its successor.
//!   It can grant a proof that the successor grants too, if the proof was made after the tolerance was over at the
//!   successor. With two replicas for each master, `min-replicas-to-write 1` and `min-replicas-max-lag 5`, such a
//!   master refuses claims some six seconds later, long before that.
//! - Single keys that are deleted by hand.
//! - Revocations that a memory lost ([`RedisRevocationStore`]).

mod address;
mod builder;
mod cluster;
mod connect;
mod connection;
mod epoch;
mod error;
mod info;
mod introspection;
mod link;
mod memory;
mod replay;
mod replicas;
mod revocation;
mod seal;
mod sentinel;
mod servers;
mod settings;
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
