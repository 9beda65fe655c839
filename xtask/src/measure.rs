//! `cargo xtask bench` and `cargo xtask soak`: programs that measure.

use crate::command::Command;
use crate::failure::Failure;
use crate::repository;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Passed on to the program; try --help
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

/// The benchmarks have a workspace of their own, so that the peers' crates stay out of the product's lock file.
pub(crate) fn bench(options: &Options) -> Result<(), Failure> {
    let manifest = repository::manifest("bench")
        .ok_or_else(|| Failure::new("there is no bench/Cargo.toml in this checkout"))?;
    Command::cargo("run").arg("--release").manifest(&manifest).arg("--").args(&options.args).run()
}

/// An API under load for minutes, while its authorization server flaps.
pub(crate) fn soak(options: &Options) -> Result<(), Failure> {
    Command::cargo("run")
        .args(["--release", "--quiet", "--package", "bearward-soak", "--"])
        .args(&options.args)
        .run_in_place()
}
