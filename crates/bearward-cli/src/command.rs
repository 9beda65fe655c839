//! The command line.

use bearward_core::wire::RedactedUrl;
use clap::error::{ContextKind, ContextValue};

use crate::log::Level;
use crate::{check, demo, dpop_proof, explain, installation};

/// Protects HTTP APIs with OAuth 2.0 access tokens, and shows how.
#[derive(Debug, clap::Parser)]
#[command(name = "bearward", version)]
pub(crate) struct Arguments {
    /// What is logged to standard error [default: info for the demo, else warn]
    #[arg(long, value_name = "LEVEL", value_enum, global = true)]
    log: Option<Level>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Serve a protected API, with an authorization server to get tokens from
    Demo(demo::Options),
    /// Say why a token is accepted or refused, check by check
    Explain(Box<explain::Options>),
    /// Say what is wrong with files of settings, each problem at its path
    Check(check::Options),
    /// Print the JSON Schema of files of settings
    Schema,
    /// Make a DPoP proof for a request that curl sends
    DpopProof(dpop_proof::Options),
    /// Print the completion script for a shell
    Completions(installation::CompletionsOptions),
    /// Write the manual pages of this command
    Man(installation::ManOptions),
}

impl Arguments {
    /// What is logged: unless the command line says otherwise, the demo shows why it refuses a request.
    pub(crate) fn log_level(&self) -> Level {
        self.log.unwrap_or(match self.command {
            Command::Demo(_) => Level::Info,
            _ => Level::Warn,
        })
    }
}

/// No flag and no subcommand has a longer name.
const LONGEST_NAME: usize = 32;

/// The complaint of the parser, which quotes what it does not understand: a URL with a password, or a token that is
/// one too many.
pub(crate) fn silenced(mut error: clap::Error) -> clap::Error {
    if let Some(ContextValue::String(value)) = error.get(ContextKind::InvalidValue) {
        let shown = RedactedUrl::of(value).to_string();
        error.insert(ContextKind::InvalidValue, ContextValue::String(shown));
    }
    for kind in [ContextKind::InvalidArg, ContextKind::InvalidSubcommand] {
        // Names of flags and of values are its own; so long a text is none of them.
        if let Some(ContextValue::String(text)) = error.get(kind)
            && (text.len() > LONGEST_NAME || text.contains(['@', '?', '=']))
        {
            error.insert(kind, ContextValue::String("…".to_owned()));
        }
    }
    error
}
