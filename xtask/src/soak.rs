//! `cargo xtask soak`: an API under load for minutes, while its authorization server flaps.

use crate::command::Command;
use crate::failure::Failure;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Passed on to the program that does it; try --help
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    Command::cargo("run")
        .args(["--release", "--quiet", "--package", "bearward-soak", "--"])
        .args(&options.args)
        .run_in_place()
}
