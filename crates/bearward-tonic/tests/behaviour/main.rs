//! A protected tonic server, called by tonic's own client.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../support/mod.rs"]
mod support;

mod certificates;
mod mistakes;
mod proofs;
mod rules;
mod statuses;
mod streams;
mod web;
