//! `cargo xtask test`: every step, whatever an earlier one found, and a summary.

use std::process::ExitCode;
use std::time::Instant;

use clap::ValueEnum as _;

mod features;
mod step;
mod summary;

use step::Step;
use summary::{Outcome, Summary};

use crate::output;

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
            println!("{:<10}takes {}", "", step.minutes());
            if let Some(installs) = step.installs() {
                println!("{:<10}{installs}", "");
            }
        }
        return ExitCode::SUCCESS;
    }
    let started = Instant::now();
    let summary = match (options.steps.as_slice(), options.fail_fast) {
        ([], false) => everything(),
        ([], true) => in_order(Step::value_variants(), true, true),
        (steps, fail_fast) => in_order(steps, false, fail_fast),
    };
    print!("{summary}");
    println!("in {:.0} seconds", started.elapsed().as_secs_f64());
    if summary.failed() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn in_order(steps: &[Step], run_everything: bool, fail_fast: bool) -> Summary {
    let mut summary = Summary::default();
    for &step in steps {
        let outcome = attempt(step, run_everything);
        let failed = matches!(outcome, Outcome::Failed { .. });
        summary.add(step.name(), outcome);
        if failed && fail_fast {
            break;
        }
    }
    summary
}

/// Every step: the npm package is built and tested beside the crates, since each waits for much besides the processor.
/// Its output is shown when it has ended, at the next change of steps.
fn everything() -> Summary {
    let mut summary = Summary::default();
    std::thread::scope(|scope| {
        let node = scope.spawn(|| output::kept("node", || attempt(Step::Node, true)));
        for &step in Step::value_variants() {
            if step == Step::Node {
                break;
            }
            summary.add(step.name(), attempt(step, true));
        }
        let started = Instant::now();
        let outcome = match node.join() {
            Ok(Ok((outcome, printed))) => {
                print!("{printed}");
                outcome
            }
            Ok(Err(error)) => failed(Step::Node, started, format!("cannot keep its output: {error}")),
            Err(_) => failed(Step::Node, started, "the thread that ran it panicked".to_owned()),
        };
        summary.add(Step::Node.name(), outcome);
    });
    summary.add(Step::NodeApps.name(), attempt(Step::NodeApps, true));
    summary
}

/// A step whose subject this checkout lacks is reported, not counted; asked for by name, it fails.
fn attempt(step: Step, run_everything: bool) -> Outcome {
    output::say(&format!("\n==> {}: {}", step.name(), step.purpose()));
    let started = Instant::now();
    match step.absent() {
        Some(reason) if run_everything => {
            output::say(&format!("nothing to do: {reason}"));
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
    output::say(&format!("{} failed: {reason}", step.name()));
    Outcome::Failed { took: started.elapsed(), reason }
}
