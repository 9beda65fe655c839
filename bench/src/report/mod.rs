//! What comes out: one value, as JSON for programs, and as Markdown with charts for people.

mod chart;
mod markdown;
mod merge;
mod sections;
mod table;
mod targets;

use serde::{Deserialize, Serialize};

use crate::machine::Machine;
use crate::options::Part;
use crate::plan::Plan;
use crate::{beyond, cold, curve, express, frameworks, http, refused, threads, verify};

pub(crate) use chart::Chart;
pub(crate) use markdown::{page, results};

/// Everything measured; `None` where a part was not asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) machine: Machine,
    /// What was measured together; several where reports were merged.
    pub(crate) runs: Vec<Run>,
    pub(crate) verify: Option<Vec<verify::Row>>,
    pub(crate) refused: Option<refused::Results>,
    pub(crate) axum: Option<http::Throughput>,
    pub(crate) adapters: Option<http::Throughput>,
    pub(crate) curve: Option<Vec<curve::Row>>,
    pub(crate) threads: Option<Vec<threads::Row>>,
    pub(crate) cold: Option<Vec<cold::Row>>,
    pub(crate) beyond: Option<beyond::Results>,
    pub(crate) express: Option<express::Results>,
    pub(crate) frameworks: Option<frameworks::Results>,
}

/// One run of the suite.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Run {
    /// Whether it was a smoke run, whose numbers mean little.
    pub(crate) quick: bool,
    pub(crate) parts: Vec<Part>,
    pub(crate) plan: Plan,
}

impl Report {
    /// Whether this part is from a smoke run.
    fn is_smoke(&self, part: Part) -> bool {
        self.runs.iter().any(|run| run.quick && run.parts.contains(&part))
    }
}
