//! `cargo xtask bench`: the benchmarks live in a workspace of their own, so that the peers' crates
//! stay out of the product's lock file.

use crate::command::Command;
use crate::failure::Failure;
use crate::repository;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Passed on to the benchmark program; try --help
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let manifest = repository::manifest("bench")
        .ok_or_else(|| Failure::new("there is no bench/Cargo.toml in this checkout"))?;
    Command::cargo("run").arg("--release").manifest(&manifest).arg("--").args(&options.args).run()
}
