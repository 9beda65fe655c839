//! Attacks on protected axum routes, over real sockets. One file a theme.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../../../bearward/tests/support/refusal.rs"]
mod refusal;
mod support;

mod big_inputs;
mod cold_start;
mod extractors;
mod header_injection;
mod load_balancer;
mod log;
mod path_parameters;
mod places;
mod raw_requests;
mod routing;
