//! What sender-constrained and opaque tokens cost: each beside the least that could be done instead.
//!
//! One thread and its CPU time, as in `verify`; only Redis, which is waited for, is timed by the clock on the
//! wall.

mod dpop;
mod introspection;
pub(crate) mod memory;
mod redis;

use std::thread;

use anyhow::{Context as _, Result, anyhow};
use serde::{Deserialize, Serialize};

use crate::pin;
use crate::plan::Plan;
use crate::progress::say;
use crate::statistics::Rounds;

/// A cost and its floor.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) nanoseconds: Rounds,
    pub(crate) floor: String,
    pub(crate) floor_nanoseconds: Rounds,
    /// Times the floor's cost in the same round.
    pub(crate) times_floor: Rounds,
}

/// All rows, and the memory of a replay store.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Results {
    pub(crate) rows: Vec<Row>,
    pub(crate) replay_entries: usize,
    pub(crate) replay_bytes: u64,
}

/// One round of one row: nanoseconds of the thing and of its floor.
type Round = (f64, f64);

impl Row {
    fn of(what: &str, floor: &str, rounds: &[Round]) -> Result<Self> {
        let median = |of: fn(&Round) -> f64| Rounds::of(rounds.iter().map(of)).context("no rounds");
        Ok(Self {
            what: what.to_owned(),
            nanoseconds: median(|round| round.0)?,
            floor: floor.to_owned(),
            floor_nanoseconds: median(|round| round.1)?,
            times_floor: median(|round| round.0 / round.1)?,
        })
    }
}

pub(crate) fn run(plan: &Plan, core: usize) -> Result<Results> {
    say(format_args!("beyond bearer: DPoP"));
    let mut rows = pinned(core, || dpop::rows(plan))?;
    say(format_args!("beyond bearer: introspection"));
    rows.push(pinned(core, || introspection::row(plan))?);
    say(format_args!("beyond bearer: Redis"));
    match redis::row(plan)? {
        Some(row) => rows.push(row),
        None => say(format_args!("there is no redis-server on PATH: its row is left out")),
    }
    say(format_args!("beyond bearer: memory of {} proofs", plan.beyond_replay_entries));
    let replay_bytes = memory::in_a_process(plan.beyond_replay_entries, core)?;
    Ok(Results { rows, replay_entries: plan.beyond_replay_entries, replay_bytes })
}

/// Runs on a thread of its own, since its affinity does not come off again.
pub(crate) fn pinned<T: Send>(core: usize, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    thread::scope(|scope| {
        let worker = scope.spawn(|| {
            pin::pin_here(core)?;
            work()
        });
        worker.join().map_err(|_| anyhow!("the measuring thread died"))?
    })
}
