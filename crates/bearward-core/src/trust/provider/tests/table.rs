//! The rows of the table, and what their texts name.

use std::collections::BTreeSet;
use std::path::Path;

use super::super::mistake::GENERAL;
use super::*;

#[test]
fn each_row_has_a_name_of_its_own_and_says_what_to_do_about_each_mistake() {
    let names: BTreeSet<_> = PROVIDERS.iter().map(|facts| facts.name).collect();
    assert_eq!(names.len(), PROVIDERS.len());
    for facts in PROVIDERS {
        assert_eq!(named(facts.name).map(|found| found.title), Some(facts.title));
        assert!(facts.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'));
        assert!(!facts.mistakes.is_empty(), "{}", facts.name);
        for mistake in facts.mistakes.iter().chain(GENERAL) {
            for text in [mistake.code, mistake.problem, mistake.remedy, mistake.rust, mistake.node] {
                assert!(!text.is_empty() && !text.contains("  "), "{} {}: {text}", facts.name, mistake.code);
            }
        }
        // A row is found by the issuer that its preset makes.
        if let Some(form) = facts.issuers.first() {
            let issuer =
                form.fill(|hole| Some(if hole == "base" { "https://id.example.com" } else { "x1" })).unwrap();
            assert_eq!(of_issuer(&issuer).map(|found| found.name), Some(facts.name), "{issuer}");
        }
    }
}

/// The sources below these folders, as one text.
fn sources(folders: &[&str]) -> String {
    let mut text = String::new();
    let mut folders: Vec<_> =
        folders.iter().map(|folder| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).collect();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                text += &std::fs::read_to_string(path).unwrap();
            }
        }
    }
    text
}

/// The names before each of these marks.
fn names_before<'t>(text: &'t str, mark: &'t str) -> impl Iterator<Item = &'t str> {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let pieces: Vec<_> = text.split(mark).collect();
    let count = pieces.len() - 1;
    pieces.into_iter().take(count).map(move |piece| &piece[piece.trim_end_matches(is_of_name).len()..])
}

#[test]
fn a_hint_names_no_setting_that_does_not_exist() {
    let rust = sources(&["src", "../bearward/src"]);
    let node = sources(&["../../bindings/node/lib"]);
    // The claim and the values that are named beside settings.
    let no_settings = ["https", "http", "", "token_use", "api", "change"];
    let mut unknown = Vec::new();
    for mistake in PROVIDERS.iter().flat_map(|facts| facts.mistakes).chain(GENERAL) {
        for name in names_before(mistake.rust, "(").filter(|name| !name.is_empty() && *name != "from_secs") {
            if !rust.contains(&format!("fn {name}")) {
                unknown.push((name, mistake.rust));
            }
        }
        for name in names_before(mistake.node, ":").filter(|name| !no_settings.contains(name)) {
            if !node.contains(&format!("{name}?:")) && !node.contains(&format!("{name}:")) {
                unknown.push((name, mistake.node));
            }
        }
    }
    assert!(unknown.is_empty(), "{unknown:#?}");
}
