//! The pages of `docs/providers`: their steps are written by hand, and the rest by these tests. Between two comments of a
//! page is what the tables of the core say, what an application writes, what a token of `tests/conformance/providers` looks
//! like, and what `bearward explain` prints for the wrong ones.
//!
//! ```sh
//! WRITE_PAGE=1 cargo test -p bearward-tests --test providers pages
//! ```

mod application;
mod examples;
mod explained;
mod row;
mod table;
mod token;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use bearward_core::trust::provider::PROVIDERS;

use crate::files::{self, Provider};
use row::Row;

/// How a part that a test writes begins in a page: with its kind, and the name of the provider.
const BEGIN: &str = "<!-- written by a test: ";
const BEGIN_END: &str = " -->";
const END: &str = "<!-- end -->";

/// What each page of a preset has.
const KINDS: [&str; 3] = ["application", "token", "mistakes"];

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_say_what_the_tables_and_the_command_say() {
    let directory = docs().join("providers");
    let mut files: Vec<_> = fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.extend(["providers.md", "explain.md"].map(|page| docs().join(page)));
    let mut written = BTreeSet::new();
    for file in files {
        let page = fs::read_to_string(&file).unwrap();
        let expected = fill(&page, &mut written).await;
        if std::env::var_os("WRITE_PAGE").is_some() {
            fs::write(&file, &expected).unwrap();
            continue;
        }
        let first = page.lines().zip(expected.lines()).find(|(found, expected)| found != expected);
        assert!(page == expected, "{} differs from what the tests write: {first:?}", file.display());
    }
    assert!(written.contains("index") && written.contains("names"));
    for name in PROVIDERS.iter().map(|facts| facts.name) {
        for kind in if examples::of(name).is_empty() { &["without"][..] } else { &KINDS } {
            assert!(written.contains(&format!("{kind} {name}")), "no page has the part `{kind} {name}`");
        }
    }
}

#[test]
fn the_files_of_settings_are_good() {
    for example in examples::all() {
        let file = std::env::temp_dir().join(format!("bearward-provider-{}.yaml", std::process::id()));
        fs::write(&file, application::yaml(&example)).unwrap();
        let problems = bearward_axum::ResourceServer::check_file(&file);
        fs::remove_file(&file).unwrap();
        assert!(problems.is_empty(), "{}: {problems:?}", example.written);
    }
}

/// The page with each part that a test writes as it must be.
async fn fill(page: &str, written: &mut BTreeSet<String>) -> String {
    let mut filled = String::new();
    let mut rest = page;
    while let Some((before, after)) = rest.split_once(BEGIN) {
        let (name, after) = after.split_once(BEGIN_END).expect("the comment ends");
        let (_, after) = after.split_once(END).unwrap_or_else(|| panic!("{name}: no {END}"));
        assert!(written.insert(name.to_owned()), "`{name}` occurs twice");
        let part = part(name).await;
        filled += &format!("{before}{BEGIN}{name}{BEGIN_END}\n\n{}\n\n{END}", part.trim());
        rest = after;
    }
    filled + rest
}

async fn part(name: &str) -> String {
    let (kind, provider) = name.split_once(' ').unwrap_or((name, ""));
    let mut part = String::new();
    match kind {
        "index" => table::index(&mut part),
        "names" => table::names(&mut part),
        "application" => application::section(&mut part, &examples::of(provider), &Row::of(provider)),
        "token" => token::section(&mut part, &file(provider), &Row::of(provider)),
        "mistakes" => explained::section(&mut part, &file(provider)).await,
        "without" => table::without(&mut part, provider),
        other => panic!("no part is called {other:?}"),
    }
    .unwrap();
    part
}

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs")
}

fn file(name: &str) -> Provider {
    files::providers()
        .into_iter()
        .find(|file| file.name == name)
        .unwrap_or_else(|| panic!("{name} has no file"))
}
