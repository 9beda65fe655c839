//! Protected Rocket servers, asked over HTTP and by Rocket's local client.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod decisions;
mod forwards;
mod mistakes;
mod proofs;
mod scene;
mod served;
mod swallowed;
mod tls;
mod upgrades;
