//! Servers over loopback, under a load that keeps one core of theirs busy.
//!
//! The server has one core, the load generator another. Each server is checked before it is measured; their
//! order changes from round to round. A load generator that
//! saturates before the server flatters the ratio of throughputs, so the server's CPU time per request
//! stands beside it, and the worse of the two is the result.

mod check;
mod client;
mod load;
mod roster;
mod round;
mod row;
mod subject;
mod world;

use anyhow::Result;
use serde::Serialize;

use crate::pin::Cores;
use crate::plan::Plan;
use crate::progress::say;
use crate::statistics::rotated;
use crate::token::Algorithm;

use load::Generator;
use round::{Load, Round, Samples};

pub(crate) use client::Connection;
pub(crate) use roster::subjects;
pub(crate) use row::Row;
pub(crate) use subject::{Door, Running, Subject};
pub(crate) use world::World;

/// Enough for a warm-up in which tokens change, too few to be worth remembering.
const WARMUP_TOKENS: usize = 2_000;

/// How often a server is measured before its failure counts.
const MOST_ATTEMPTS: usize = 3;

/// What the requests carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Scenario {
    /// All of them the same token.
    Repeated,
    /// Each its own.
    New,
}

/// How often and for how long each server is measured. Seconds are whole, for `wrk` knows no others.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Lengths {
    pub(crate) rounds: usize,
    pub(crate) warmup_seconds: u64,
    pub(crate) seconds: u64,
}

/// How long a server's process lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lifetime {
    /// Each round starts it anew, and may send every token again.
    Round,
    /// It is started once, and held while the others are measured: a server that compiles itself while it runs is
    /// not what it will be before it has run for a while.
    Scenario,
}

/// The rows of both scenarios, and the name of the load generator.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Throughput {
    pub(crate) load_generator: String,
    pub(crate) rows: Vec<Row>,
}

/// Measures all Rust servers in both scenarios.
pub(crate) fn run(plan: &Plan, cores: Cores) -> Result<Throughput> {
    say(format_args!("servers: signing {} RS256 tokens", plan.http_tokens));
    let world = World::new(Algorithm::Rs256, plan.http_tokens, WARMUP_TOKENS, cores.load)?;
    measure(plan.http, plan.http_connections, Lifetime::Round, cores, &world, &subjects()?)
}

/// Measures `subjects` in both scenarios.
pub(crate) fn measure(
    lengths: Lengths,
    connections: usize,
    lifetime: Lifetime,
    cores: Cores,
    world: &World,
    subjects: &[Subject],
) -> Result<Throughput> {
    let generator = Generator::find(cores.load, world)?;
    let round = Round { lengths, connections, cores, world, generator: &generator };
    // A process may see each token once.
    let lists = world.lists(if lifetime == Lifetime::Round { 1 } else { lengths.rounds })?;
    let mut rows = Vec::new();
    for scenario in [Scenario::Repeated, Scenario::New] {
        let standing = match lifetime {
            Lifetime::Round => Vec::new(),
            Lifetime::Scenario => round.start_all(subjects, scenario)?,
        };
        let mut samples = vec![Samples::default(); subjects.len()];
        for number in 0..lengths.rounds {
            let load = match scenario {
                Scenario::Repeated => Load::Repeated,
                Scenario::New => Load::New(&lists[number % lists.len()]),
            };
            for index in rotated(subjects.len(), number) {
                let subject = &subjects[index];
                let sample = match standing.get(index) {
                    Some(running) => round.sample_standing(subject, running, &load)?,
                    None => patiently(|| round.sample(subject, &round.start(subject, scenario)?, &load))?,
                };
                say(format_args!(
                    "servers: {scenario:?} token, round {} of {}: {}: {:.0} requests/s",
                    number + 1,
                    lengths.rounds,
                    subject.name,
                    sample.requests_per_second,
                ));
                samples[index].push(sample);
            }
        }
        rows.extend(row::rows(scenario, subjects, &samples)?);
    }
    Ok(Throughput { load_generator: generator.name().to_owned(), rows })
}

/// A machine that is busy with something else breaks a connection now and then: that is no reason to throw
/// away all that was measured before.
fn patiently<T>(mut measure: impl FnMut() -> Result<T>) -> Result<T> {
    for _ in 1..MOST_ATTEMPTS {
        match measure() {
            Err(error) => say(format_args!("once more: {error:#}")),
            measured => return measured,
        }
    }
    measure()
}
