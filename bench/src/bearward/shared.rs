//! The replay store that machines share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use bearward_axum::store::ReplayStore as _;
use bearward_core::check::{ReplayKey, ReplayOutcome};
use bearward_core::wire::NumericDate;
use bearward_redis::{Redis, RedisReplayStore};

/// A store, and proofs that nobody has used.
pub(crate) struct Claims {
    store: RedisReplayStore,
    number: AtomicU64,
}

impl Claims {
    /// Waits until the store trusts its server, which it meets for the first time.
    pub(crate) async fn ready(url: &str, patience: Duration) -> Result<Self> {
        let redis = Redis::single(url).clock_tolerance(Duration::from_secs(1)).build()?;
        let claims = Self { store: redis.replay_store(), number: AtomicU64::new(0) };
        let deadline = Instant::now() + patience;
        while claims.claim_another().await.is_err() {
            if Instant::now() > deadline {
                bail!("Redis grants no claim");
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(claims)
    }

    pub(crate) async fn claim_another(&self) -> Result<()> {
        let mut thumbprint = [0; 32];
        thumbprint[..8].copy_from_slice(&self.number.fetch_add(1, Ordering::Relaxed).to_le_bytes());
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs_f64();
        let date = |seconds| NumericDate::from_seconds(seconds).context("a date");
        let (now, expiry) = (date(seconds)?, date(seconds + 300.0)?);
        match self.store.claim(ReplayKey::of(&thumbprint, "jti"), now, expiry, now).await? {
            ReplayOutcome::Granted => Ok(()),
            ReplayOutcome::Replayed => bail!("a new proof was refused"),
        }
    }
}
