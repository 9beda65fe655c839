//! What comes out: one value, as JSON for programs and as Markdown for people.

mod markdown;
mod sections;
mod table;
mod targets;

use serde::Serialize;

use crate::machine::Machine;
use crate::plan::Plan;
use crate::{beyond, cold, curve, express, frameworks, http, refused, threads, verify};

pub(crate) use markdown::{page, results};

/// Everything measured; `None` where a part was not asked for.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) machine: Machine,
    /// Whether this was a smoke run, whose numbers mean little.
    pub(crate) quick: bool,
    pub(crate) plan: Plan,
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
