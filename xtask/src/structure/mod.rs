//! `cargo xtask structure`: the modules of every crate use each other in one direction.
//!
//! 1. Modules side by side in one folder form no circle ([`cycles`]).
//! 2. The folders of the core are floors, and each uses only those before it ([`floors`]).

use crate::failure::Failure;
use crate::source::{self, Tree};
use crate::{repository, tracked};

mod cycles;
mod floors;

use cycles::{Cycle, Link};

const CORE: &str = "crates/bearward-core";

/// Crates whose offences `cargo xtask structure` prints and the check does not fail on yet.
const UNFINISHED: [&str; 2] = [CORE, "bindings/node"];

#[derive(clap::Args)]
pub(crate) struct Options {
    /// The packages to read (`crates/bearward-core`, `bench`); all of them if none is named
    #[arg(value_name = "DIRECTORY")]
    packages: Vec<String>,
}

/// Prints every offence, those of unfinished crates as well.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let packages = if options.packages.is_empty() { tracked::packages()? } else { options.packages.clone() };
    let mut found = 0;
    for package in packages {
        found += print(&offences(&package)?);
    }
    if found == 0 { Ok(()) } else { Err(Failure::new(format!("{found} to fix, listed above"))) }
}

/// Prints the offences of the finished crates and gives their number.
pub(crate) fn check() -> Result<usize, Failure> {
    let mut found = 0;
    for package in tracked::packages()? {
        if !UNFINISHED.contains(&package.as_str()) {
            found += print(&offences(&package)?);
        }
    }
    Ok(found)
}

fn print(lines: &[String]) -> usize {
    lines.iter().for_each(|line| println!("{line}"));
    lines.len()
}

fn offences(package: &str) -> Result<Vec<String>, Failure> {
    if repository::manifest(package).is_none() {
        return Err(Failure::new(format!("there is no {package}/Cargo.toml in this checkout")));
    }
    let mut lines = Vec::new();
    for root in ["src/lib.rs", "src/main.rs"].map(|root| format!("{package}/{root}")) {
        if !repository::root().join(&root).is_file() {
            continue;
        }
        let tree = Tree::read(&root)?;
        let uses = source::uses(&tree);
        if package == CORE {
            let misplaced = floors::misplaced(&tree, &uses);
            lines.extend(
                misplaced.iter().map(|found| format!("{}:{}: {}", found.file, found.line, found.what)),
            );
        }
        lines.extend(cycles::among(&uses).iter().filter_map(explain));
    }
    Ok(lines)
}

/// The circle at its thinnest link, which is the one to cut.
fn explain(cycle: &Cycle<'_>) -> Option<String> {
    let thinnest = cycle.links.iter().min_by_key(|link| link.uses.len())?;
    let first = thinnest.uses.first()?;
    let mut line = format!(
        "{}:{}: `{}` closes a circle of modules in {}: move what `{}` needs from `{}` to a module that uses neither",
        first.file,
        first.line,
        first.written,
        [&["crate".to_owned()], &cycle.folder[..]].concat().join("::"),
        thinnest.from,
        thinnest.to,
    );
    for Link { from, to, uses } in &cycle.links {
        line.push_str(&format!("\n    `{from}` uses `{to}`:"));
        for used in uses {
            line.push_str(&format!("\n        {}:{}: {}", used.file, used.line, used.written));
        }
    }
    Some(line)
}
