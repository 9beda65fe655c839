//! Servers that compile themselves while they run, measured in turns of a fraction of a second.
//!
//! Each is warmed up until its code is compiled and its caches are full; then they take turns, the others held
//! meanwhile. A host that others share is faster one second than the next: what a round adds up are many turns, so
//! that all servers see the same of that. Each round starts them anew, since a compiler does not come to the same
//! code twice.

use std::rc::Rc;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};

use super::check::answers_rightly;
use super::client::{self, Connection};
use super::load::{Answers, Connections};
use super::round::{Sample, Samples};
use super::row::{Row, rows};
use super::running::Running;
use super::subject::Subject;
use super::world::World;
use super::{Scenario, Throughput};
use crate::pin::{self, Cores};
use crate::plan::Turns;
use crate::process::cpu_time;
use crate::progress::say;
use crate::serving::PROTECTED;
use crate::statistics::{percentile, rotated};

/// How each turn begins, uncounted: others had the processor's caches meanwhile.
const LEAD_IN: Duration = Duration::from_millis(100);

/// Measures `subjects` in both scenarios.
pub(crate) fn measure_in_turns(
    turns: Turns,
    connections: usize,
    cores: Cores,
    world: &World,
    subjects: &[Subject],
) -> Result<Throughput> {
    let measure = || -> Result<Vec<Row>> {
        pin::pin_here(cores.load)?;
        let mut all = Vec::new();
        for scenario in [Scenario::Repeated, Scenario::New] {
            let warm = |subject| Contender::start(subject, scenario, turns, connections, cores, world);
            let mut samples = vec![Samples::default(); subjects.len()];
            for number in 1..=turns.rounds {
                say(format_args!("servers: {scenario:?} token, round {number} of {}", turns.rounds));
                let contenders = subjects.iter().map(warm).collect::<Result<_>>()?;
                for (samples, sample) in samples.iter_mut().zip(round(contenders, scenario, turns, world)?) {
                    samples.push(sample);
                }
            }
            all.extend(rows(scenario, subjects, &samples)?);
        }
        Ok(all)
    };
    // A thread of its own, since its affinity does not come off again.
    let rows = thread::scope(|scope| scope.spawn(measure).join()).map_err(|_| anyhow!("the load died"))??;
    Ok(Throughput { load_generator: "the suite's own, over connections that stay open".to_owned(), rows })
}

fn round(
    mut contenders: Vec<Contender<'_>>,
    scenario: Scenario,
    turns: Turns,
    world: &World,
) -> Result<Vec<Sample>> {
    let tokens = match scenario {
        Scenario::Repeated => &world.tokens[..1],
        Scenario::New => &world.tokens,
    };
    let requests = requests(tokens);
    let mut sums = vec![Sum::default(); contenders.len()];
    for turn in 0..turns.turns {
        for index in rotated(contenders.len(), turn) {
            contenders[index].take_turn(&requests, turns, &mut sums[index])?;
        }
    }
    let distinct = (scenario == Scenario::New).then_some(tokens.len());
    let sample = |(contender, sum): (&Contender<'_>, Sum)| {
        let sample = sum.sample(contender.load.sent(), distinct)?;
        let (name, rate) = (contender.subject.name, sample.requests_per_second);
        say(format_args!("servers: {scenario:?} token: {name}: {rate:.0} requests/s"));
        Ok(sample)
    };
    contenders.iter().zip(sums).map(sample).collect()
}

fn requests(tokens: &[String]) -> Rc<[String]> {
    tokens.iter().map(|token| client::request(PROTECTED, Some(token))).collect()
}

/// A server that is warm, and held until it is its turn.
struct Contender<'a> {
    subject: &'a Subject,
    running: Running,
    load: Connections,
    /// For what is asked beside the load.
    aside: Connection,
}

/// What the turns of one round come to.
#[derive(Clone, Default)]
struct Sum {
    answers: Answers,
    cpu: Duration,
    stall_milliseconds: Option<f64>,
}

impl<'a> Contender<'a> {
    fn start(
        subject: &'a Subject,
        scenario: Scenario,
        turns: Turns,
        connections: usize,
        cores: Cores,
        world: &World,
    ) -> Result<Self> {
        let running = subject.start(cores.server, world)?;
        answers_rightly(subject, &running, world)?;
        let tokens = match scenario {
            Scenario::Repeated => &world.tokens[..1],
            Scenario::New => &world.warmup_tokens,
        };
        let warmup = Duration::from_secs(turns.warmup_seconds);
        Connections::open(running.port, connections)?.load(&requests(tokens), warmup)?;
        let load = Connections::open(running.port, connections)?;
        let aside = Connection::open(running.port)?;
        running.pause()?;
        Ok(Self { subject, running, load, aside })
    }

    fn take_turn(&mut self, requests: &Rc<[String]>, turns: Turns, sum: &mut Sum) -> Result<()> {
        self.running.resume()?;
        self.load.load(requests, LEAD_IN).context(self.subject.name)?;
        self.stall()?; // what came before does not count
        let before = cpu_time(self.running.pid())?;
        let duration = Duration::from_millis(turns.turn_milliseconds);
        let answers = self.load.load(requests, duration).context(self.subject.name)?;
        sum.cpu += cpu_time(self.running.pid())? - before;
        sum.stall_milliseconds =
            self.stall()?.map(|stall| stall.max(sum.stall_milliseconds.unwrap_or(stall)));
        self.running.pause()?;
        if answers.refused > 0 {
            bail!("{}: {} refused under load", self.subject.name, answers.refused);
        }
        sum.answers.elapsed += answers.elapsed;
        sum.answers.microseconds.extend(answers.microseconds);
        Ok(())
    }

    /// How long the event loop stood still at most since this was last asked.
    fn stall(&mut self) -> Result<Option<f64>> {
        self.subject.stall.map(|path| self.aside.number(path)).transpose()
    }
}

impl Sum {
    /// `sent`: all requests so far; `distinct`: how many tokens there are before the first comes again.
    fn sample(mut self, sent: usize, distinct: Option<usize>) -> Result<Sample> {
        let requests = self.answers.microseconds.len();
        // The list starts again where it ends, and a server may answer that part from memory.
        let beyond = distinct.map_or(0, |distinct| sent.saturating_sub(distinct).min(requests));
        let (seconds, cpu) = (self.answers.elapsed.as_secs_f64(), self.cpu.as_secs_f64());
        let mut at =
            |share| percentile(&mut self.answers.microseconds, share).context("no request was answered");
        Ok(Sample {
            requests_per_second: requests as f64 / seconds,
            cpu_microseconds: cpu * 1e6 / requests as f64,
            busy: cpu / seconds,
            seen_twice: beyond as f64 / requests as f64,
            p50_microseconds: at(0.50)?,
            p99_microseconds: at(0.99)?,
            stall_milliseconds: self.stall_milliseconds,
        })
    }
}
