//! The stores against real servers, which the tests start themselves: `redis-server` on free ports, with
//! nothing on disk but a temporary directory.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

mod changes;
mod claims;
mod cluster;
mod failover;
mod install;
mod introspection;
mod outages;
mod proof;
mod relay;
mod replaced;
mod restarts;
mod revocations;
mod sentinel;
mod server;
mod sign_in;
