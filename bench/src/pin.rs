//! Which core does what: one serves, another one loads it, and neither disturbs the other.
//!
//! A child is started through this program itself (`pinned --core N -- COMMAND`), which sets the
//! affinity and becomes the command, so that servers in any language are pinned alike and nothing
//! has to be installed for it.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Signal, set_parent_process_death_signal};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The two cores of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cores {
    /// The server under test, and whatever is measured in one thread.
    pub(crate) server: usize,
    /// The load generator and the authorization server.
    pub(crate) load: usize,
}

impl Cores {
    /// Two of the cores this process may run on. Fails with fewer than two.
    pub(crate) fn choose() -> Result<Self> {
        let allowed = sched_getaffinity(None).context("cannot read the CPU affinity")?;
        let mut cores = (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core));
        match (cores.next(), cores.next_back()) {
            (Some(server), Some(load)) => Ok(Self { server, load }),
            _ => bail!("two cores are needed, one for the server and one for the load"),
        }
    }
}

/// Confines this thread, and the threads it starts from now on, to `core`.
pub(crate) fn pin_here(core: usize) -> Result<()> {
    let mut set = CpuSet::new();
    set.set(core);
    sched_setaffinity(None, &set).with_context(|| format!("cannot run on core {core}"))
}

/// A command that will run on `core` and end with this process.
pub(crate) fn command(core: usize, command: &[OsString]) -> Result<Command> {
    let mut pinned = Command::new(std::env::current_exe().context("where is this program?")?);
    pinned.arg("pinned").arg("--core").arg(core.to_string()).arg("--").args(command);
    pinned.stdin(Stdio::null());
    Ok(pinned)
}

/// Becomes `command` on `core`; returns only if that fails.
pub(crate) fn become_pinned(core: usize, command: &[OsString]) -> Result<()> {
    let [program, arguments @ ..] = command else { bail!("no command to run on core {core}") };
    pin_here(core)?;
    // A benchmark that is interrupted must not leave a server behind.
    set_parent_process_death_signal(Some(Signal::KILL)).context("cannot follow the parent")?;
    let failure = Command::new(program).args(arguments).exec();
    Err(failure).with_context(|| format!("cannot run {}", program.display()))
}
