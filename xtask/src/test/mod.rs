//! `cargo xtask test`: every step, whatever an earlier one found, and a summary.

use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::ValueEnum as _;

mod features;
mod programs;
mod readme;
mod step;
mod summary;

pub(crate) use step::Step;
use summary::{Outcome, Summary};

use crate::output;

/// What runs beside the steps of Rust.
const JAVASCRIPT: [Step; 2] = [Step::Node, Step::NodeApps];

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
    let run_everything = options.steps.is_empty();
    let steps = if run_everything { Step::value_variants() } else { &options.steps };
    output::say(announcement(steps, run_everything).trim_end());
    let progress = Progress { steps, started: Instant::now(), run_everything };
    let summary = match (run_everything, options.fail_fast) {
        (true, false) => everything(progress),
        (_, fail_fast) => in_order(progress, fail_fast),
    };
    print!("{summary}");
    println!("took {}", shown(progress.started.elapsed()));
    if let Some(command) = summary.again() {
        println!(
            "\nThe reason of each failure is above, after `==>` and the name of the step. To run only those again:"
        );
        println!("  {command}");
    }
    if summary.failed() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Which steps follow, how long they take and what they install: before anything is.
fn announcement(steps: &[Step], run_everything: bool) -> String {
    let mut said = String::new();
    let installing: Vec<_> = steps.iter().filter_map(|step| Some((step.name(), step.installs()?))).collect();
    let names: Vec<_> = steps.iter().map(|step| step.name()).collect();
    // Not `?`: writing into a string cannot fail.
    let _ = writeln!(said, "{} to run: {}", count(steps.len(), "step"), names.join(", "));
    if run_everything {
        let beside = JAVASCRIPT.map(Step::name).join(" and ");
        let _ = writeln!(said, "All of them take about 30 minutes on two cores, and later runs less.");
        let _ = writeln!(said, "{beside} run beside the others; what they print follows after those.");
    }
    if installing.is_empty() {
        let _ = writeln!(said, "Nothing is installed. Cargo downloads the crates that are missing.");
    } else {
        let _ = writeln!(
            said,
            "Cargo downloads the crates that are missing. These steps install more, where it is missing:"
        );
        for (name, installs) in installing {
            let _ = writeln!(said, "  {name:<10}{installs}");
        }
    }
    said
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// How far a run is.
#[derive(Clone, Copy)]
struct Progress<'a> {
    steps: &'a [Step],
    started: Instant,
    run_everything: bool,
}

impl Progress<'_> {
    /// The line that a step begins with.
    fn heading(self, step: Step) -> String {
        let number = 1 + self.steps.iter().position(|&other| other == step).unwrap_or_default();
        let (of, after) = (self.steps.len(), shown(self.started.elapsed()));
        format!(
            "\n==> {number} of {of}, {}: {} ({after} so far; usually takes {})",
            step.name(),
            step.purpose(),
            step.minutes()
        )
    }
}

/// Minutes and seconds, as a person reads them.
fn shown(duration: Duration) -> String {
    let seconds = duration.as_secs();
    format!("{}:{:02} min", seconds / 60, seconds % 60)
}

fn in_order(progress: Progress<'_>, fail_fast: bool) -> Summary {
    let mut summary = Summary::default();
    for &step in progress.steps {
        let outcome = attempt(step, progress);
        let failed = matches!(outcome, Outcome::Failed { .. });
        summary.add(step.name(), outcome);
        if failed && fail_fast {
            break;
        }
    }
    summary
}

/// Every step: what is of JavaScript beside what is of Rust, since each waits for much besides the processor.
/// Its output is shown when it has ended, after the steps of Rust.
fn everything(progress: Progress<'_>) -> Summary {
    let mut summary = Summary::default();
    std::thread::scope(|scope| {
        let beside = JAVASCRIPT.map(Step::name).join("-and-");
        let other = scope
            .spawn(move || output::kept(&beside, || JAVASCRIPT.map(|step| (step, attempt(step, progress)))));
        for &step in Step::value_variants().iter().filter(|step| !JAVASCRIPT.contains(step)) {
            summary.add(step.name(), attempt(step, progress));
        }
        let started = Instant::now();
        let lost = |reason: String| JAVASCRIPT.map(|step| (step, failed(step, started, reason.clone())));
        let outcomes = match other.join() {
            Ok(Ok((outcomes, printed))) => {
                print!("{printed}");
                outcomes
            }
            Ok(Err(error)) => lost(format!("cannot keep its output: {error}")),
            Err(_) => lost("the thread that ran it panicked".to_owned()),
        };
        for (step, outcome) in outcomes {
            summary.add(step.name(), outcome);
        }
    });
    summary
}

/// A step whose subject this checkout lacks is reported, not counted; asked for by name, it fails.
fn attempt(step: Step, progress: Progress<'_>) -> Outcome {
    output::say(&progress.heading(step));
    let started = Instant::now();
    match step.absent() {
        Some(reason) if progress.run_everything => {
            output::say(&format!("nothing to do: {reason}"));
            Outcome::Absent { reason }
        }
        Some(reason) => failed(step, started, reason.to_owned()),
        None => match step.run() {
            Ok(()) => {
                output::say(&format!("{} passed in {}", step.name(), shown(started.elapsed())));
                Outcome::Passed { took: started.elapsed() }
            }
            Err(failure) => failed(step, started, failure.to_string()),
        },
    }
}

fn failed(step: Step, started: Instant, reason: String) -> Outcome {
    output::say(&format!("{} failed after {}: {reason}", step.name(), shown(started.elapsed())));
    Outcome::Failed { took: started.elapsed(), reason }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use clap::ValueEnum as _;

    use super::{Progress, Step, announcement, shown};

    #[test]
    fn what_is_installed_is_said_before_the_first_step() {
        let said = announcement(&[Step::Format, Step::Interop], false);
        assert!(said.starts_with("2 steps to run: format, interop\nCargo downloads"), "{said}");
        assert!(said.contains("  interop   needs Node.js 20"), "{said}");
        let said = announcement(&[Step::Format], false);
        assert_eq!(
            said,
            "1 step to run: format\nNothing is installed. Cargo downloads the crates that are missing.\n"
        );
    }

    #[test]
    fn a_whole_run_says_how_long_it_takes_and_what_is_shown_late() {
        let said = announcement(Step::value_variants(), true);
        assert!(said.contains("about 30 minutes on two cores"), "{said}");
        assert!(said.contains("node and node-apps run beside the others"), "{said}");
    }

    #[test]
    fn a_step_begins_with_its_number_and_how_long_the_run_has_taken() {
        let steps = [Step::Hygiene, Step::Format];
        let heading =
            Progress { steps: &steps, started: Instant::now(), run_everything: true }.heading(Step::Format);
        assert!(heading.starts_with("\n==> 2 of 2, format: rustfmt has nothing to change ("), "{heading}");
        assert!(heading.ends_with(" min so far; usually takes under 1 minute)"), "{heading}");
        assert_eq!(shown(Duration::from_secs(125)), "2:05 min");
    }
}
