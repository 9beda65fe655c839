//! What an answer means, and when a valid request is lost.
//!
//! A request is valid when its token is, and its key is in the published set. It is lost when it is
//!
//! 1. answered anything but 200, or not at all, though the API has accepted a token of the same key before: keys in hand
//!    serve through every outage; or
//! 2. answered 401 or 403, broken off, or not answered, though its key is new to the API; or
//! 3. answered 503 although its key is published, and the authorization server well, for longer than [`GRACE`].
//!
//! A 503 within the grace is *delayed*: nobody can tell yet whether the token is good, and the client is told when to
//! come back.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::tokens::Kind;

/// The cooldown of key sets, in which made-up `kid`s can use up the fetch that a new key needs, and two seconds more.
pub(crate) const GRACE: Duration = Duration::from_secs(32);

/// One request and its answer.
pub(crate) struct Answered<'a> {
    pub(crate) kind: &'a Kind,
    /// The API had accepted a token of this key before the request was sent.
    pub(crate) was_accepted: bool,
    /// `None` where the connection broke or nothing came in time.
    pub(crate) status: Option<u16>,
    pub(crate) took: Duration,
    /// Since when the authorization server answers as it should.
    pub(crate) well_since: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Accepted,
    Delayed(Duration),
    Lost,
    Refused,
    /// A token that must never pass has passed.
    LetIn,
    /// A bad token was answered neither 401 nor 503.
    Odd,
}

#[derive(Default)]
pub(crate) struct Tally(Mutex<Counts>);

#[derive(Default, Clone)]
pub(crate) struct Counts {
    pub(crate) accepted: u64,
    pub(crate) delayed: u64,
    /// How long after the authorization server was well again, and the key published, a request was still delayed.
    pub(crate) longest_delay: Duration,
    pub(crate) refused: u64,
    pub(crate) lost: u64,
    /// The first few of them, in words.
    pub(crate) losses: Vec<String>,
    pub(crate) let_in: u64,
    pub(crate) odd: u64,
    pub(crate) hung_up: u64,
    pub(crate) not_connected: u64,
    /// How long requests took whose key the API had in hand.
    pub(crate) known: Latencies,
    /// How long all others took.
    pub(crate) others: Latencies,
}

impl Tally {
    pub(crate) fn counts(&self) -> Counts {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn count(&self, answered: &Answered<'_>, now: Instant) {
        let meaning = meaning_of(answered, now);
        if let (Meaning::Accepted, Kind::Valid(key)) = (meaning, answered.kind) {
            key.accept();
        }
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match meaning {
            Meaning::Accepted => counts.accepted += 1,
            Meaning::Delayed(delay) => {
                counts.delayed += 1;
                counts.longest_delay = counts.longest_delay.max(delay);
            }
            Meaning::Lost => {
                counts.lost += 1;
                if counts.losses.len() < 10 {
                    counts.losses.push(described(answered, now));
                }
            }
            Meaning::Refused => counts.refused += 1,
            Meaning::LetIn => counts.let_in += 1,
            Meaning::Odd => counts.odd += 1,
        }
        let latencies = if answered.was_accepted { &mut counts.known } else { &mut counts.others };
        latencies.add(answered.took);
    }

    pub(crate) fn hung_up(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).hung_up += 1;
    }

    pub(crate) fn not_connected(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).not_connected += 1;
    }
}

fn meaning_of(answered: &Answered<'_>, now: Instant) -> Meaning {
    let Answered { kind, was_accepted, status, well_since, .. } = answered;
    match (kind, status) {
        (Kind::Valid(_), Some(200)) => Meaning::Accepted,
        (Kind::Valid(key), Some(503)) if !was_accepted => {
            let since = well_since.map(|well| well.max(key.published));
            let delay = since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
            if delay <= GRACE { Meaning::Delayed(delay) } else { Meaning::Lost }
        }
        (Kind::Valid(_), _) => Meaning::Lost,
        (Kind::Forged | Kind::UnknownKey, Some(401 | 503)) => Meaning::Refused,
        (Kind::Forged | Kind::UnknownKey, Some(200..300)) => Meaning::LetIn,
        (Kind::Forged | Kind::UnknownKey, _) => Meaning::Odd,
    }
}

