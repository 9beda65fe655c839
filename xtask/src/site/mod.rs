//! `cargo xtask site`: the pages of `docs`, both READMEs and the decisions as a site, with every link of it followed.
//!
//! `docs/SUMMARY.md` says which pages there are, and in which order. mdBook builds the site from copies in `target/site`, in which
//! links to other files of the repository lead to GitHub. The same summary makes `llms.txt`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::command::Command;
use crate::failure::Failure;
use crate::{repository, tracked};

mod book;
mod html;
mod llms;
mod summary;

use summary::Summary;

const MDBOOK: &str = "0.5.4";
const LLMS: &str = "llms.txt";

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Write llms.txt, and build nothing
    #[arg(long)]
    llms: bool,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let summary = Summary::read()?;
    if options.llms {
        return write_file(&repository::root().join(LLMS), &llms::text(&summary)?);
    }
    let directory = repository::root().join("target/site");
    // What an earlier run has left is not a part of this one.
    let _ = fs::remove_dir_all(&directory);
    book::write(&summary, &directory)?;
    Command::new(mdbook()?, "mdbook", "delete target/tools and run this again")
        .arg("build")
        .arg(&directory)
        .run()?;
    let built = directory.join("html");
    let broken = html::broken_links(&built)?;
    broken.iter().for_each(|line| println!("{line}"));
    println!("{}", built.join("index.html").display());
    if broken.is_empty() { Ok(()) } else { Err(Failure::new(format!("{} broken links", broken.len()))) }
}

/// Prints which pages the summary lacks, and whether llms.txt is old; gives the number of both.
pub(crate) fn check() -> Result<usize, Failure> {
    let summary = Summary::read()?;
    let listed: BTreeSet<&str> = summary.pages().map(|page| page.path.as_str()).collect();
    let files = tracked::files()?;
    let is_page =
        |path: &&String| path.starts_with("docs/") && path.ends_with(".md") && *path != summary::FILE;
    let mut lines: Vec<_> = files
        .iter()
        .filter(is_page)
        .filter(|path| !listed.contains(path.as_str()))
        .map(|path| format!("{}:0: {path} is not listed", summary::FILE))
        .collect();
    let written = fs::read_to_string(repository::root().join(LLMS)).unwrap_or_default();
    if llms::pages(&written) != llms::pages(&llms::text(&summary)?) {
        lines.push(format!(
            "{LLMS}:0: it has other pages than {}: run `cargo xtask site --llms`",
            summary::FILE
        ));
    }
    lines.iter().for_each(|line| println!("{line}"));
    Ok(lines.len())
}

/// The program that builds the site, installed below `target` when it is not there.
fn mdbook() -> Result<PathBuf, Failure> {
    let root = repository::root().join("target/tools");
    let program = root.join("bin").join(format!("mdbook{}", std::env::consts::EXE_SUFFIX));
    if !program.is_file() {
        let version = format!("mdbook@{MDBOOK}");
        Command::cargo("install")
            .args([&*version, "--locked", "--no-default-features", "--features", "search", "--root"])
            .arg(&root)
            .run()?;
    }
    Ok(program)
}

fn write_file(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error| Failure::new(format!("cannot write {}: {error}", path.display()));
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).map_err(failed)?;
    }
    fs::write(path, text).map_err(failed)
}
