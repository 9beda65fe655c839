//! The `bearward` command, as a library for its tests.
//!
//! - [`demo`]: an API protected with `bearward-axum`, an authorization server to try it with, and a page to watch both;
//! - [`explain`]: why a token is accepted or refused;
//! - `check` and `schema`: the settings of a file, and what they can be;
//! - [`dpop_proof`]: the proof that a bound token is sent with;
//! - `completions` and `man`: what a shell and `man` know about the command.

mod check;
mod command;
mod installation;
mod introspection;
mod log;
mod playground;
mod token_input;
mod usage;

pub mod demo;
pub mod dpop_proof;
pub mod explain;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use crate::command::{Arguments, Command};
use crate::usage::UsageError;

/// What the command line asked for was understood and could not be done, or the token is refused.
const FAILED: u8 = 1;
/// The command line makes no sense.
const USAGE: u8 = 2;

/// Reads the command line and does what it says.
///
/// Exit codes: 0 done, or the token is accepted; 1 failed, or it is not; 2 the command line makes no sense.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => command::silenced(error).exit(),
    };
    log::start(arguments.log_level());
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(&format!("cannot start the runtime: {error}"));
            return ExitCode::from(FAILED);
        }
    };
    let usage = |error: UsageError| (error.to_string(), USAGE);
    let ended = match arguments.command {
        Command::Demo(options) => {
            let ended = runtime.block_on(demo::run(&options));
            ended.map(|()| true).map_err(|error| (error.to_string(), error.exit_code()))
        }
        Command::Explain(options) => runtime.block_on(explain::run(&options)).map_err(usage),
        Command::Check(options) => Ok(check::run(&options)),
        Command::Schema => Ok(check::print_schema()),
        Command::DpopProof(options) => dpop_proof::run(&options).map(|()| true).map_err(usage),
        Command::Completions(options) => Ok(installation::print_completions(Arguments::command(), &options)),
        Command::Man(options) => {
            let written = installation::write_pages(Arguments::command(), &options);
            written.map(|()| true).map_err(|error| (error.to_string(), FAILED))
        }
    };
    // Nothing that still runs is worth waiting for.
    runtime.shutdown_background();
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(FAILED),
        Err((what, code)) => {
            complain(&what);
            ExitCode::from(code)
        }
    }
}

/// Says on standard error what will be regretted, and goes on.
pub(crate) fn warn(what: &str) {
    use std::io::Write as _;
    // Where standard error is closed, the command does its work all the same.
    let _ = writeln!(std::io::stderr(), "warning: {what}");
}

/// Says on standard error what went wrong, in the form that clap uses.
#[allow(clippy::print_stderr)] // the one place where the command complains
pub(crate) fn complain(what: &str) {
    eprintln!("error: {what}");
}
