//! One server, measured once.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::Scenario;
use super::check::answers_rightly;
use super::client::Connection;
use super::load::{Credentials, Generator, Order, Outcome};
use super::subject::Subject;
use super::world::World;
use crate::pin::Cores;
use crate::plan::Plan;
use crate::process::cpu_time;
use crate::serving::PROTECTED;

/// All that the rounds of a run share.
pub(super) struct Round<'a> {
    pub(super) plan: &'a Plan,
    pub(super) cores: Cores,
    pub(super) world: &'a World,
    pub(super) generator: &'a Generator,
}

/// What one round found out about one server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    pub(super) requests_per_second: f64,
    pub(super) cpu_microseconds: f64,
    /// The share of the time in which the server was on its core; near 1, it was the bottleneck.
    pub(super) busy: f64,
    /// The share of requests whose token was not new after all.
    pub(super) seen_twice: f64,
    pub(super) p50_microseconds: f64,
    pub(super) p99_microseconds: f64,
    /// The longest time the server's event loop stood still, if it has one.
    pub(super) stall_milliseconds: Option<f64>,
}

pub(super) type Samples = Vec<Sample>;

impl Round<'_> {
    pub(super) fn measure(&self, subject: &Subject, scenario: Scenario) -> Result<Sample> {
        let running = subject.start(self.cores.server, self.world)?;
        answers_rightly(subject, &running, self.world)?;
        let first = self.world.tokens.first().context("no tokens")?;
        let (warmup, measured) = match scenario {
            Scenario::Repeated => (Credentials::Repeated(first), Credentials::Repeated(first)),
            Scenario::New => {
                (Credentials::Listed(&self.world.warmup_file), Credentials::Listed(&self.world.tokens_file))
            }
        };
        let order = |credentials, seconds| Order {
            protocol: subject.protocol,
            port: running.port,
            path: PROTECTED,
            credentials,
            connections: self.plan.http_connections,
            seconds,
        };
        self.generator.run(&order(warmup, self.plan.http_warmup_seconds))?;

        let stall = || -> Result<Option<f64>> {
            subject.stall.map(|path| Connection::open(running.port)?.number(path)).transpose()
        };
        stall()?; // what came before does not count
        let before = cpu_time(running.pid())?;
        let outcome = self.generator.run(&order(measured, self.plan.http_seconds))?;
        let used: Duration = cpu_time(running.pid())? - before;
        let stall_milliseconds = stall()?;

        if outcome.refused + outcome.broken > 0 {
            let Outcome { refused, broken, .. } = outcome;
            bail!("{}: {refused} refused, {broken} broken under load", subject.name);
        }
        // The list starts again where it ends, and a server may answer that part from memory.
        let beyond = match scenario {
            Scenario::Repeated => 0,
            Scenario::New => outcome.requests.saturating_sub(self.world.tokens.len() as u64),
        };
        Ok(Sample {
            requests_per_second: outcome.requests as f64 / outcome.seconds,
            cpu_microseconds: used.as_secs_f64() * 1e6 / outcome.requests as f64,
            busy: used.as_secs_f64() / outcome.seconds,
            seen_twice: beyond as f64 / outcome.requests as f64,
            p50_microseconds: outcome.p50_microseconds,
            p99_microseconds: outcome.p99_microseconds,
            stall_milliseconds,
        })
    }
}
