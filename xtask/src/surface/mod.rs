//! `cargo xtask surface`: the public items of each crate, compared with `docs/surface.txt`.
//!
//! An item is a function, struct, enum, trait, constant, static or type that a path of public names leads to, or a
//! public function or constant of such a type. Fields, variants and the functions of traits come with their type. A
//! name that a crate passes on from another is listed, and belongs to the other's number.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use crate::failure::Failure;
use crate::repository;
use crate::source::Tree;
use crate::tracked;

mod public;

use public::Surface;

/// The crates whose sum is to stay small, in the order in which they depend on each other.
const IN_SUM: [&str; 4] = ["bearward-core", "bearward", "bearward-tower", "bearward-axum"];

/// Its library is for its own tests.
const COMMAND: &str = "bearward-cli";

const FILE: &str = "docs/surface.txt";

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Write docs/surface.txt instead of comparing with it
    #[arg(long)]
    write: bool,
    /// List the items whose name occurs in no other crate, test, guide or example
    #[arg(long, conflicts_with = "write")]
    unused: bool,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    if options.unused {
        return print_unused();
    }
    let page = page()?;
    if options.write {
        let path = repository::root().join(FILE);
        fs::write(path, &page).map_err(|error| Failure::new(format!("cannot write {FILE}: {error}")))?;
    }
    print!(
        "{}",
        page.lines().take_while(|line| !line.is_empty()).map(|line| format!("{line}\n")).collect::<String>()
    );
    match check()? {
        0 => Ok(()),
        found => {
            Err(Failure::new(format!("{found} to look at: `cargo xtask surface --write` takes them over")))
        }
    }
}

/// Prints what the file has and the sources have not, and the other way round; gives the number of both.
pub(crate) fn check() -> Result<usize, Failure> {
    let page = page()?;
    let known = fs::read_to_string(repository::root().join(FILE)).unwrap_or_default();
    let (new, old): (BTreeSet<_>, BTreeSet<_>) = (page.lines().collect(), known.lines().collect());
    let lines = new.difference(&old).map(|line| format!("{FILE}:0: + {line}"));
    let lines: Vec<_> = lines.chain(old.difference(&new).map(|line| format!("{FILE}:0: - {line}"))).collect();
    lines.iter().for_each(|line| println!("{line}"));
    if !lines.is_empty() {
        println!("{FILE}:0: `cargo xtask surface --write` takes this over, where it is meant");
    }
    Ok(lines.len())
}

/// The numbers, an empty line, and every item.
fn page() -> Result<String, Failure> {
    let mut page =
        String::from("The public items of each crate; `cargo xtask surface --write` writes this file.\n");
    let mut items = String::new();
    let mut sum = 0;
    for name in crates()? {
        let Surface { items: own, passed_on } = surface(&name)?;
        sum += if IN_SUM.contains(&&*name) { own.len() } else { 0 };
        // Writing to a String cannot fail.
        let _ = writeln!(page, "{name}: {} items, {} names of other crates", own.len(), passed_on.len());
        items.push('\n');
        own.iter().for_each(|(path, kind)| items.push_str(&format!("{path} ({kind})\n")));
        passed_on.iter().for_each(|(path, from)| items.push_str(&format!("{path} = {from}\n")));
    }
    let _ = writeln!(page, "sum of {}: {sum}", IN_SUM.join(", "));
    Ok(page + &items)
}

/// The crates that others depend on: those of the sum first.
fn crates() -> Result<Vec<String>, Failure> {
    let mut names: Vec<_> = IN_SUM.map(str::to_owned).into();
    for package in tracked::packages()? {
        let Some(name) = package.strip_prefix("crates/") else { continue };
        if name != COMMAND && !IN_SUM.contains(&name) {
            names.push(name.to_owned());
        }
    }
    Ok(names)
}

fn surface(name: &str) -> Result<Surface, Failure> {
    let tree = Tree::read(&format!("crates/{name}/src/lib.rs"))?;
    Ok(public::of(&name.replace('-', "_"), &tree))
}

fn print_unused() -> Result<(), Failure> {
    let mut words: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in tracked::files()?.into_iter().filter(|file| file.ends_with(".rs") || file.ends_with(".md")) {
        let text = fs::read_to_string(repository::root().join(&file)).unwrap_or_default();
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let found = text.split(|c| !is_word(c)).filter(|word| !word.is_empty()).map(str::to_owned);
        words.insert(file, found.collect());
    }
    for name in crates()? {
        let own = format!("crates/{name}/src/");
        for (path, kind) in surface(&name)?.items {
            let last = path.rsplit("::").next().unwrap_or_default();
            let mut elsewhere = words.iter().filter(|(file, _)| !file.starts_with(&own));
            if !elsewhere.any(|(_, words)| words.contains(last)) {
                println!("{path} ({kind})");
            }
        }
    }
    Ok(())
}
