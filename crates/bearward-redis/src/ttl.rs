//! How long a server keeps an entry.

use std::time::Duration;

use bearward::NumericDate;

/// Longer than the entry counts: the servers' clocks and ours differ, and an entry that ends early lets
/// somebody in.
pub(crate) const MARGIN: Duration = Duration::from_secs(60);

/// A hundred years. Redis refuses what overflows its own clock.
const LONGEST: f64 = 100.0 * 365.0 * 86_400.0 * 1000.0;

/// From now to the date and the margin on top, in milliseconds, at least 1.
pub(crate) fn milliseconds(expires_at: NumericDate, now: NumericDate) -> u64 {
    let seconds = expires_at.seconds() - now.seconds() + MARGIN.as_secs_f64();
    (seconds * 1000.0).ceil().clamp(1.0, LONGEST) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_outlives_its_date_and_no_date_is_too_far() {
        let at = |seconds| NumericDate::from_seconds(seconds).unwrap();
        assert_eq!(milliseconds(at(10.5), at(10.0)), 60_500);
        assert_eq!(milliseconds(at(1e300), at(0.0)), 3_153_600_000_000);
        assert_eq!(milliseconds(at(-1e300), at(0.0)), 1);
    }
}
