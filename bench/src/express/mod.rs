//! Express servers, in the directory `express` beside `src`: Bearward's middleware beside the ones people
//! use, measured as the Rust servers are, for two algorithms.

mod memory;
mod packages;
mod roster;

use anyhow::Result;
use serde::Serialize;

use crate::http::{self, Throughput, World};
use crate::pin::Cores;
use crate::plan::Plan;
use crate::progress::say;
use crate::token::Algorithm;

pub(crate) use memory::Memory;

/// Nine servers, two algorithms, two scenarios: more rounds than this take longer than anybody waits for them.
const MOST_ROUNDS: usize = 3;

/// Everything measured of the Express servers.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Results {
    /// Node.js and the packages that took part.
    pub(crate) versions: Vec<(String, String)>,
    pub(crate) parts: Vec<Part>,
    pub(crate) memory: Memory,
}

/// The servers with tokens of one algorithm.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Part {
    pub(crate) algorithm: Algorithm,
    pub(crate) throughput: Throughput,
}

/// Installs the servers if need be, and measures them.
pub(crate) fn run(plan: &Plan, cores: Cores) -> Result<Results> {
    packages::install()?;
    let versions = packages::versions()?;
    let subjects = roster::subjects();
    let plan = &Plan { http_rounds: plan.http_rounds.min(MOST_ROUNDS), ..plan.clone() };
    let mut parts = Vec::new();
    for algorithm in [Algorithm::Rs256, Algorithm::Es256] {
        say(format_args!("Express: signing {} {} tokens", plan.express_tokens, algorithm.name()));
        let world = World::new(algorithm, plan.express_tokens, cores.load)?;
        let throughput = http::measure(plan, cores, &world, &subjects)?;
        parts.push(Part { algorithm, throughput });
    }
    Ok(Results { versions, parts, memory: memory::measure(plan, cores, &subjects)? })
}
