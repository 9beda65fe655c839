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

#[derive(clap::Args)]
pub(crate) struct Options {
    /// The packages to read (`crates/bearward-core`, `bench`); all of them if none is named
    #[arg(value_name = "DIRECTORY")]
    packages: Vec<String>,
}

/// Prints the offences of these packages.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let found = match &*options.packages {
        [] => check()?,
        packages => offences_of(packages)?,
    };
    if found == 0 { Ok(()) } else { Err(Failure::new(format!("{found} to fix, listed above"))) }
}

/// Prints the offences of every package and gives their number.
pub(crate) fn check() -> Result<usize, Failure> {
    offences_of(&tracked::packages()?)
}

fn offences_of(packages: &[String]) -> Result<usize, Failure> {
    let mut found = 0;
    for package in packages {
        let lines = offences(package)?;
        lines.iter().for_each(|line| println!("{line}"));
        found += lines.len();
    }
    Ok(found)
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
