//! One server, measured once.

use std::time::Duration;

use anyhow::{Result, bail};

use super::check::answers_rightly;
use super::client::Connection;
use super::load::{Credentials, Generator, Order, Outcome};
use super::subject::{Running, Subject};
use super::world::{TokenList, World};
use super::{Lengths, Scenario, patiently};
use crate::pin::Cores;
use crate::process::cpu_time;
use crate::progress::say;
use crate::server::PROTECTED;

/// All that the rounds of a run share.
pub(super) struct Round<'a> {
    pub(super) lengths: Lengths,
    pub(super) connections: usize,
    pub(super) cores: Cores,
    pub(super) world: &'a World,
    pub(super) generator: &'a Generator,
}

/// What the requests of one round carry.
pub(super) enum Load<'a> {
    Repeated,
    New(&'a TokenList),
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
    /// Starts a server, checks it and warms it up.
    pub(super) fn start(&self, subject: &Subject, scenario: Scenario) -> Result<Running> {
        let running = Running::start(subject, self.cores.server, self.world)?;
        answers_rightly(subject, &running, self.world)?;
        let warmup = match scenario {
            Scenario::Repeated => Credentials::Repeated(self.world.first_token()?),
            Scenario::New => Credentials::Listed(&self.world.warmup_file),
        };
        self.generator.run(&self.order(&running, warmup, self.lengths.warmup_seconds))?;
        Ok(running)
    }

    /// Starts, checks and warms up all of them, and holds each until it is its turn.
    pub(super) fn start_all(&self, subjects: &[Subject], scenario: Scenario) -> Result<Vec<Running>> {
        let start = |subject: &Subject| {
            let running = patiently(|| self.start(subject, scenario))?;
            running.pause()?;
            say(format_args!("servers: {scenario:?} token: {} is warm", subject.name));
            Ok(running)
        };
        subjects.iter().map(start).collect()
    }

    /// Measures a server that is held when it is not its turn.
    pub(super) fn sample_standing(
        &self,
        subject: &Subject,
        running: &Running,
        load: &Load<'_>,
    ) -> Result<Sample> {
        running.resume()?;
        let sample = self.sample(subject, running, load);
        running.pause()?;
        sample
    }

    /// Measures a server that is warm.
    pub(super) fn sample(&self, subject: &Subject, running: &Running, load: &Load<'_>) -> Result<Sample> {
        let (credentials, distinct) = match load {
            Load::Repeated => (Credentials::Repeated(self.world.first_token()?), None),
            Load::New(list) => (Credentials::Listed(&list.file), Some(list.tokens as u64)),
        };
        let stall = || -> Result<Option<f64>> {
            subject.stall.map(|path| Connection::open(running.port)?.number(path)).transpose()
        };
        stall()?; // what came before does not count
        let before = cpu_time(running.pid())?;
        let outcome = self.generator.run(&self.order(running, credentials, self.lengths.seconds))?;
        let used: Duration = cpu_time(running.pid())? - before;
        let stall_milliseconds = stall()?;

        if outcome.refused + outcome.broken > 0 {
            let Outcome { refused, broken, .. } = outcome;
            bail!("{}: {refused} refused, {broken} broken under load", subject.name);
        }
        // The list starts again where it ends, and a server may answer that part from memory.
        let beyond = distinct.map_or(0, |distinct| outcome.requests.saturating_sub(distinct));
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

    fn order<'o>(&self, running: &Running, credentials: Credentials<'o>, seconds: u64) -> Order<'o> {
        let connections = self.connections;
        Order { port: running.port, path: PROTECTED, credentials, connections, seconds }
    }
}
