//! Time as an argument: the core never reads a clock.
//!
//! Two readings travel together because they answer different questions. Claims are compared with the
//! calendar, which an operator or NTP may step; ages of key sets are measured on a clock that only goes
//! forward, so that a stepped calendar neither throws keys away nor keeps them alive.

use std::time::Duration;

/// A `NumericDate` of RFC 7519 §2: seconds since 1970-01-01T00:00:00Z, always finite.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct NumericDate(f64);

impl NumericDate {
    /// Takes seconds since the epoch; `None` for NaN and the infinities.
    #[must_use]
    pub fn from_seconds(seconds: f64) -> Option<Self> {
        seconds.is_finite().then_some(Self(seconds))
    }

    /// Seconds since the epoch, with the fraction the claim carried.
    #[must_use]
    pub const fn seconds(self) -> f64 {
        self.0
    }

    pub(crate) fn minus(self, duration: Duration) -> Self {
        Self((self.0 - duration.as_secs_f64()).max(f64::MIN))
    }

    /// The time from another date to this one; nothing when that is later.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        Duration::try_from_secs_f64((self.0 - earlier.0).max(0.0)).unwrap_or(Duration::MAX)
    }

    /// The first whole second that is not before the date. Dates beyond all seconds become the last one.
    pub(crate) fn whole_second_after(self) -> u64 {
        self.0.ceil() as u64
    }

    /// Microseconds since the epoch.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a cast of a float saturates
    pub(crate) fn micros(self) -> u64 {
        (self.0 * 1e6) as u64
    }

    pub(crate) fn plus(self, duration: Duration) -> Self {
        Self((self.0 + duration.as_secs_f64()).min(f64::MAX))
    }
}

/// Milliseconds, for an atomic number. Durations beyond all numbers become the last one.
#[inline] // each request asks with it
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Microseconds, for an atomic number.
#[inline] // as above
pub(crate) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// What the clocks say at the moment of a decision.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    date: NumericDate,
    uptime: Duration,
}

impl Now {
    /// Joins the two readings: `since_epoch` from the calendar clock, `uptime` from a monotonic clock
    /// with any fixed starting point.
    #[must_use]
    pub fn new(since_epoch: Duration, uptime: Duration) -> Self {
        Self { date: NumericDate(since_epoch.as_secs_f64()), uptime }
    }

    /// The calendar time that claims are compared with.
    #[must_use]
    pub const fn date(self) -> NumericDate {
        self.date
    }

    /// The monotonic time that ages are measured with.
    #[must_use]
    pub const fn uptime(self) -> Duration {
        self.uptime
    }
}
