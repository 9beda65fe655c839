//! Express servers, in the directory `express` beside `src`: Bearward's middleware beside the ones people
//! use, measured as the Rust servers are, for two algorithms.

mod memory;
mod roster;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::http::{Throughput, World, measure_in_turns};
use crate::packages;
use crate::pin::Cores;
use crate::plan::Plan;
use crate::progress::say;
use crate::token::Algorithm;

pub(crate) use memory::Memory;
pub(crate) use roster::{BARE_SIGNATURE, CACHED_PEER, CLAIMS_READ, EMPTY_MIDDLEWARE};

/// Where the servers are.
const SERVERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/express");

/// The packages whose versions matter to a reader.
const PACKAGES: [&str; 6] =
    ["bearward", "express", "express-oauth2-jwt-bearer", "express-oauth-jwt", "jose", "fast-jwt"];

/// Everything measured of the Express servers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Results {
    /// Node.js and the packages that took part.
    pub(crate) versions: Vec<(String, String)>,
    pub(crate) parts: Vec<Part>,
    pub(crate) memory: Memory,
}

/// The servers with tokens of one algorithm.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Part {
    pub(crate) algorithm: Algorithm,
    pub(crate) throughput: Throughput,
}

/// Installs the servers if need be, and measures them.
pub(crate) fn run(plan: &Plan, cores: Cores) -> Result<Results> {
    packages::install(SERVERS)?;
    packages::build_bare_signature()?;
    let versions = packages::versions(SERVERS, &PACKAGES)?;
    let subjects = roster::subjects();
    let mut parts = Vec::new();
    for algorithm in [Algorithm::RS256, Algorithm::ES256] {
        say(format_args!("Express: signing {} {} tokens", plan.express_tokens, algorithm.name()));
        let world = World::new(algorithm, plan.express_tokens, plan.express_warmup_tokens, cores.load)?;
        let throughput = measure_in_turns(plan.express, plan.http_connections, cores, &world, &subjects)?;
        parts.push(Part { algorithm, throughput });
    }
    Ok(Results { versions, parts, memory: memory::measure(plan, cores, &subjects)? })
}
