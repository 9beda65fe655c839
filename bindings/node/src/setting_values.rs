//! Values of settings, as JavaScript writes them down.

use std::time::Duration;

use bearward_core::{Algorithm, ConfigError, Problem};

/// Milliseconds as JavaScript counts them. What is no duration becomes the nearest one.
pub(crate) fn millis(milliseconds: f64) -> Duration {
    const LONGEST: f64 = 1e15; // some thirty thousand years: sums of two stay in range
    let seconds = milliseconds.clamp(0.0, LONGEST) / 1000.0;
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

/// The algorithms of these names, which are at this path of the settings.
pub(crate) fn algorithms(path: &str, names: &[String]) -> Result<Vec<Algorithm>, ConfigError> {
    let algorithms = names.iter().map(|name| name.parse().ok()).collect::<Option<_>>();
    algorithms
        .ok_or_else(|| ConfigError::new(path, Problem::Form("names of signature algorithms".to_owned())))
}
