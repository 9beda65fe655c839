//! How many lines of one kind the log gets.
//!
//! An attack or an outage refuses thousands of requests a second for one reason. The first line of a kind is written
//! at once; of those that follow, one a second, which says how many were left out before it. Kinds are named in the
//! code, so nothing that a request brings makes this grow.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How long a line speaks for those of its kind that follow it.
pub(crate) const LINE_INTERVAL: Duration = Duration::from_secs(1);

/// Which lines say the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Kind {
    /// What happened: the `code` of the line.
    pub(crate) code: &'static str,
    /// Why, where several reasons share a code.
    pub(crate) why: &'static str,
    /// The place of a configured issuer, where the line is about one: the trouble of one does not hide that of
    /// another. All issuers that a resolver named share the kind `None`, for there can be many.
    pub(crate) issuer: Option<usize>,
}

impl Kind {
    /// A kind that is about no issuer.
    pub(crate) const fn of(code: &'static str, why: &'static str) -> Self {
        Self { code, why, issuer: None }
    }
}

/// The lines that were written of late, by kind.
#[derive(Debug)]
pub(crate) struct LineLimit(Mutex<BTreeMap<Kind, Window>>);

#[derive(Debug, Clone, Copy)]
struct Window {
    began: Duration,
    left_out: u64,
}

/// How many lines of the kind were left out since the last one that was written. Shows as the end of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "the line that it is about is to be written"]
pub(crate) struct LeftOut(u64);

impl LineLimit {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    /// Whether to write a line of this kind now. `None` leaves it out.
    pub(crate) fn admit(&self, kind: Kind, uptime: Duration) -> Option<LeftOut> {
        // Each holder makes one change, so a poisoned lock guards a whole map.
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(window) = windows.get_mut(&kind) else {
            windows.insert(kind, Window { began: uptime, left_out: 0 });
            return Some(LeftOut(0));
        };
        // A clock that went back opens the window rather than keep it shut.
        if uptime.checked_sub(window.began).is_some_and(|age| age < LINE_INTERVAL) {
            window.left_out = window.left_out.saturating_add(1);
            return None;
        }
        let left_out = LeftOut(window.left_out);
        *window = Window { began: uptime, left_out: 0 };
        Some(left_out)
    }
}

impl LeftOut {
    /// The field of the line; absent if no line was left out.
    pub(crate) fn field(self) -> Option<u64> {
        (self.0 > 0).then_some(self.0)
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => Ok(()),
            1 => f.write_str(" (1 similar line left out)"),
            lines => write!(f, " ({lines} similar lines left out)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPIRED: Kind = Kind::of("token_expired", "");
    const FORGED: Kind = Kind::of("signature_invalid", "");

    fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn a_kind_has_one_line_a_second_and_the_next_one_says_how_many_were_left_out() {
        let limit = LineLimit::new();
        assert_eq!(limit.admit(EXPIRED, at(0)), Some(LeftOut(0)), "the first line is never left out");
        for millis in 1..1000 {
            assert_eq!(limit.admit(EXPIRED, at(millis)), None);
        }
        assert_eq!(limit.admit(EXPIRED, at(1000)), Some(LeftOut(999)));
        assert_eq!(limit.admit(EXPIRED, at(2000)), Some(LeftOut(0)), "each line is reported once");
    }

    #[test]
    fn a_flood_of_one_kind_hides_no_other() {
        let limit = LineLimit::new();
        for _ in 0..10_000 {
            let _ = limit.admit(EXPIRED, at(0));
        }
        assert_eq!(limit.admit(FORGED, at(0)), Some(LeftOut(0)));
        let why = Kind { why: "timeout", ..EXPIRED };
        assert_eq!(limit.admit(why, at(0)), Some(LeftOut(0)), "another reason");
        let issuer = Kind { issuer: Some(1), ..EXPIRED };
        assert_eq!(limit.admit(issuer, at(0)), Some(LeftOut(0)), "another issuer");
    }

    #[test]
    fn a_clock_that_goes_back_silences_nothing() {
        let limit = LineLimit::new();
        let _ = limit.admit(EXPIRED, at(10_000));
        assert_eq!(limit.admit(EXPIRED, at(0)), Some(LeftOut(0)));
    }

    #[test]
    fn what_was_left_out_is_said_in_words() {
        let shown = [0, 1, 9999].map(|lines| LeftOut(lines).to_string());
        assert_eq!(shown, ["", " (1 similar line left out)", " (9999 similar lines left out)"]);
    }
}
