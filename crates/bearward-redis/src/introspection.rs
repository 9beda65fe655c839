//! Introspection answers, for all processes that share the servers and the secret.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bearward::store::{IntrospectionKey, IntrospectionStore, StoreError, StoreFuture};
use redis::{Cmd, Value, from_redis_value};

use crate::Inner;
use crate::connection::{Connection, EpochCheck};
use crate::error::{store_error, unavailable};
use crate::seal::Seal;
use crate::servers::{Command, Repeat};

/// An [`IntrospectionStore`] that any number of processes share. What it keeps is encrypted, and a value that
/// cannot be decrypted is treated as absent.
#[derive(Clone)]
pub struct RedisIntrospectionStore {
    inner: Arc<Inner>,
    seal: Arc<Seal>,
}

impl RedisIntrospectionStore {
    pub(crate) fn new(inner: Arc<Inner>, seal: Arc<Seal>) -> Self {
        Self { inner, seal }
    }

    async fn find(&self, key: IntrospectionKey) -> Result<Option<Vec<u8>>, StoreError> {
        let name = self.name(key);
        let cmd = redis::cmd("GET").arg(&name).to_owned();
        let answer = self.run(&name, &cmd).await?;
        let sealed: Option<Vec<u8>> = from_redis_value(answer).map_err(|error| store_error(&error.into()))?;
        Ok(sealed.and_then(|sealed| self.seal.open(key.as_bytes(), &sealed)))
    }

    async fn keep(&self, key: IntrospectionKey, answer: Vec<u8>, ttl: Duration) -> Result<(), StoreError> {
        let milliseconds = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX).min(LONGEST);
        if milliseconds == 0 {
            return Ok(());
        }
        let name = self.name(key);
        let sealed = self.seal.seal(key.as_bytes(), answer);
        let sealed = sealed.map_err(|_| unavailable("the answer could not be sealed"))?;
        let cmd = redis::cmd("SET").arg(&name).arg(sealed).arg("PX").arg(milliseconds).to_owned();
        self.run(&name, &cmd).await.map(drop)
    }

    async fn run(&self, key: &str, cmd: &Cmd) -> Result<Value, StoreError> {
        let command = Command {
            key,
            cmd,
            repeat: Repeat::Once,
            epoch_check: EpochCheck::Skip,
            // The authorization server is asked again for an answer that was evicted.
            agree: |_: &Connection| Ok(()),
        };
        self.inner.servers.run(command).await
    }

    fn name(&self, key: IntrospectionKey) -> String {
        format!("{}introspection:{key}", self.inner.servers.settings.key_prefix)
    }
}

/// A day, in milliseconds. An introspection answer must not be used for longer.
const LONGEST: u64 = 86_400_000;

impl IntrospectionStore for RedisIntrospectionStore {
    fn find(&self, key: IntrospectionKey) -> StoreFuture<'_, Option<Vec<u8>>> {
        Box::pin(self.find(key))
    }

    fn keep(&self, key: IntrospectionKey, answer: Vec<u8>, ttl: Duration) -> StoreFuture<'_, ()> {
        Box::pin(self.keep(key, answer, ttl))
    }
}

impl fmt::Debug for RedisIntrospectionStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisIntrospectionStore").finish_non_exhaustive()
    }
}
