//! What is printed last: a table of the steps, and one line for machines.

use std::fmt;
use std::time::Duration;

pub(crate) enum Outcome {
    Passed { took: Duration },
    Failed { took: Duration, reason: String },
    Absent { reason: &'static str },
}

#[derive(Default)]
pub(crate) struct Summary {
    rows: Vec<(&'static str, Outcome)>,
}

impl Summary {
    pub(crate) fn add(&mut self, step: &'static str, outcome: Outcome) {
        self.rows.push((step, outcome));
    }

    pub(crate) fn failed(&self) -> usize {
        self.rows.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Failed { .. })).count()
    }

    /// The command that runs what failed once more, if something did.
    pub(crate) fn again(&self) -> Option<String> {
        let failed = self.rows.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Failed { .. }));
        let names: Vec<_> = failed.map(|(step, _)| *step).collect();
        (!names.is_empty()).then(|| format!("cargo xtask test {}", names.join(" ")))
    }

    fn passed(&self) -> usize {
        self.rows.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Passed { .. })).count()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{:<10} {:<7} {:>8}", "step", "result", "seconds")?;
        for (step, outcome) in &self.rows {
            match outcome {
                Outcome::Passed { took } => {
                    writeln!(f, "{step:<10} {:<7} {:>8.1}", "passed", took.as_secs_f64())?;
                }
                Outcome::Failed { took, reason } => {
                    writeln!(f, "{step:<10} {:<7} {:>8.1}  {reason}", "FAILED", took.as_secs_f64())?;
                }
                Outcome::Absent { reason } => {
                    writeln!(f, "{step:<10} {:<7} {:>8}  {reason}", "absent", "-")?;
                }
            }
        }
        writeln!(f, "\n{} passed, {} failed", self.passed(), self.failed())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Outcome, Summary};

    #[test]
    fn the_last_line_counts_what_passed_and_failed() {
        let mut summary = Summary::default();
        summary.add("format", Outcome::Passed { took: Duration::from_millis(1_250) });
        summary.add(
            "clippy",
            Outcome::Failed { took: Duration::from_secs(60), reason: "a lint fired".to_owned() },
        );
        summary.add("fuzz", Outcome::Absent { reason: "there is no fuzz/Cargo.toml" });
        let expected = "
step       result   seconds
format     passed       1.2
clippy     FAILED      60.0  a lint fired
fuzz       absent         -  there is no fuzz/Cargo.toml

1 passed, 1 failed
";
        assert_eq!(summary.to_string(), expected);
        assert_eq!(summary.again().as_deref(), Some("cargo xtask test clippy"));
        assert_eq!(Summary::default().again(), None);
    }
}
