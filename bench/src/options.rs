//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use serde::{Deserialize, Serialize};

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

    /// Take over what an earlier run wrote with --json, and measure nothing but what --only names; may be given
    /// several times, and of a part that several have, the last one is taken
    #[arg(long, value_name = "FILE")]
    pub(crate) from: Vec<PathBuf>,

    /// Write the page for the documentation to this file, and its charts to the directory of the same name
    #[arg(long, value_name = "FILE")]
    pub(crate) markdown: Option<PathBuf>,

    #[command(subcommand)]
    pub(crate) child: Option<Child>,
}

/// The parts of the suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
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
    /// The parts to measure: those of `--only`. Without it, all; but with a report to take over, nothing is measured.
    pub(crate) fn parts(&self) -> Vec<Part> {
        let all = self.only.is_empty() && self.from.is_empty();
        let asked_for = |part: &Part| all || self.only.contains(part);
        Part::value_variants().iter().copied().filter(asked_for).collect()
    }
}

#[cfg(test)]
mod tests {
    use clap::{Parser as _, ValueEnum as _};

    use super::{Options, Part};

    fn parts(args: &[&str]) -> Vec<Part> {
        Options::parse_from(["bench"].iter().chain(args)).parts()
    }

    #[test]
    fn everything_is_measured_unless_parts_are_named() {
        assert_eq!(parts(&[]), Part::value_variants());
        assert_eq!(parts(&["--only", "axum", "--only", "verify"]), [Part::Verify, Part::Axum]);
    }

    #[test]
    fn with_a_report_to_take_over_only_what_is_named_is_measured() {
        assert_eq!(parts(&["--from", "a.json", "--from", "b.json"]), []);
        assert_eq!(parts(&["--from", "a.json", "--only", "curve"]), [Part::Curve]);
    }
}