fn described(answered: &Answered<'_>, now: Instant) -> String {
    let Answered { kind, was_accepted, status, took, well_since } = answered;
    let status = status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    let seconds = |since: Instant| format!("{:.1} s", now.saturating_duration_since(since).as_secs_f64());
    let age = match kind {
        Kind::Valid(key) => seconds(key.published),
        Kind::Forged | Kind::UnknownKey => "?".to_owned(),
    };
    let known = if *was_accepted { "known to the API" } else { "new to the API" };
    let well =
        well_since.map_or_else(|| "not well".to_owned(), |since| format!("well for {}", seconds(since)));
    format!(
        "{status} after {took:.1?}: the key is {known}, published for {age}; the authorization server is {well}"
    )
}

/// Durations by their order of magnitude, 16 steps to each doubling.
#[derive(Clone)]
pub(crate) struct Latencies(Vec<u64>);

const STEPS: f64 = 16.0;

impl Default for Latencies {
    fn default() -> Self {
        Self(vec![0; 512])
    }
}

impl Latencies {
    fn add(&mut self, took: Duration) {
        let micros = (took.as_secs_f64() * 1e6).max(1.0);
        let place = (micros.log2() * STEPS) as usize;
        if let Some(count) = self.0.get_mut(place) {
            *count += 1;
        }
    }

    /// What this share of all was quicker than, to within 5 %.
    pub(crate) fn quantile(&self, share: f64) -> Duration {
        let all: u64 = self.0.iter().sum();
        let wanted = (all as f64 * share).ceil() as u64;
        let mut seen = 0;
        for (place, count) in self.0.iter().enumerate() {
            seen += count;
            if seen >= wanted && seen > 0 {
                return Duration::from_secs_f64(((place + 1) as f64 / STEPS).exp2() / 1e6);
            }
        }
        Duration::ZERO
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::PublishedKey;

    fn answered(kind: &Kind, was_accepted: bool, status: Option<u16>) -> Answered<'_> {
        let well_since = Some(Instant::now());
        Answered { kind, was_accepted, status, took: Duration::from_millis(1), well_since }
    }

    #[test]
    fn a_valid_request_is_lost_by_these_rules() {
        let valid = Kind::Valid(PublishedKey::of_test());
        let now = Instant::now();
        let meaning = |was_accepted, status| meaning_of(&answered(&valid, was_accepted, status), now);
        assert_eq!(meaning(true, Some(200)), Meaning::Accepted);
        for status in [Some(401), Some(403), Some(500), None] {
            assert_eq!(meaning(true, status), Meaning::Lost, "known, {status:?}");
            assert_eq!(meaning(false, status), Meaning::Lost, "new, {status:?}");
        }
        assert_eq!(meaning(true, Some(503)), Meaning::Lost, "keys in hand serve");
        assert!(matches!(meaning(false, Some(503)), Meaning::Delayed(_)));
        let late = meaning_of(&answered(&valid, false, Some(503)), now + GRACE + Duration::from_secs(1));
        assert_eq!(late, Meaning::Lost, "the grace is over");
        let down = Answered { well_since: None, ..answered(&valid, false, Some(503)) };
        assert_eq!(meaning_of(&down, now + 2 * GRACE), Meaning::Delayed(Duration::ZERO), "still down");
    }

    #[test]
    fn a_bad_token_that_passes_is_let_in() {
        for kind in [Kind::Forged, Kind::UnknownKey] {
            let meaning = |status| meaning_of(&answered(&kind, false, status), Instant::now());
            assert_eq!(meaning(Some(200)), Meaning::LetIn);
            assert_eq!(meaning(Some(401)), Meaning::Refused);
            assert_eq!(meaning(Some(503)), Meaning::Refused);
            assert_eq!(meaning(Some(500)), Meaning::Odd);
        }
    }

    #[test]
    fn quantiles_are_right_to_within_five_percent() {
        let mut latencies = Latencies::default();
        for micros in 1..=1000 {
            latencies.add(Duration::from_micros(micros));
        }
        for (share, micros) in [(0.5, 500.0), (0.99, 990.0)] {
            let told = latencies.quantile(share).as_secs_f64() * 1e6;
            assert!((told / micros - 1.0).abs() < 0.05, "{share}: {told}");
        }
        assert_eq!(Latencies::default().quantile(0.5), Duration::ZERO);
    }
}
