//! How long a server keeps an entry.

use std::time::Duration;

use bearward::wire::NumericDate;

const SHORTEST_MARGIN: Duration = Duration::from_secs(60);

/// A hundred years. Redis refuses what overflows its own clock.
const LONGEST: f64 = 100.0 * 365.0 * 86_400.0 * 1000.0;

/// How much longer than it is valid a server keeps an entry. The machines' clocks differ, and an entry that expires
/// early lets a request in. The margin is twice the tolerance: a machine whose clock is ahead by the tolerance may
/// write what a machine whose clock is behind by the tolerance reads.
pub(crate) fn margin(clock_tolerance: Duration) -> Duration {
    clock_tolerance.saturating_mul(2).max(SHORTEST_MARGIN)
}

/// From now to the date and the margin on top, in milliseconds, at least 1.
pub(crate) fn milliseconds(expires_at: NumericDate, now: NumericDate, margin: Duration) -> u64 {
    let seconds = expires_at.seconds() - now.seconds() + margin.as_secs_f64();
    (seconds * 1000.0).ceil().clamp(1.0, LONGEST) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_outlives_its_date_and_no_date_is_too_far() {
        let at = |seconds| NumericDate::from_seconds(seconds).unwrap();
        let minute = Duration::from_secs(60);
        assert_eq!(milliseconds(at(10.5), at(10.0), minute), 60_500);
        assert_eq!(milliseconds(at(1e300), at(0.0), minute), 3_153_600_000_000);
        assert_eq!(milliseconds(at(-1e300), at(0.0), minute), 1);
        assert_eq!(milliseconds(at(10.0), at(10.0), margin(Duration::MAX)), 3_153_600_000_000);
    }

    #[test]
    fn the_margin_is_a_minute_or_twice_what_clocks_may_differ() {
        for (tolerance, seconds) in [(0, 60), (30, 60), (31, 62), (120, 240)] {
            assert_eq!(margin(Duration::from_secs(tolerance)), Duration::from_secs(seconds));
        }
    }
}
