//! What is going on, on standard error: a full run takes minutes.

use std::fmt::Display;
use std::sync::LazyLock;
use std::time::Instant;

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// One line with the time since the first one.
pub(crate) fn say(what: impl Display) {
    let seconds = START.elapsed().as_secs();
    eprintln!("[{:>2}:{:02}] {what}", seconds / 60, seconds % 60);
}
