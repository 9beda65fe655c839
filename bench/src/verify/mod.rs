//! One thread, one core, no network: what does it cost to verify and validate a token?
//!
//! The floor is the raw signature check with a parsed key, on bytes that are already there. All the
//! rest, from base64 to the audience, is overhead over it, and that is the ratio reported. Time is the
//! thread's CPU time, which other programs on the machine disturb least.

mod jsonwebtoken;
mod raw;

use std::thread;

use anyhow::{Context as _, Result, anyhow};
use serde::{Deserialize, Serialize};

use crate::allocation;
use crate::bearward;
use crate::contender::{Contender, Sample};
use crate::pin;
use crate::plan::Plan;
use crate::progress::say;
use crate::statistics::{Rounds, rotated};
use crate::timing::nanoseconds_each;
use crate::token::{Algorithm, algorithm};

pub(crate) use self::jsonwebtoken::JSONWEBTOKEN;
pub(crate) use raw::RAW;

/// Which tokens a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Tokens {
    /// Each verified once, by a contender that never saw it before.
    New,
    /// The same one again and again.
    Repeated,
}

/// One contender on one kind of token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) algorithm: Algorithm,
    pub(crate) contender: String,
    pub(crate) tokens: Tokens,
    pub(crate) nanoseconds: Rounds,
    /// Times the raw verification's cost in the same round.
    pub(crate) times_raw: Rounds,
    pub(crate) allocations: f64,
}

/// All rows, algorithm by algorithm.
pub(crate) fn run(plan: &Plan, core: usize) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for algorithm in algorithm::USUAL {
        say(format_args!("verify: signing {} {} tokens", plan.verify_tokens, algorithm.name()));
        let sample = Sample::new(algorithm, plan.verify_tokens)?;
        say(format_args!("verify: {} rounds of {}", plan.verify_rounds, algorithm.name()));
        // A thread of its own, since its affinity does not come off again.
        let measured = thread::scope(|scope| {
            let worker = scope.spawn(|| {
                pin::pin_here(core)?;
                measure(plan, &sample)
            });
            worker.join().map_err(|_| anyhow!("the measuring thread died"))?
        });
        rows.extend(measured.with_context(|| format!("verify {}", algorithm.name()))?);
    }
    Ok(rows)
}

fn measure(plan: &Plan, sample: &Sample) -> Result<Vec<Row>> {
    let mut contenders: Vec<Box<dyn Contender + '_>> = vec![
        Box::new(raw::Raw::new(sample)?),
        Box::new(jsonwebtoken::JsonWebToken::new(sample)?),
        bearward::verify::contender(sample)?,
    ];

    let mut rows = Vec::new();
    for tokens in [Tokens::New, Tokens::Repeated] {
        let mut nanoseconds = vec![Vec::new(); contenders.len()];
        for round in 0..plan.verify_rounds {
            for index in rotated(contenders.len(), round) {
                let contender = &mut contenders[index];
                contender.forget()?;
                nanoseconds[index].push(match tokens {
                    Tokens::New => nanoseconds_each(sample.tokens.len(), || contender.each_token())?,
                    Tokens::Repeated => {
                        contender.one_token(1)?;
                        nanoseconds_each(plan.verify_repeats, || contender.one_token(plan.verify_repeats))?
                    }
                });
            }
        }
        for (index, contender) in contenders.iter_mut().enumerate() {
            contender.forget()?;
            contender.one_token(1)?;
            let (count, allocations) = match tokens {
                Tokens::New => (sample.tokens.len(), counted(|| contender.each_token())?),
                Tokens::Repeated => (1000, counted(|| contender.one_token(1000))?),
            };
            let ratios = nanoseconds[index].iter().zip(&nanoseconds[0]).map(|(own, raw)| own / raw);
            rows.push(Row {
                algorithm: sample.key.algorithm(),
                contender: contender.name().to_owned(),
                tokens,
                times_raw: Rounds::of(ratios).context("no rounds")?,
                nanoseconds: Rounds::of(nanoseconds[index].iter().copied()).context("no rounds")?,
                allocations: allocations as f64 / count as f64,
            });
        }
    }
    Ok(rows)
}

fn counted(work: impl FnOnce() -> Result<()>) -> Result<u64> {
    let mut outcome = Ok(());
    let allocations = allocation::counted(|| outcome = work());
    outcome.map(|()| allocations)
}
