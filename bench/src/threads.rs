//! Two threads on one engine beside two threads on an engine each: what the threads share costs the difference.
//!
//! Timed by the clock on the wall: a thread that waits for another one's cache line uses its core all the time.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use serde::{Deserialize, Serialize};

use crate::bearward::threads::Warm;
use crate::contender::Sample;
use crate::pin::{self, Cores};
use crate::plan::Plan;
use crate::progress::say;
use crate::statistics::Rounds;
use crate::token::Algorithm;

/// Requests between two looks at the clock.
const BATCH: usize = 1_000;

/// Some tokens, presented by two threads again and again.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Row {
    /// How many tokens; each thread presents all of them.
    pub(crate) tokens: usize,
    /// Requests of both threads in a second.
    pub(crate) one_engine: Rounds,
    pub(crate) two_engines: Rounds,
    /// The first over the second, in the same round.
    pub(crate) ratio: Rounds,
}

pub(crate) fn run(plan: &Plan, cores: Cores) -> Result<Vec<Row>> {
    let row = |&tokens: &usize| {
        say(format_args!("two threads: {tokens} tokens"));
        let sample = Sample::new(Algorithm::EdDSA, tokens)?;
        let (first, second) = (Warm::new(&sample)?, Warm::new(&sample)?);
        let length = Duration::from_millis(plan.threads_milliseconds);
        let mut rounds = Vec::new();
        for _ in 0..plan.threads_rounds {
            let one = rate([&first, &first], cores, tokens, length)?;
            let two = rate([&first, &second], cores, tokens, length)?;
            rounds.push((one, two));
        }
        let of = |value: fn(&(f64, f64)) -> f64| Rounds::of(rounds.iter().map(value)).context("no rounds");
        Ok(Row {
            tokens,
            one_engine: of(|round| round.0)?,
            two_engines: of(|round| round.1)?,
            ratio: of(|round| round.0 / round.1)?,
        })
    };
    plan.threads_tokens.iter().map(row).collect()
}

/// How many requests in a second two threads come to, each with one of these engines and on a core of its own.
fn rate(engines: [&Warm<'_>; 2], cores: Cores, tokens: usize, length: Duration) -> Result<f64> {
    let start = Barrier::new(2);
    let work = |engine: &Warm<'_>, core: usize| -> Result<f64> {
        let ready = pin::pin_here(core).and_then(|()| engine.accept_all());
        // The other thread waits, whatever came of this one.
        start.wait();
        ready?;
        let started = Instant::now();
        let mut requests = 0;
        while started.elapsed() < length {
            for _ in 0..BATCH.div_ceil(tokens) {
                engine.accept_all()?;
                requests += tokens;
            }
        }
        Ok(requests as f64 / started.elapsed().as_secs_f64())
    };
    thread::scope(|scope| {
        let [one, other] = engines;
        let other = scope.spawn(|| work(other, cores.load));
        let own = scope.spawn(|| work(one, cores.server));
        let rates = [own.join(), other.join()].map(|rate| rate.map_err(|_| anyhow!("a thread died")));
        rates.into_iter().map(|rate| rate.and_then(|rate| rate)).sum()
    })
}
