//! `cargo xtask release --dry-run`: everything that a release needs and that can be checked before it.
//!
//! It publishes nothing. The release workflow does, after the same checks; RELEASING.md says how.

use std::fmt;

mod changelog;
mod crates;
mod glibc;
mod npm;
mod version;

use crate::command::Command;
use crate::failure::Failure;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Check, and publish nothing: publishing is for the release workflow
    #[arg(long, required_unless_present = "notes")]
    dry_run: bool,
    /// The platforms of the npm package whose addon must be there
    #[arg(long, value_enum, default_value_t = npm::Addons::Here)]
    addons: npm::Addons,
    /// Print what the changelog says of this version
    #[arg(long, conflicts_with = "dry_run")]
    notes: bool,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    if options.notes {
        print!("{}", changelog::notes()?);
        return Ok(());
    }
    let mut report = Report::default();
    let crates = crates::published()?;
    report.add("version", version::problems(&crates)?);
    report.add("changelog and tag", changelog::problems()?);
    report.add("working tree", uncommitted()?);
    report.add("what each crate says about itself", crates::problems(&crates));
    report.add("crates, in the order in which they are published", crates::build(&crates));
    report.add("npm packages", npm::problems(options.addons));
    print!("{report}");
    match report.failed() {
        0 => Ok(()),
        failed => {
            Err(Failure::new(format!("{failed} of {} are not ready to be released", report.rows.len())))
        }
    }
}

/// What needs nothing but the files, and is therefore checked with every change. Gives the number of problems.
pub(crate) fn check_files() -> Result<usize, Failure> {
    let crates = crates::published()?;
    let mut problems = version::problems(&crates)?;
    problems.extend(crates::problems(&crates));
    for problem in &problems {
        println!("release: {problem}");
    }
    Ok(problems.len())
}

/// What was checked, with what is wrong.
#[derive(Default)]
struct Report {
    rows: Vec<(&'static str, Vec<String>)>,
}

impl Report {
    fn add(&mut self, what: &'static str, problems: Vec<String>) {
        self.rows.push((what, problems));
    }

    fn failed(&self) -> usize {
        self.rows.iter().filter(|(_, problems)| !problems.is_empty()).count()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f)?;
        for (what, problems) in &self.rows {
            writeln!(f, "{:<8}{what}", if problems.is_empty() { "ready" } else { "NOT YET" })?;
            for problem in problems {
                writeln!(f, "        - {problem}")?;
            }
        }
        Ok(())
    }
}

/// A package holds what is in the folder; the tag holds what is committed.
fn uncommitted() -> Result<Vec<String>, Failure> {
    let listed = Command::new("git", "git", "install git").args(["status", "--porcelain"]).output()?;
    let listed = String::from_utf8_lossy(&listed);
    Ok(listed.lines().map(|line| format!("not committed: {}", line.trim())).collect())
}

#[cfg(test)]
mod tests {
    use super::Report;

    #[test]
    fn what_is_not_ready_is_listed_with_each_reason() {
        let mut report = Report::default();
        report.add("version", Vec::new());
        report.add("crates", vec!["a: no licence".to_owned(), "b: no description".to_owned()]);
        assert_eq!(report.failed(), 1);
        let expected = "
ready   version
NOT YET crates
        - a: no licence
        - b: no description
";
        assert_eq!(report.to_string(), expected);
    }
}
