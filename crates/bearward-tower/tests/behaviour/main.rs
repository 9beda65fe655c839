//! What the middleware does to requests and responses, through its public API.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../../../bearward/tests/support/refusal.rs"]
mod refusal;
mod support;

mod answers;
mod forms;
mod grpc;
mod optional;
mod organizations;
mod panics;
mod queries;
mod requirements;
mod secrecy;
mod service_contract;
