//! Used proofs, known to all processes that share the servers.
//!
//! 1. A claim is one command, `SET key 1 NX PX ttl`: the server decides who is first.
//! 2. It is sent once. Without an answer, the claim may have been made, so it is refused. If it was made, repeating
//!    it would be refused too.
//! 3. A key lives longer than its proof, by a minute or twice the clock tolerance. So it does not expire early by a
//!    clock that differs.
//! 4. No claim is sent for a proof whose claim the server may have lost ([`epoch`](crate::epoch)). A claim is granted
//!    only if the server's memory was not replaced or flushed before it, which the same round trip checks.
//! 5. A wall clock that is set back by more than that margin does not make an expired proof valid again.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bearward::check::{ReplayKey, ReplayOutcome};
use bearward::store::{ReplayStore, StoreError, StoreFuture};
use bearward::wire::NumericDate;
use redis::Value;

use crate::Inner;
use crate::connection::{Connection, EpochCheck};
use crate::error::unavailable;
use crate::servers::{Command, Repeat};
use crate::ttl;

/// A [`ReplayStore`] for any number of processes.
#[derive(Clone)]
pub struct RedisReplayStore(Arc<Inner>);

/// How far the calendar has been, and the proofs. Dates are kept as bits: those of dates after 1970 have the
/// order of the dates.
pub(crate) struct Latest {
    /// A clock that only goes forward, on which the calendar can be followed while no request comes in.
    started: Instant,
    /// The latest date that the calendar showed, less what the clock showed then.
    start: AtomicU64,
    expiry: AtomicU64,
}

impl RedisReplayStore {
    pub(crate) fn new(inner: Arc<Inner>) -> Self {
        Self(inner)
    }

    async fn decide(
        &self,
        key: ReplayKey,
        created_at: NumericDate,
        expires_at: NumericDate,
        now: NumericDate,
    ) -> Result<ReplayOutcome, StoreError> {
        let Inner { servers, latest, .. } = &*self.0;
        let margin = servers.settings.margin();
        if expires_at <= now || latest.may_have_forgotten(expires_at, now, latest.started.elapsed(), margin) {
            return Ok(ReplayOutcome::Replayed);
        }
        let key = format!("{}replay:{key}", servers.settings.key_prefix);
        let ttl = ttl::milliseconds(expires_at, now, margin);
        let cmd = redis::cmd("SET").arg(&key).arg(1).arg("NX").arg("PX").arg(ttl).to_owned();
        let tolerance = servers.settings.clock_tolerance;
        let vouched = |connection: &Connection| {
            connection.keeps_keys()?;
            connection.epoch.vouch_for(created_at, now, tolerance)
        };
        let command = Command {
            key: &key,
            cmd: &cmd,
            repeat: Repeat::Never,
            epoch_check: EpochCheck::AfterCommand,
            agree: vouched,
        };
        match servers.run(command).await? {
            Value::Okay => Ok(ReplayOutcome::Granted),
            Value::Nil => Ok(ReplayOutcome::Replayed),
            _ => Err(unavailable("the server answered a claim with neither OK nor nil")),
        }
    }
}

impl ReplayStore for RedisReplayStore {
    fn claim(
        &self,
        key: ReplayKey,
        created_at: NumericDate,
        expires_at: NumericDate,
        now: NumericDate,
    ) -> StoreFuture<'_, ReplayOutcome> {
        Box::pin(self.decide(key, created_at, expires_at, now))
    }
}

impl Latest {
    /// Whether the calendar has been past the time until which the server keeps such a key. Only as far ahead
    /// as proofs have been, so that a calendar that was years ahead does not refuse all proofs afterwards.
    fn may_have_forgotten(
        &self,
        expires_at: NumericDate,
        now: NumericDate,
        uptime: Duration,
        margin: Duration,
    ) -> bool {
        let latest = |cell: &AtomicU64, seen: f64| {
            let seen = seen.max(0.0);
            f64::from_bits(cell.fetch_max(seen.to_bits(), Ordering::Relaxed)).max(seen)
        };
        let expiry = expires_at.seconds();
        let uptime = uptime.as_secs_f64();
        let latest_now = latest(&self.start, now.seconds() - uptime) + uptime;
        let latest_expiry = f64::from_bits(self.expiry.load(Ordering::Relaxed));
        let horizon = (latest_now - margin.as_secs_f64()).min(latest_expiry);
        latest(&self.expiry, expiry);
        expiry <= horizon
    }
}

impl Default for Latest {
    fn default() -> Self {
        Self { started: Instant::now(), start: AtomicU64::default(), expiry: AtomicU64::default() }
    }
}

impl fmt::Debug for RedisReplayStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisReplayStore").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: f64) -> NumericDate {
        NumericDate::from_seconds(seconds).unwrap()
    }

    fn forgotten(latest: &Latest, expires_at: f64, now: f64, uptime: f64) -> bool {
        forgotten_with(latest, expires_at, now, uptime, 60)
    }

    fn forgotten_with(latest: &Latest, expires_at: f64, now: f64, uptime: f64, margin: u64) -> bool {
        let (uptime, margin) = (Duration::from_secs_f64(uptime), Duration::from_secs(margin));
        latest.may_have_forgotten(at(expires_at), at(now), uptime, margin)
    }

    #[test]
    fn a_calendar_stepped_forward_and_back_makes_no_old_proof_live() {
        let latest = Latest::default();
        assert!(!forgotten(&latest, 10_400.0, 10_100.0, 0.0));
        // An hour ahead, where nothing but a stale proof comes in.
        assert!(forgotten(&latest, 10_400.0, 13_700.0, 1.0));
        assert!(forgotten(&latest, 10_400.0, 10_110.0, 10.0));
        assert!(!forgotten(&latest, 10_410.0, 10_110.0, 10.0));
    }

    #[test]
    fn a_calendar_stepped_back_while_no_request_came_in_makes_no_old_proof_live() {
        let latest = Latest::default();
        assert!(!forgotten(&latest, 10_400.0, 10_100.0, 0.0));
        assert!(forgotten(&latest, 10_400.0, 10_110.0, 600.0));
        assert!(!forgotten(&latest, 10_401.0, 10_110.0, 600.0));
    }

    #[test]
    fn what_the_server_keeps_for_the_margin_is_not_counted_as_forgotten_before() {
        let latest = Latest::default();
        assert!(!forgotten_with(&latest, 10_400.0, 10_100.0, 0.0, 240));
        assert!(!forgotten_with(&latest, 10_400.0, 10_639.0, 1.0, 240));
        assert!(forgotten_with(&latest, 10_400.0, 10_641.0, 2.0, 240));
    }

    #[test]
    fn a_calendar_that_goes_on_forgets_nothing_live() {
        let latest = Latest::default();
        for second in 0..10_000_u32 {
            let uptime = f64::from(second) / 3.0;
            let now = 1_000_000.0 + uptime;
            assert!(!forgotten(&latest, now + 0.1, now, uptime));
            assert!(!forgotten(&latest, now + 300.0, now, uptime));
        }
    }
}
