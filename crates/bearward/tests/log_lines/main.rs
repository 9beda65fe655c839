//! How much the log gets under attack and in outages, and what becomes of a request when the operator's own code panics.
//! A binary of its own: whether an event is heard is remembered by the process.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod limits;
#[path = "../support/log.rs"]
mod log;
mod panics;
#[path = "../support/mod.rs"]
mod support;

use tracing::Level;
use tracing::subscriber::{DefaultGuard, set_default};

use self::log::Log;

/// What this test's own thread logs at this level and above.
struct Heard(Log, #[expect(dead_code, reason = "listens until it is dropped")] DefaultGuard);

impl Heard {
    fn at(level: Level) -> Self {
        let log = Log::default();
        let subscriber =
            tracing_subscriber::fmt().with_max_level(level).with_ansi(false).with_writer(log.clone());
        Self(log, set_default(subscriber.finish()))
    }

    /// Bearward's own lines.
    fn lines(&self) -> Vec<String> {
        let text = self.0.text();
        text.lines().filter(|line| line.contains(" bearward: ")).map(str::to_owned).collect()
    }

    /// Those that hold this text.
    fn lines_with(&self, part: &str) -> Vec<String> {
        self.lines().into_iter().filter(|line| line.contains(part)).collect()
    }

    /// The one line that was written since the last look.
    #[track_caller]
    fn only_line_since(&self, before: usize, case: &str) -> String {
        let lines = self.lines();
        assert_eq!(lines.len(), before + 1, "{case}: {:#?}", &lines[before..]);
        lines[before].clone()
    }
}

/// The number of lines that were left out before this one.
fn left_out(line: &str) -> u64 {
    let Some((_, number)) = line.split_once("left_out=") else { return 0 };
    number.split(' ').next().unwrap().parse().unwrap()
}
