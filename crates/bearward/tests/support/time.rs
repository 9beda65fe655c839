//! A clock that stands still until a test moves it.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use bearward::wire::Now;

/// Starts at the machine's date, so that freshly minted tokens are valid, and goes on only when told.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<Mutex<Reading>>);

struct Reading {
    date: Duration,
    uptime: Duration,
}

impl TestClock {
    pub(crate) fn new() -> Self {
        let date = SystemTime::UNIX_EPOCH.elapsed().unwrap();
        Self(Arc::new(Mutex::new(Reading { date, uptime: Duration::from_secs(1000) })))
    }

    /// What [`clock`](bearward::builder::ResourceServerBuilder::clock) wants.
    pub(crate) fn reader(&self) -> impl Fn() -> Now + Send + Sync + 'static {
        let clock = self.clone();
        move || {
            let reading = clock.0.lock().unwrap();
            Now::new(reading.date, reading.uptime)
        }
    }

    /// Time goes by.
    pub(crate) fn advance(&self, seconds: f64) {
        let mut reading = self.0.lock().unwrap();
        reading.date += Duration::from_secs_f64(seconds);
        reading.uptime += Duration::from_secs_f64(seconds);
    }

    /// Somebody sets the calendar; the machine runs on as before.
    pub(crate) fn step_date(&self, seconds: i64) {
        let mut reading = self.0.lock().unwrap();
        let step = Duration::from_secs(seconds.unsigned_abs());
        reading.date = if seconds < 0 { reading.date - step } else { reading.date + step };
    }
}
