//! A server under test is a command line, a port and a core; what language it is written in does not
//! matter. To add one, add it to the roster.

use std::ffi::OsString;

use anyhow::Result;

use super::running::{Running, free_port};
use super::world::World;
use crate::serving::READY;

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

    /// Starts it on `core` and waits until it answers.
    pub(crate) fn start(&self, core: usize, world: &World) -> Result<Running> {
        let port = free_port()?;
        Running::spawn(self.name, &self.command(port, world), core, port, READY)
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
