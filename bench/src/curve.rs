//! How the cost of a request grows with what the resource server holds: tokens, issuers, keys.
//!
//! Each point is measured by a process of its own, so that no point inherits the memory of another.

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use crate::pin;
use crate::plan::Plan;
use crate::progress::say;

/// What there is more and more of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Axis {
    /// Live tokens presented again and again in random order, with room for all of them in the
    /// verified-token cache.
    Tokens,
    /// The same, with the cache's default limits.
    TokensDefaultLimits,
    /// Issuers, each with its own key; every token is new.
    Issuers,
    /// Keys in the one issuer's set; every token is new.
    Keys,
}

impl Axis {
    /// What it is called in the report.
    pub(crate) fn what(self) -> &'static str {
        match self {
            Self::Tokens => "live tokens, cache large enough",
            Self::TokensDefaultLimits => "live tokens, default limits",
            Self::Issuers => "issuers, new tokens",
            Self::Keys => "keys in the set, new tokens",
        }
    }
}

/// One point to measure.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Point {
    #[arg(long)]
    pub(crate) axis: Axis,
    #[arg(long)]
    pub(crate) value: usize,
    #[arg(long)]
    pub(crate) rounds: usize,
}

/// What was measured there.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Cost {
    /// CPU time per request, the median of the rounds.
    pub(crate) nanoseconds: f64,
    /// By how much the process grew from before the set-up to after the last round, without the
    /// tokens that the benchmark itself holds.
    pub(crate) resident_bytes: u64,
}

/// A point and its cost.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) axis: Axis,
    pub(crate) value: usize,
    #[serde(flatten)]
    pub(crate) cost: Cost,
}

/// All points of all axes.
pub(crate) fn run(plan: &Plan, core: usize) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (axis, values) in [
        (Axis::Tokens, &plan.curve_tokens),
        (Axis::TokensDefaultLimits, &plan.curve_tokens),
        (Axis::Issuers, &plan.curve_issuers),
        (Axis::Keys, &plan.curve_keys),
    ] {
        for &value in values {
            say(format_args!("cost curve: {axis:?}, {value}"));
            let point = Point { axis, value, rounds: plan.curve_rounds };
            rows.push(Row { axis, value, cost: in_a_process(point, core)? });
        }
    }
    Ok(rows)
}

fn in_a_process(point: Point, core: usize) -> Result<Cost> {
    let axis = point.axis.to_possible_value().context("an axis without a name")?;
    let command = [
        std::env::current_exe()?.into(),
        "curve-point".into(),
        "--axis".into(),
        axis.get_name().into(),
        "--value".into(),
        point.value.to_string().into(),
        "--rounds".into(),
        point.rounds.to_string().into(),
    ];
    let output = pin::command(core, &command)?.stderr(std::process::Stdio::inherit()).output()?;
    if !output.status.success() {
        bail!("the point {point:?} could not be measured");
    }
    serde_json::from_slice(&output.stdout).context("the cost of a point")
}
