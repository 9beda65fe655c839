//! A server under test is a command line, a port and a core; what language it is written in does not
//! matter. To add one, add it to the roster.

use std::ffi::OsString;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::protocol::Protocol;
use super::running::{Ready, Running, free_port};
use super::world::{FORGED, World};

/// A kind of server.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    /// The unprotected subject it is compared with; its own name if it is that itself.
    pub(crate) baseline: &'static str,
    pub(crate) door: Door,
    pub(crate) protocol: Protocol,
    /// `{port}`, `{issuer}`, `{audience}` and `{key}` stand for the values of the run.
    pub(crate) command: Vec<OsString>,
    /// Where it tells for how many milliseconds its event loop stood still at most since it was last asked,
    /// if it has one.
    pub(crate) stall: Option<&'static str>,
}

/// Whether a subject looks at tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Door {
    /// Good tokens are let in, all else is refused.
    Guarded,
    /// Tokens with a good signature are let in, whatever they say.
    Signature,
    /// Everybody is let in.
    Open,
}

impl Subject {
    /// Whether a request with a token that is not good is let in; `reason` says what is bad about it.
    pub(crate) fn lets_in(&self, reason: &str) -> bool {
        match self.door {
            Door::Guarded => false,
            Door::Signature => reason != FORGED,
            Door::Open => true,
        }
    }

    /// Starts it on `core` and waits until it answers.
    pub(crate) fn start(&self, core: usize, world: &World) -> Result<Running> {
        let port = free_port()?;
        let command = self.command(port, world);
        Running::spawn(
            self.name,
            &command,
            core,
            Ready { protocol: self.protocol, port, path: self.protocol.ready() },
        )
    }

    fn command(&self, port: u16, world: &World) -> Vec<OsString> {
        let fill = |part: &OsString| match part.to_str() {
            Some("{port}") => port.to_string().into(),
            Some("{issuer}") => world.issuer.clone().into(),
            Some("{audience}") => world.audience.into(),
            Some("{key}") => world.key_file.clone().into(),
            _ => part.clone(),
        };
        self.command.iter().map(fill).collect()
    }
}
