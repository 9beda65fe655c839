//! The count of a cached request in `docs/architecture.md`, compared with the sources.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::PathBuf;

/// What is between backticks.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[test]
fn the_page_counts_functions_that_are_in_these_files() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = fs::read_to_string(root.join("docs/architecture.md")).unwrap();
    let (_, section) = page.split_once("## A cached request, counted").unwrap();
    let (mut files, mut functions) = (0, 0);
    for row in section.lines().filter(|line| line.starts_with("| `")) {
        let [_, file, names, _] = row.split('|').collect::<Vec<_>>()[..] else { panic!("{row}") };
        let file = quoted(file)[0];
        let source = fs::read_to_string(root.join("crates").join(file));
        let source = source.unwrap_or_else(|why| panic!("{file}: {why}"));
        for name in quoted(names) {
            let is_there = ["(", "<"].iter().any(|after| source.contains(&format!("fn {name}{after}")));
            assert!(is_there, "{file} has no function {name}");
            functions += 1;
        }
        files += 1;
    }
    let counted = format!("{functions} functions in {files} files");
    assert!(files > 0 && section.contains(&counted), "the page must say: {counted}");
}
