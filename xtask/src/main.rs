//! The tasks of this repository: `cargo xtask test`, `bench`, `soak`, `fuzz`, `deny`, `structure`, `surface`, `pages`,
//! `site`, `coverage`, `release`.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a task runner talks to the person who started it"
)]

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod command;
mod coverage;
mod debian;
mod deny;
mod failure;
#[cfg(test)]
mod frameworks;
mod fuzz;
mod hygiene;
mod lint;
mod measure;
#[cfg(test)]
mod mentioned;
mod npm;
mod output;
mod pages;
mod python;
mod release;
mod repository;
mod site;
mod source;
mod structure;
mod surface;
mod test;
mod tracked;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The tasks of this repository")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Run every check and test, with a summary at the end
    Test(test::Options),
    /// Measure Bearward beside its peers
    Bench(measure::Options),
    /// Keep an API under load while its authorization server flaps and rotates its keys
    Soak(measure::Options),
    /// Run the fuzz targets for a while
    Fuzz(fuzz::Options),
    /// Check licences, advisories and banned crates with cargo-deny
    Deny(deny::Options),
    /// List the modules that use each other in a circle, or a later floor of the core
    Structure(structure::Options),
    /// List the public items of each crate and compare them with docs/surface.txt
    Surface(surface::Options),
    /// Check links, names, numbers and words of the documentation
    Pages(pages::Options),
    /// Build the documentation as a site
    Site(site::Options),
    /// Count the lines that tests run, with cargo-llvm-cov
    Coverage(coverage::Options),
    /// Check everything that a release needs, and publish nothing
    Release(release::Options),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().task {
        Task::Test(options) => return test::run(&options),
        Task::Bench(options) => measure::bench(&options),
        Task::Soak(options) => measure::soak(&options),
        Task::Fuzz(options) => fuzz::run(&options),
        Task::Deny(options) => deny::run(&options),
        Task::Structure(options) => structure::run(&options),
        Task::Surface(options) => surface::run(&options),
        Task::Pages(options) => pages::run(&options),
        Task::Site(options) => site::run(&options),
        Task::Coverage(options) => coverage::run(&options),
        Task::Release(options) => release::run(&options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}
