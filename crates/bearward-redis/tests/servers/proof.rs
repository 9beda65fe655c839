//! DPoP proofs, as far as a replay store sees them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use bearward::check::{ReplayKey, ReplayOutcome};
use bearward::store::{ReplayStore, StoreError};
use bearward::wire::NumericDate;
use bearward_redis::{Redis, RedisBuilder};

use crate::server::until;

/// A proof made at this moment, good for five minutes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Proof {
    pub(crate) key: ReplayKey,
    pub(crate) created_at: NumericDate,
    pub(crate) expires_at: NumericDate,
}

impl Proof {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let jti = NUMBER.fetch_add(1, Ordering::Relaxed).to_string();
        let created_at = now();
        Self { key: ReplayKey::of(&[7; 32], &jti), created_at, expires_at: after(created_at, 300.0) }
    }

    pub(crate) async fn claim(&self, redis: &Redis) -> Result<ReplayOutcome, StoreError> {
        redis.replay_store().claim(self.key, self.created_at, self.expires_at, now()).await
    }
}

pub(crate) fn now() -> NumericDate {
    let since_epoch = SystemTime::UNIX_EPOCH.elapsed().unwrap();
    NumericDate::from_seconds(since_epoch.as_secs_f64()).unwrap()
}

pub(crate) fn after(date: NumericDate, seconds: f64) -> NumericDate {
    NumericDate::from_seconds(date.seconds() + seconds).unwrap()
}

/// Built without tolerance, since all clocks here are one, and with time enough for a busy machine.
pub(crate) fn built(builder: RedisBuilder) -> Redis {
    let builder = builder.timeout(Duration::from_secs(10)).connect_timeout(Duration::from_secs(10));
    builder.clock_tolerance(Duration::ZERO).build().unwrap()
}

/// Waits until new proofs are granted.
pub(crate) async fn until_granted(redis: &Redis) {
    until("a new proof is granted", || async {
        Proof::new().claim(redis).await == Ok(ReplayOutcome::Granted)
    })
    .await;
}

/// Of these proofs, each granted before, none is granted again.
pub(crate) async fn assert_none_granted(proofs: &[Proof], redis: &Redis) {
    for proof in proofs {
        assert_ne!(proof.claim(redis).await, Ok(ReplayOutcome::Granted), "granted twice");
    }
}
