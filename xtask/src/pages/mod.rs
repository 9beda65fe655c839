//! `cargo xtask pages`: what the documentation says is true as far as a program can tell.
//!
//! 1. Each link leads to a file of this repository, and each fragment to a heading of it ([`links`]).
//! 2. Each name in code, such as a setting, a failure code, a flag or a variable, occurs in the sources ([`names`]).
//! 3. Code that is repeated from a tested file is the code of that file ([`copies`]).
//! 4. What docs/troubleshooting.md says that clients read is what they read ([`symptoms`]).
//! 5. The measured numbers of README.md are those of docs/benchmarks.md, and no other page has any ([`numbers`]).
//! 6. Each value of a chart is in a table of the page that shows it ([`charts`]).
//! 7. Words that make sentences hard to read become rarer and never more frequent ([`words`]).

use std::fs;

use crate::failure::Failure;
use crate::{repository, tracked};

mod charts;
mod copies;
mod links;
mod markdown;
mod names;
mod numbers;
mod symptoms;
mod words;

pub(crate) use links::resolve;
pub(crate) use markdown::{Page, with_links};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Write the numbers of README.md, and take over the counts of words that have become rarer
    #[arg(long)]
    write: bool,
    /// Print each place of one word that is counted
    #[arg(long, value_name = "WORD")]
    word: Option<String>,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    if let Some(word) = &options.word {
        return words::print(word);
    }
    if options.write {
        numbers::write()?;
        words::write()?;
    }
    match check()? {
        0 => Ok(()),
        found => Err(Failure::new(format!("{found} to fix, listed above"))),
    }
}

/// Prints what is wrong and gives the number of it.
pub(crate) fn check() -> Result<usize, Failure> {
    let pages = pages()?;
    let mut found = links::offences(&pages)?;
    found.extend(names::offences(&pages)?);
    found.extend(copies::offences(&pages)?);
    found.extend(symptoms::offences()?);
    found.extend(numbers::offences(&pages)?);
    found.extend(charts::offences()?);
    found.extend(words::offences()?);
    found.iter().for_each(|line| println!("{line}"));
    Ok(found.len())
}

/// Every Markdown file that git tracks.
fn pages() -> Result<Vec<Page>, Failure> {
    let files = tracked::files()?.into_iter().filter(|path| path.ends_with(".md"));
    Ok(files.filter_map(|path| read(&path).map(|text| Page::parse(&path, &text))).collect())
}

/// The text of a tracked file, unless it is deleted and the deletion is not yet committed.
fn read(path: &str) -> Option<String> {
    fs::read_to_string(repository::root().join(path)).ok()
}
