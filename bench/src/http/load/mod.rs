//! The load: connections kept alive, each sending its next request as soon as it has an answer.
//!
//! `wrk` where it is installed. Otherwise a generator of our own, which does the same with a little
//! less speed; the report says which it was. Calls of gRPC, which `wrk` cannot send, are sent by one of our own in any
//! case.

mod calls;
mod connections;
mod own;
mod wrk;

use std::path::Path;

use anyhow::Result;
use serde::Deserialize;

use super::protocol::Protocol;
use super::world::World;

pub(super) use connections::{Answers, Connections};

/// Which token each request carries.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Credentials<'a> {
    Repeated(&'a str),
    /// The lines of a file, in order, each once until they run out.
    Listed(&'a Path),
}

/// Where to send how much.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order<'a> {
    pub(crate) protocol: Protocol,
    pub(crate) port: u16,
    pub(crate) path: &'a str,
    pub(crate) credentials: Credentials<'a>,
    pub(crate) connections: usize,
    pub(crate) seconds: u64,
}

/// What came back.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) requests: u64,
    pub(crate) seconds: f64,
    /// Answers other than 2xx and 3xx.
    pub(crate) refused: u64,
    /// Connections that failed or timed out.
    pub(crate) broken: u64,
    pub(crate) p50_microseconds: f64,
    pub(crate) p99_microseconds: f64,
}

/// The load generator of this run.
pub(crate) enum Generator {
    Wrk(wrk::Wrk),
    Own(own::Own),
}

impl Generator {
    /// The best one this machine has, confined to `core`.
    pub(crate) fn find(core: usize, world: &World) -> Result<Self> {
        Ok(match wrk::Wrk::find(core, world.directory())? {
            Some(wrk) => Self::Wrk(wrk),
            None => Self::Own(own::Own { core }),
        })
    }

    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Wrk(wrk) => wrk.version(),
            Self::Own(_) => "the suite's own load generator (wrk is not installed)",
        }
    }

    pub(crate) fn run(&self, order: &Order<'_>) -> Result<Outcome> {
        match (order.protocol, self) {
            (Protocol::Grpc, _) => calls::run(self.core(), order),
            (Protocol::Http1, Self::Wrk(wrk)) => wrk.run(order),
            (Protocol::Http1, Self::Own(own)) => own.run(order),
        }
    }

    fn core(&self) -> usize {
        match self {
            Self::Wrk(wrk) => wrk.core(),
            Self::Own(own) => own.core,
        }
    }
}
