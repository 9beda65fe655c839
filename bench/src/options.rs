//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use crate::{authorization_server, beyond, curve, server, serving};

/// Measures Bearward beside its peers and prints ratios as Markdown.
#[derive(Debug, Parser)]
#[command(name = "bench")]
pub(crate) struct Options {
    /// A smoke run of under two minutes, whose numbers mean little
    #[arg(long)]
    pub(crate) quick: bool,

    /// Only this part; may be given several times
    #[arg(long, value_name = "PART")]
    pub(crate) only: Vec<Part>,

    /// Write everything measured to this file as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,

    /// Write the page for the documentation to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) markdown: Option<PathBuf>,

    #[command(subcommand)]
    pub(crate) child: Option<Child>,
}

/// The parts of the suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    Verify,
    Refused,
    Axum,
    Adapters,
    Curve,
    Threads,
    Cold,
    Beyond,
    Express,
    Frameworks,
}

/// What this program starts itself as.
#[derive(Debug, Subcommand)]
pub(crate) enum Child {
    /// Run a command on one core
    #[command(hide = true)]
    Pinned {
        #[arg(long)]
        core: usize,
        #[arg(last = true)]
        command: Vec<OsString>,
    },
    /// Be a server under test
    #[command(hide = true)]
    Serve {
        kind: server::Kind,
        #[command(flatten)]
        setting: serving::Setting,
    },
    /// Be the authorization server
    #[command(hide = true)]
    AuthorizationServer(authorization_server::Setting),
    /// Measure one point of the cost curve
    #[command(hide = true)]
    CurvePoint(curve::Point),
    /// Measure the memory of a replay store
    #[command(hide = true)]
    ReplayMemory(beyond::memory::Entries),
}

impl Options {
    /// Whether `part` was asked for; without any `--only`, all are.
    pub(crate) fn wants(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }
}
