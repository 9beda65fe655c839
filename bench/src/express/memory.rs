//! The memory a server holds once it has seen many tokens: a cache that grows with its visitors is a leak.

use anyhow::{Context as _, Result, ensure};
use bearward_core::trust::Limits;
use serde::{Deserialize, Serialize};

use crate::bearward;
use crate::http::{Connection, Subject, World};
use crate::pin::Cores;
use crate::plan::Plan;
use crate::progress::say;
use crate::serving::PROTECTED;
use crate::token::Algorithm;

/// Requests before the first look: by then the code is compiled and the buffers are there.
const WARMUP: usize = 5_000;

/// What the servers grew by, and the bound that Bearward promises.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Memory {
    pub(crate) tokens: usize,
    pub(crate) max_tokens: usize,
    pub(crate) max_bytes: usize,
    pub(crate) rows: Vec<Row>,
}

/// One server's resident memory, after garbage collection.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) server: String,
    is_bearward: bool,
    pub(crate) before_bytes: f64,
    pub(crate) after_bytes: f64,
}

impl Memory {
    /// Bearward's growth over the bound of its cache.
    pub(crate) fn growth_over_bound(&self) -> Option<f64> {
        let own = self.rows.iter().find(|row| row.is_bearward)?;
        Some((own.after_bytes - own.before_bytes).max(0.0) / self.max_bytes as f64)
    }
}

/// Sends each of many tokens once to the unprotected server and to Bearward.
pub(super) fn measure(plan: &Plan, cores: Cores, subjects: &[Subject]) -> Result<Memory> {
    let tokens = plan.express_memory_tokens;
    say(format_args!("Express memory: signing {tokens} ES256 tokens"));
    // The signature says nothing of memory, and these are made in no time.
    let world = World::new(Algorithm::ES256, tokens, 0, cores.load)?;
    let mut rows = Vec::new();
    for subject in subjects.iter().filter(|one| one.name == one.baseline || one.name == bearward::NAME) {
        say(format_args!("Express memory: {tokens} tokens to {}", subject.name));
        rows.push(row(subject, &world, cores).context(subject.name)?);
    }
    let limits = Limits::default();
    let (max_tokens, max_bytes) = (limits.max_cached_tokens, limits.max_cached_token_bytes);
    Ok(Memory { tokens, max_tokens, max_bytes, rows })
}

fn row(subject: &Subject, world: &World, cores: Cores) -> Result<Row> {
    let running = subject.start(cores.server, world)?;
    let mut connection = Connection::open(running.port)?;
    let mut send = |token: &String| -> Result<()> {
        let status = connection.get(PROTECTED, Some(token))?;
        ensure!(status == 200, "a good token was answered {status}");
        Ok(())
    };
    let first = world.tokens.first().context("no tokens")?;
    std::iter::repeat_n(first, WARMUP).try_for_each(&mut send)?;
    let resident = || Connection::open(running.port)?.number("/memory");
    let before_bytes = resident()?;
    world.tokens.iter().try_for_each(&mut send)?;
    let after_bytes = resident()?;
    let is_bearward = subject.name == bearward::NAME;
    Ok(Row { server: subject.name.to_owned(), is_bearward, before_bytes, after_bytes })
}
