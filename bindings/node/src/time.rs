//! Times as JavaScript has them.

use std::time::Duration;

/// Milliseconds. What is not a duration becomes the nearest one.
pub(crate) fn millis(milliseconds: f64) -> Duration {
    const LONGEST: f64 = 1e15; // some thirty thousand years: sums of two stay in range
    let seconds = milliseconds.clamp(0.0, LONGEST) / 1000.0;
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}
