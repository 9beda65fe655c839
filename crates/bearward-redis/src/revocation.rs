//! Revocations, known to all processes that share the servers.

use std::fmt;
use std::sync::Arc;

use bearward::check::{Revocation, RevocationEntry, RevocationKey, RevocationQuery};
use bearward::store::{RevocationStore, StoreError, StoreFuture};
use bearward::wire::NumericDate;
use futures_util::future::try_join_all;
use redis::{Cmd, Value, from_redis_value};

use crate::Inner;
use crate::connection::{Connection, EpochCheck};
use crate::error::{store_error, unavailable};
use crate::servers::{Command, Deployment, Repeat};
use crate::ttl;

/// The value of an entry that refuses all tokens. Other values are a time in seconds: tokens issued before it are
/// refused.
const ALL: &str = "all";

/// Keeps the stricter of two entries, until the later of both times, in one step.
const REVOKE: &str = "
    local value, ttl = ARGV[1], tonumber(ARGV[2])
    local held = redis.call('GET', KEYS[1])
    if held then
        if held == 'all' or (value ~= 'all' and tonumber(held) > tonumber(value)) then value = held end
        ttl = math.max(ttl, redis.call('PTTL', KEYS[1]))
    end
    return redis.call('SET', KEYS[1], value, 'PX', string.format('%d', ttl))
";

/// A [`RevocationStore`] that any number of processes share.
///
/// Revocations are as lasting as the server's memory, and a lost one lets its tokens in again. So one that must
/// survive a restart of Redis needs a Redis that writes to disk (`appendonly yes`), and a Redis that evicts keys
/// to make room (`maxmemory` with another policy than `noeviction`) is asked nothing and told nothing: every
/// request is answered 503.
#[derive(Clone)]
pub struct RedisRevocationStore(Arc<Inner>);

impl RedisRevocationStore {
    pub(crate) fn new(inner: Arc<Inner>) -> Self {
        Self(inner)
    }

    /// Refuses these tokens until `expires_at`, the time by which the last of them has expired, and a minute or twice
    /// the [`clock_tolerance`](crate::RedisBuilder::clock_tolerance) longer. Where the key is revoked already, the
    /// stricter of both holds, until the later of both times.
    ///
    /// # Errors
    /// When it cannot be said that the tokens are refused now. Trying again does no harm.
    pub async fn revoke(
        &self,
        revocation: &Revocation,
        expires_at: NumericDate,
        now: NumericDate,
    ) -> Result<(), StoreError> {
        let key = self.key(&revocation.key());
        let value = match revocation.entry().issued_before() {
            None => ALL.to_owned(),
            Some(date) => date.seconds().to_string(),
        };
        let ttl = ttl::milliseconds(expires_at, now, self.0.servers.settings.margin());
        let cmd = redis::cmd("EVAL").arg(REVOKE).arg(1).arg(&key).arg(value).arg(ttl).to_owned();
        match self.run(&key, &cmd).await? {
            Value::Okay => Ok(()),
            _ => Err(unavailable("the server answered a revocation with something else than OK")),
        }
    }

    /// Takes a revocation back, whatever dates it was given.
    ///
    /// # Errors
    /// When it cannot be said that it was taken back. Trying again takes back what was revoked in between, too.
    pub async fn lift(&self, revocation: &Revocation) -> Result<(), StoreError> {
        let key = self.key(&revocation.key());
        let cmd = redis::cmd("DEL").arg(&key).to_owned();
        let command = Command {
            key: &key,
            cmd: &cmd,
            // Another process may revoke in between.
            repeat: Repeat::Never,
            epoch_check: EpochCheck::Skip,
            // Lifting is safe on a server that evicts keys.
            agree: |_: &Connection| Ok(()),
        };
        self.0.servers.run(command).await.map(drop)
    }

    async fn find(&self, query: &RevocationQuery) -> Result<Vec<RevocationEntry>, StoreError> {
        let keys: Vec<_> = query.keys().map(|key| self.key(key)).collect();
        let found = match (&self.0.servers.deployment, keys.first()) {
            (_, None) => Vec::new(),
            (Deployment::One(_), Some(first)) => {
                let answer = self.run(first, redis::cmd("MGET").arg(&keys)).await?;
                from_redis_value(answer).map_err(|error| store_error(&error.into()))?
            }
            // In a cluster the keys live apart.
            (Deployment::Cluster(_), Some(_)) => {
                let one = |key: &String| {
                    let cmd = redis::cmd("GET").arg(key).to_owned();
                    let key = key.clone();
                    async move { self.run(&key, &cmd).await }
                };
                try_join_all(keys.iter().map(one)).await?
            }
        };
        found.into_iter().filter(|value| *value != Value::Nil).map(entry).collect()
    }

    /// Reads, or revokes: the stricter of two entries stays, however often it is written.
    async fn run(&self, key: &str, cmd: &Cmd) -> Result<Value, StoreError> {
        let agree = Connection::keeps_keys;
        let command = Command { key, cmd, repeat: Repeat::Once, epoch_check: EpochCheck::Skip, agree };
        self.0.servers.run(command).await
    }

    fn key(&self, key: &RevocationKey) -> String {
        format!("{}revoked:{key}", self.0.servers.settings.key_prefix)
    }
}

impl RevocationStore for RedisRevocationStore {
    fn entries<'s>(&'s self, query: &'s RevocationQuery) -> StoreFuture<'s, Vec<RevocationEntry>> {
        Box::pin(self.find(query))
    }
}

impl fmt::Debug for RedisRevocationStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisRevocationStore").finish_non_exhaustive()
    }
}

fn entry(value: Value) -> Result<RevocationEntry, StoreError> {
    let text: String = from_redis_value(value).map_err(|error| store_error(&error.into()))?;
    let seconds = text.parse().ok().and_then(NumericDate::from_seconds);
    // A value that cannot be read was written to refuse tokens, so it refuses all.
    Ok(seconds.map_or(RevocationEntry::all(), RevocationEntry::before))
}
