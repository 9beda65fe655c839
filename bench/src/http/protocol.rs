//! How a server is asked.

use anyhow::Result;

use super::calls::Caller;
use super::client::Connection;
use crate::serving::{READY, READY_CALL};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Http1,
    Grpc,
}

/// One request at a time, for what is not measured: whether a server is ready, and whether it does the work.
pub(super) enum Asking {
    Http1(Connection),
    Grpc(Caller),
}

impl Protocol {
    /// What a server answers to everyone.
    pub(super) fn ready(self) -> &'static str {
        match self {
            Self::Http1 => READY,
            Self::Grpc => READY_CALL,
        }
    }

    pub(super) fn open(self, port: u16) -> Result<Asking> {
        Ok(match self {
            Self::Http1 => Asking::Http1(Connection::open(port)?),
            Self::Grpc => Asking::Grpc(Caller::open(port)?),
        })
    }
}

impl Asking {
    /// The status of HTTP, or the one that means the same as the status of a gRPC call.
    pub(super) fn get(&mut self, path: &str, token: Option<&str>) -> Result<u16> {
        match self {
            Self::Http1(connection) => connection.get(path, token),
            Self::Grpc(caller) => caller.call(path, token),
        }
    }
}
