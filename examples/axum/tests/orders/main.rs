//! The API over real sockets, with tokens of two authorization servers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod served;
mod routes;
mod description;
mod open_connections;
mod operation;
