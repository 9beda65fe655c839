//! The demo API with the tokens of an authorization server that nobody here wrote: the npm package
//! `oidc-provider`, certified by the OpenID Foundation.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod authorization_server;
mod bearer;
mod beyond_bearer;
#[path = "../../crates/bearward-cli/tests/process/mod.rs"]
mod process;
#[path = "../served.rs"]
mod served;
