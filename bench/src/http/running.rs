//! A child process that listens on a port, pinned to a core.

use std::ffi::OsString;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use super::protocol::Protocol;
use crate::pin;

/// Long enough for an interpreter that has to be read from a cold disk.
const START_TIMEOUT: Duration = Duration::from_secs(20);

/// A child process that listens on a port of its own and ends with this value.
pub(crate) struct Running {
    child: Child,
    pub(crate) port: u16,
    /// From the start of the process to its first answer.
    pub(crate) started_in: Duration,
}

/// What a server answers once it listens.
#[derive(Clone, Copy)]
pub(crate) struct Ready<'a> {
    pub(crate) protocol: Protocol,
    pub(crate) port: u16,
    pub(crate) path: &'a str,
}

impl Ready<'_> {
    fn is_answered(self) -> bool {
        let asked = self.protocol.open(self.port).and_then(|mut asking| asking.get(self.path, None));
        asked.is_ok_and(|status| status == 200)
    }
}

impl Running {
    /// Starts any command that will listen on the port, and waits until it answers there.
    pub(crate) fn spawn(name: &str, command: &[OsString], core: usize, ready: Ready<'_>) -> Result<Self> {
        let port = ready.port;
        let start = Instant::now();
        // A group of its own: where the shell that started all this is gone, the kernel hangs up on a group with
        // somebody in it who is held.
        let child = pin::command(core, command)?.process_group(0).spawn();
        let child = child.with_context(|| format!("start {name}"))?;
        let mut running = Self { child, port, started_in: Duration::ZERO };
        while !ready.is_answered() {
            if let Some(status) = running.exited()? {
                bail!("{name} ended before it answered ({status}); what it said is above");
            }
            if start.elapsed() > START_TIMEOUT {
                bail!("{name} did not answer on port {port} within {START_TIMEOUT:?}");
            }
            thread::sleep(Duration::from_micros(200));
        }
        running.started_in = start.elapsed();
        Ok(running)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Holds the process, so that it takes nothing from whoever is measured meanwhile.
    pub(crate) fn pause(&self) -> Result<()> {
        self.signal(Signal::STOP)
    }

    pub(crate) fn resume(&self) -> Result<()> {
        self.signal(Signal::CONT)
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).with_context(|| format!("cannot signal process {}", self.pid()))
    }

    fn exited(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port nobody listens on at the moment.
pub(crate) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
    Ok(listener.local_addr()?.port())
}
