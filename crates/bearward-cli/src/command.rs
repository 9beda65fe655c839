//! The command line.

use crate::log::Level;
use crate::{demo, explain};

/// Protects HTTP APIs with OAuth 2.0 access tokens, and shows how.
#[derive(Debug, clap::Parser)]
#[command(name = "bearward", version)]
pub(crate) struct Arguments {
    /// What is logged to standard error
    #[arg(long, value_name = "LEVEL", value_enum, default_value_t = Level::Warn, global = true)]
    pub(crate) log: Level,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Serve a protected API, with an authorization server to get tokens from
    Demo(demo::Options),
    /// Say why a token is accepted or refused, check by check
    Explain(explain::Options),
}
