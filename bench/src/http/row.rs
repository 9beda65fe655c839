//! From samples to the rows of the report.

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use super::Scenario;
use super::round::{Sample, Samples};
use super::subject::{Door, Subject};
use crate::statistics::Rounds;

/// One server in one scenario.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) scenario: Scenario,
    pub(crate) server: String,
    /// The unprotected server that the ratios refer to.
    pub(crate) baseline: String,
    pub(crate) door: Door,
    pub(crate) requests_per_second: Rounds,
    pub(crate) cpu_microseconds: Rounds,
    pub(crate) busy: Rounds,
    /// The share of requests whose token was not new after all; zero for the other scenario.
    pub(crate) seen_twice: Rounds,
    pub(crate) p50_microseconds: Rounds,
    pub(crate) p99_microseconds: Rounds,
    /// The longest time its event loop stood still; `None` for servers without one.
    pub(crate) stall_milliseconds: Option<Rounds>,
    /// Its throughput over the unprotected server's.
    pub(crate) throughput_ratio: Rounds,
    /// The unprotected server's CPU time per request over its own.
    pub(crate) cpu_ratio: Rounds,
}

impl Row {
    pub(crate) fn is_protected(&self) -> bool {
        self.door == Door::Guarded
    }

    /// The worse of the two ratios.
    pub(crate) fn verdict(&self) -> f64 {
        self.throughput_ratio.median.min(self.cpu_ratio.median)
    }
}

pub(super) fn rows(scenario: Scenario, subjects: &[Subject], samples: &[Samples]) -> Result<Vec<Row>> {
    let row = |(subject, own): (&Subject, &Samples)| {
        let baseline = subjects.iter().position(|other| other.name == subject.baseline);
        let baseline = &samples[baseline.with_context(|| format!("no {}", subject.baseline))?];
        let of = |value: fn(&Sample) -> f64| Rounds::of(own.iter().map(value)).context("no rounds");
        let ratio = |value: fn(&Sample, &Sample) -> f64| {
            Rounds::of(own.iter().zip(baseline).map(|(own, base)| value(own, base))).context("no rounds")
        };
        Ok(Row {
            scenario,
            server: subject.name.to_owned(),
            baseline: subject.baseline.to_owned(),
            door: subject.door,
            requests_per_second: of(|sample| sample.requests_per_second)?,
            cpu_microseconds: of(|sample| sample.cpu_microseconds)?,
            busy: of(|sample| sample.busy)?,
            seen_twice: of(|sample| sample.seen_twice)?,
            p50_microseconds: of(|sample| sample.p50_microseconds)?,
            p99_microseconds: of(|sample| sample.p99_microseconds)?,
            stall_milliseconds: Rounds::of(own.iter().filter_map(|sample| sample.stall_milliseconds)),
            throughput_ratio: ratio(|own, base| own.requests_per_second / base.requests_per_second)?,
            cpu_ratio: ratio(|own, base| base.cpu_microseconds / own.cpu_microseconds)?,
        })
    };
    subjects.iter().zip(samples).map(row).collect()
}
