//! `cargo xtask test`: every step in order, whatever an earlier one found, and a summary.

use std::process::ExitCode;
use std::time::Instant;

use clap::ValueEnum as _;

mod features;
mod step;
mod summary;

use step::Step;
use summary::{Outcome, Summary};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Stop at the first step that fails
    #[arg(long)]
    fail_fast: bool,
    /// Name the steps and what each does, and run none
    #[arg(long)]
    list: bool,
    /// The steps to run; all of them if none is named
    #[arg(value_name = "STEP")]
    steps: Vec<Step>,
}

pub(crate) fn run(options: &Options) -> ExitCode {
    if options.list {
        for step in Step::value_variants() {
            println!("{:<10}{}", step.name(), step.purpose());
        }
        return ExitCode::SUCCESS;
    }
    let steps = if options.steps.is_empty() { Step::value_variants() } else { &options.steps };
    let mut summary = Summary::default();
    for &step in steps {
        let outcome = attempt(step, options.steps.is_empty());
        let failed = matches!(outcome, Outcome::Failed { .. });
        summary.add(step.name(), outcome);
        if failed && options.fail_fast {
            break;
        }
    }
    print!("{summary}");
    if summary.failed() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A step whose subject this checkout lacks is reported, not counted; asked for by name, it fails.
fn attempt(step: Step, run_everything: bool) -> Outcome {
    println!("\n==> {}: {}", step.name(), step.purpose());
    let started = Instant::now();
    match step.absent() {
        Some(reason) if run_everything => {
            println!("nothing to do: {reason}");
            Outcome::Absent { reason }
        }
        Some(reason) => failed(step, started, reason.to_owned()),
        None => match step.run() {
            Ok(()) => Outcome::Passed { took: started.elapsed() },
            Err(failure) => failed(step, started, failure.to_string()),
        },
    }
}

fn failed(step: Step, started: Instant, reason: String) -> Outcome {
    println!("{} failed: {reason}", step.name());
    Outcome::Failed { took: started.elapsed(), reason }
}
