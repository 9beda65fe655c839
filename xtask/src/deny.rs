//! `cargo xtask deny`: what the product may depend on, by `deny.toml`.

use crate::command::Command;
use crate::failure::Failure;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// The checks to run; `advisories` fetches the advisory database from the network
    #[arg(value_parser = ["advisories", "bans", "licenses", "sources"], default_values = ["advisories", "bans", "licenses", "sources"])]
    checks: Vec<String>,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    if !Command::cargo("deny").arg("--version").succeeds_quietly() {
        return Err(Failure::new("cargo-deny is not installed: run `cargo install cargo-deny --locked`"));
    }
    Command::cargo("deny").args(["--all-features", "check"]).args(&options.checks).run()
}
