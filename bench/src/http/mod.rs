//! Servers over loopback, under a load that keeps one core of theirs busy.
//!
//! The server has one core, the load generator another. Each server is started anew for each round and
//! checked before it is measured; their order changes from round to round. A load generator that
//! saturates before the server flatters the ratio of throughputs, so the server's CPU time per request
//! stands beside it, and the worse of the two is the result.

mod calls;
mod check;
mod client;
mod load;
mod protocol;
mod roster;
mod round;
mod row;
mod running;
mod subject;
mod turns;
mod world;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::pin::Cores;
use crate::plan::Plan;
use crate::progress::say;
use crate::statistics::rotated;
use crate::token::Algorithm;

use load::Generator;
use round::{Round, Samples};

pub(crate) use client::Connection;
pub(crate) use protocol::Protocol;
pub(crate) use roster::{BARE_SIGNATURE, BESIDE_AXUM, subjects};
pub(crate) use row::Row;
pub(crate) use running::Running;
pub(crate) use subject::{Door, Subject};
pub(crate) use turns::measure_in_turns;
pub(crate) use world::World;

/// Enough for a warm-up in which tokens change, too few to be worth remembering.
const WARMUP_TOKENS: usize = 2_000;

/// How often a server is measured before its failure is reported.
const MOST_ATTEMPTS: usize = 3;

/// What the requests carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Scenario {
    /// All of them the same token.
    Repeated,
    /// Each its own.
    New,
}

/// The rows of both scenarios, and the name of the load generator.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Throughput {
    pub(crate) load_generator: String,
    pub(crate) rows: Vec<Row>,
}

/// Measures all servers of axum in both scenarios.
pub(crate) fn run(plan: &Plan, cores: Cores) -> Result<Throughput> {
    run_with(plan, cores, &subjects()?)
}

/// The same with actix-web and tonic.
pub(crate) fn run_beside_axum(plan: &Plan, cores: Cores) -> Result<Throughput> {
    run_with(plan, cores, &roster::subjects_beside_axum()?)
}

fn run_with(plan: &Plan, cores: Cores, subjects: &[Subject]) -> Result<Throughput> {
    say(format_args!("servers: signing {} RS256 tokens", plan.http_tokens));
    let world = World::new(Algorithm::RS256, plan.http_tokens, WARMUP_TOKENS, cores.load)?;
    measure(plan, cores, &world, subjects)
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

/// Measures `subjects` in both scenarios.
fn measure(plan: &Plan, cores: Cores, world: &World, subjects: &[Subject]) -> Result<Throughput> {
    let generator = Generator::find(cores.load, world)?;
    let round = Round { plan, cores, world, generator: &generator };
    let mut rows = Vec::new();
    for scenario in [Scenario::Repeated, Scenario::New] {
        let mut samples = vec![Samples::default(); subjects.len()];
        for number in 0..plan.http_rounds {
            for index in rotated(subjects.len(), number) {
                let subject = &subjects[index];
                let sample = patiently(|| round.measure(subject, scenario))?;
                say(format_args!(
                    "servers: {scenario:?} token, round {} of {}: {}: {:.0} requests/s",
                    number + 1,
                    plan.http_rounds,
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
