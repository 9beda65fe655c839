//! What the replay store of one process takes, when so many proofs are live.

use anyhow::{Context as _, Result, bail};
use clap::Args;

use crate::bearward::bound;
use crate::pin;
use crate::process::resident_bytes;

/// How many proofs to remember.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Entries {
    #[arg(long)]
    entries: usize,
}

/// By how much this process grows.
pub(crate) fn measure(entries: Entries) -> Result<u64> {
    let before = resident_bytes()?;
    let store = bound::remember(entries.entries)?;
    let after = resident_bytes()?;
    drop(store);
    Ok(after - before)
}

/// A process of its own, so that nothing else is in its memory.
pub(super) fn in_a_process(entries: usize, core: usize) -> Result<u64> {
    let command = [
        std::env::current_exe()?.into(),
        "replay-memory".into(),
        "--entries".into(),
        entries.to_string().into(),
    ];
    let output = pin::command(core, &command)?.stderr(std::process::Stdio::inherit()).output()?;
    if !output.status.success() {
        bail!("the memory of a replay store could not be measured");
    }
    String::from_utf8(output.stdout)?.trim().parse().context("a number of bytes")
}
