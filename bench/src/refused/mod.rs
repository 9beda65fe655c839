//! What a request costs that is refused, beside a good token that was not seen before.
//!
//! A stranger chooses what is sent, so none of it may cost much more than a good token does: each row is a kind of
//! bad request, and the ratio is to a good new token of the same algorithm, within one round. A token of 16 KiB has
//! sixteen times the bytes to copy, to decode and to hash, so it has a second ratio: to a good one of its length.
//!
//! One thread and its CPU time, as in `verify`, from a request's headers to the decision.

mod forge;
mod kinds;
mod waiting;

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};

use self::forge::World;
use self::kinds::{Asked, Kind};
use crate::allocation;
use crate::bearward::refused::{Judge, Presented};
use crate::beyond::pinned;
use crate::plan::Plan;
use crate::progress::say;
use crate::statistics::Rounds;
use crate::timing::nanoseconds_each;
use crate::token::{Algorithm, algorithm};

pub(crate) use self::waiting::Waiting;

/// One kind of request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) algorithm: Algorithm,
    pub(crate) what: String,
    /// The code of the refusal; `None` for the good one.
    pub(crate) code: Option<String>,
    pub(crate) length: Length,
    pub(crate) cost: Cost,
    pub(crate) nanoseconds: Rounds,
    /// Times a good new token in the same round.
    pub(crate) times_good: Rounds,
    /// Times a good new token of 16 KiB in the same round.
    pub(crate) times_long: Rounds,
    pub(crate) allocations: f64,
}

/// Whether a request is as long as a request may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Length {
    Usual,
    Longest,
}

/// What a request is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Cost {
    /// The target is for these.
    Bounded,
    /// Several keys must be tried, by design as many as `Limits::max_keys_tried`.
    SeveralKeys,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Results {
    pub(crate) rows: Vec<Row>,
    pub(crate) waiting: Waiting,
}

/// What is asked for in one round, and what it took.
#[derive(Default)]
struct Samples {
    good: Vec<f64>,
    long: Vec<f64>,
    refused: Vec<Vec<f64>>,
}

pub(crate) fn run(plan: &Plan, core: usize) -> Result<Results> {
    let mut rows = Vec::new();
    for algorithm in algorithm::ALL {
        say(format_args!("refused: {}", algorithm.name()));
        let world = World::new(algorithm)?;
        rows.extend(pinned(core, || of_bearer_tokens(plan, &world))?);
    }
    say(format_args!("refused: DPoP proofs"));
    rows.extend(pinned(core, || of_proofs(plan))?);
    say(format_args!("refused: {} requests wait for one fetch", plan.refused_waiting));
    Ok(Results { rows, waiting: waiting::run(plan)? })
}

fn of_bearer_tokens(plan: &Plan, world: &World) -> Result<Vec<Row>> {
    let good = world.good(plan.refused_tokens)?;
    let long = world.long(plan.refused_tokens / 4)?;
    let kinds = kinds::of_tokens(world, plan.refused_tokens)?;
    measure(plan, world, &good, &long, &kinds)
}

/// The token is in the cache, so that it is the proof that is measured; the yardstick is a good proof.
fn of_proofs(plan: &Plan) -> Result<Vec<Row>> {
    let world = World::new(Algorithm::ES256)?;
    let good = world.good_proofs(plan.refused_tokens)?;
    let long = world.long_proofs(plan.refused_tokens / 4)?;
    let kinds = kinds::of_proofs(&world)?;
    measure(plan, &world, &good, &long, &kinds)
}

fn measure(
    plan: &Plan,
    world: &World,
    good: &[Presented],
    long: &[Presented],
    kinds: &[Kind],
) -> Result<Vec<Row>> {
    let mut samples = Samples { refused: vec![Vec::new(); kinds.len()], ..Samples::default() };
    let each = |judge: &Judge, requests: &[Presented]| {
        nanoseconds_each(requests.len(), || requests.iter().try_for_each(|request| judge.accept(request)))
    };
    for _ in 0..plan.refused_rounds {
        // A good token must be new, so each round has engines that have seen none.
        samples.good.push(each(&world.judge()?, good)?);
        samples.long.push(each(&world.judge()?, long)?);
        for (kind, samples) in kinds.iter().zip(&mut samples.refused) {
            let judge = world.judge_of(kind.keys)?;
            let (count, work) = work(plan, kind, &judge);
            samples.push(nanoseconds_each(count, work)?);
        }
    }
    let judge = world.judge()?;
    let allocations = allocated(|| good.iter().try_for_each(|request| judge.accept(request)))?;
    let of_good = allocations as f64 / good.len() as f64;
    let mut rows = vec![row(
        world,
        "a good one",
        None,
        (Length::Usual, Cost::Bounded),
        &samples.good,
        &samples,
        of_good,
    )?];
    let allocations = allocated(|| long.iter().try_for_each(|request| judge.accept(request)))?;
    let of_long = allocations as f64 / long.len() as f64;
    rows.push(row(
        world,
        "a good one of 16 KiB",
        None,
        (Length::Longest, Cost::Bounded),
        &samples.long,
        &samples,
        of_long,
    )?);
    for (kind, own) in kinds.iter().zip(&samples.refused) {
        let judge = world.judge_of(kind.keys)?;
        let (count, work) = work(plan, kind, &judge);
        let allocations = allocated(work)? as f64 / count as f64;
        let about = (kind.length(), kind.cost);
        rows.push(row(world, &kind.what, Some(kind.code), about, own, &samples, allocations)?);
    }
    Ok(rows)
}

/// How many requests, and what to do with them.
fn work<'a>(plan: &Plan, kind: &'a Kind, judge: &'a Judge) -> (usize, impl FnOnce() -> Result<()> + use<'a>) {
    let times = match kind.asked {
        Asked::Again => (plan.refused_tokens / kind.requests.len()).max(1),
        Asked::Once => 1,
    };
    let work = move || {
        for request in (0..times).flat_map(|_| &kind.requests) {
            let code = judge.refuse(request)?;
            ensure!(code == kind.code, "{}: refused as {code}, not {}", kind.what, kind.code);
        }
        Ok(())
    };
    (times * kind.requests.len(), work)
}

fn allocated(work: impl FnOnce() -> Result<()>) -> Result<u64> {
    let mut outcome = Ok(());
    let allocations = allocation::counted(|| outcome = work());
    outcome.map(|()| allocations)
}

fn row(
    world: &World,
    what: &str,
    code: Option<&'static str>,
    (length, cost): (Length, Cost),
    own: &[f64],
    samples: &Samples,
    allocations: f64,
) -> Result<Row> {
    let times = |yardstick: &[f64]| {
        Rounds::of(own.iter().zip(yardstick).map(|(own, other)| own / other)).context("no rounds")
    };
    Ok(Row {
        algorithm: world.algorithm(),
        what: what.to_owned(),
        code: code.map(str::to_owned),
        length,
        cost,
        nanoseconds: Rounds::of(own.iter().copied()).context("no rounds")?,
        times_good: times(&samples.good)?,
        times_long: times(&samples.long)?,
        allocations,
    })
}
