//! Starting up: how long until a server listens, and how long its first caller waits.
//!
//! Some fetch the keys before they listen, some with the first request, some in the background while
//! they refuse good tokens. So three times are shown: to the first answer at all, of the first request
//! with a good token (and what it was answered), and of the second one on the same connection.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};

use crate::http::{Connection, Running, Subject, World, subjects};
use crate::pin::Cores;
use crate::plan::Plan;
use crate::progress::say;
use crate::serving::PROTECTED;
use crate::statistics::{Rounds, rotated};
use crate::token::Algorithm;

/// One server.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) server: String,
    pub(crate) start_milliseconds: Rounds,
    pub(crate) first_request_milliseconds: Rounds,
    /// How many of the first requests, each with a good token, were not answered 200.
    pub(crate) first_requests_refused: usize,
    pub(crate) second_request_milliseconds: Rounds,
    pub(crate) rounds: usize,
}

#[derive(Clone, Copy)]
struct Sample {
    start: Duration,
    first: Duration,
    first_status: u16,
    second: Duration,
}

/// Starts every server some times.
pub(crate) fn run(plan: &Plan, cores: Cores) -> Result<Vec<Row>> {
    let world = World::new(Algorithm::RS256, 1, 0, cores.load)?;
    let subjects = subjects()?;
    let mut samples = vec![Vec::new(); subjects.len()];
    for round in 0..plan.cold_rounds {
        say(format_args!("cold start: round {} of {}", round + 1, plan.cold_rounds));
        for index in rotated(subjects.len(), round) {
            let subject = &subjects[index];
            let running = subject.start(cores.server, &world)?;
            samples[index].push(sample(&running, &world).context(subject.name)?);
        }
    }
    let row = |(subject, samples): (&Subject, &Vec<Sample>)| -> Result<Row> {
        let of = |value: fn(&Sample) -> Duration| {
            Rounds::of(samples.iter().map(|sample| value(sample).as_secs_f64() * 1e3)).context("no rounds")
        };
        Ok(Row {
            server: subject.name.to_owned(),
            start_milliseconds: of(|sample| sample.start)?,
            first_request_milliseconds: of(|sample| sample.first)?,
            first_requests_refused: samples.iter().filter(|s| s.first_status != 200).count(),
            second_request_milliseconds: of(|sample| sample.second)?,
            rounds: samples.len(),
        })
    };
    subjects.iter().zip(&samples).map(row).collect()
}

fn sample(running: &Running, world: &World) -> Result<Sample> {
    let token = world.tokens.first().map(String::as_str);
    let mut connection = Connection::open(running.port)?;
    let mut timed = || -> Result<(u16, Duration)> {
        let start = Instant::now();
        let status = connection.get(PROTECTED, token)?;
        Ok((status, start.elapsed()))
    };
    let (first_status, first) = timed()?;
    for _ in 0..1_000 {
        let (status, second) = timed()?;
        if status == 200 {
            return Ok(Sample { start: running.started_in, first, first_status, second });
        }
        thread::sleep(Duration::from_millis(1));
    }
    bail!("no good token was accepted a second after the start");
}
