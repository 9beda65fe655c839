//! A server under test is a command line, a port and a core; what language it is written in does not
//! matter. To add one, add it to the roster.

use std::ffi::OsString;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use super::client::Connection;
use super::world::World;
use crate::pin;
use crate::server::READY;

/// Long enough for an interpreter that has to be read from a cold disk.
const START_TIMEOUT: Duration = Duration::from_secs(20);

/// A kind of server.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    /// The unprotected subject it is compared with; its own name if it is that itself.
    pub(crate) baseline: &'static str,
    pub(crate) door: Door,
    /// `{port}`, `{issuer}` and `{audience}` stand for the values of the run.
    pub(crate) command: Vec<OsString>,
    /// Where it tells for how many milliseconds its event loop stood still at most since it was last asked,
    /// if it has one.
    pub(crate) stall: Option<&'static str>,
}

/// Whether a subject looks at tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// Good tokens are let in, all else is refused.
    Guarded,
    /// Everybody is let in.
    Open,
}

impl Subject {
    pub(crate) fn is_protected(&self) -> bool {
        self.door == Door::Guarded
    }

    fn command(&self, port: u16, world: &World) -> Vec<OsString> {
        let fill = |part: &OsString| match part.to_str() {
            Some("{port}") => port.to_string().into(),
            Some("{issuer}") => world.issuer.clone().into(),
            Some("{audience}") => world.audience.into(),
            _ => part.clone(),
        };
        self.command.iter().map(fill).collect()
    }
}

/// A child process that listens on a port of its own and ends with this value.
pub(crate) struct Running {
    child: Child,
    pub(crate) port: u16,
    /// From the start of the process to its first answer.
    pub(crate) started_in: Duration,
}

impl Running {
    /// Starts `subject` on `core` and waits until it answers.
    pub(crate) fn start(subject: &Subject, core: usize, world: &World) -> Result<Self> {
        let port = free_port()?;
        Self::spawn(subject.name, &subject.command(port, world), core, port, READY)
    }

    /// Starts any command that will listen on `port`, and waits until `GET ready` answers.
    pub(crate) fn spawn(
        name: &str,
        command: &[OsString],
        core: usize,
        port: u16,
        ready: &str,
    ) -> Result<Self> {
        let start = Instant::now();
        // A group of its own: where the shell that started all this is gone, the kernel hangs up on a group with
        // somebody in it who is held.
        let child = pin::command(core, command)?.process_group(0).spawn();
        let child = child.with_context(|| format!("start {name}"))?;
        let mut running = Self { child, port, started_in: Duration::ZERO };
        while !running.answers(ready) {
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

    fn answers(&self, ready: &str) -> bool {
        Connection::open(self.port)
            .and_then(|mut connection| connection.get(ready, None))
            .is_ok_and(|status| status == 200)
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
