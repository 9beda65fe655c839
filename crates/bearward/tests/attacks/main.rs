//! Attacks and accidents, through the public API and over real sockets. One file a theme.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../support/mod.rs"]
mod support;

mod caching;
mod clocks;
mod foreign_keys;
mod forged_signatures;
mod http_client;
mod issuers;
mod key_sets;
mod metadata;
mod outages;
mod profiles;
mod readiness;
mod resolver;
mod rotation;
mod secrecy;
mod waiting;
