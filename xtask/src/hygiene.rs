//! What no tracked file may contain or be called, which module may use which, what each crate shows, whether the pages of
//! the documentation are true, and what a release needs, where no other tool looks.
//!
//! Checked are the files that git tracks, and of those the ones that are text (UTF-8 without NUL).

use std::fs;
use std::path::Path;

use crate::command::Command;
use crate::failure::Failure;
use crate::{pages, release, repository, site, structure, surface, tracked};

/// Directories of the machines this was written on. Split, so that this file passes its own check.
const MACHINE_DIRECTORIES: [&str; 3] = [concat!("/wor", "k/"), concat!("/roo", "t/"), concat!("/hom", "e/")];

/// Names that say nothing of what is inside.
const EMPTY_NAMES: [&str; 5] = ["utils", "common", "helpers", "manager", "types"];

/// One cryptographic library decides; a second one in the product came in by accident.
const RIVAL_CRYPTO: [&str; 5] = ["ring", "openssl", "openssl-sys", "native-tls", "rsa"];

/// What is wrong and where; `line` is 0 for the file itself.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    line: usize,
    what: String,
}

pub(crate) fn check() -> Result<(), Failure> {
    let mut found = 0;
    for path in tracked::files()? {
        let Ok(bytes) = fs::read(repository::root().join(&path)) else {
            continue; // Deleted, and the deletion not yet committed.
        };
        let mut findings = in_name(&path);
        if let Some(text) = text(&bytes) {
            findings.extend(in_text(text, Language::of(&path)));
        }
        for Finding { line, what } in &findings {
            println!("{path}:{line}: {what}");
        }
        found += findings.len();
    }
    for rival in rival_crypto(&String::from_utf8_lossy(&product_crates()?)) {
        println!("Cargo.toml:0: {rival} rivals aws-lc-rs; `cargo tree -i {rival}` says who wants it");
        found += 1;
    }
    found += structure::check()?;
    found += surface::check()?;
    found += pages::check()?;
    found += site::check()?;
    found += release::check_files()?;
    found += usize::from(!lock_file_is_current());
    if found == 0 { Ok(()) } else { Err(Failure::new(format!("{found} to fix, listed above"))) }
}

/// In CI nobody edits the lock file, so a change means that cargo had to: it was committed stale.
/// Cargo says nothing of it, since it brings the file up to date before this task even starts.
fn lock_file_is_current() -> bool {
    let current = std::env::var_os("CI").is_none()
        || Command::new("git", "git", "install git")
            .args(["diff", "--quiet", "--", "Cargo.lock"])
            .succeeds_quietly();
    if !current {
        println!("Cargo.lock:0: stale: build once and commit it");
    }
    current
}

fn text(bytes: &[u8]) -> Option<&str> {
    if bytes.contains(&0) { None } else { str::from_utf8(bytes).ok() }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    Rust,
    Other,
}

impl Language {
    fn of(path: &str) -> Self {
        if path.ends_with(".rs") { Self::Rust } else { Self::Other }
    }
}

fn in_name(path: &str) -> Vec<Finding> {
    Path::new(path)
        .components()
        .filter_map(|component| component.as_os_str().to_str())
        .filter_map(|component| component.split('.').next())
        .filter(|stem| EMPTY_NAMES.contains(stem))
        .map(|stem| Finding { line: 0, what: format!("`{stem}` does not say what is inside") })
        .collect()
}

fn in_text(text: &str, language: Language) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in (1..).zip(text.split('\n')) {
        let mut find = |what: String| findings.push(Finding { line: number, what });
        if line.contains('\r') {
            find("a carriage return".to_owned());
        }
        if let Some(directory) = machine_directory(line) {
            find(format!("a path of one machine, in {directory}"));
        }
        if language == Language::Rust && line.trim_start().starts_with("#[ignore") {
            find("an ignored test: fix it or remove it".to_owned());
        }
    }
    findings
}

/// Only where a path starts: the same letters within `https://example.com/home/` are nobody's machine.
fn machine_directory(line: &str) -> Option<&'static str> {
    let starts_a_path = |at: usize| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "/._-~}".contains(c))
    };
    MACHINE_DIRECTORIES
        .into_iter()
        .find(|directory| line.match_indices(directory).any(|(at, _)| starts_a_path(at)))
}

/// Crates of the product's own tree, as built here. The lock file would not do: it also lists
/// optional dependencies that nobody turns on. `cargo xtask deny` looks at every platform.
fn product_crates() -> Result<Vec<u8>, Failure> {
    Command::cargo("tree")
        .args(["--workspace", "--all-features", "--edges", "normal,build"])
        .args(["--prefix", "none", "--format", "{p}"])
        .output()
}

fn rival_crypto(crates: &str) -> Vec<&str> {
    let mut rivals: Vec<&str> = crates
        .lines()
        .filter_map(|line| line.split(' ').next())
        .filter(|name| RIVAL_CRYPTO.contains(name))
        .collect();
    rivals.sort_unstable();
    rivals.dedup();
    rivals
}

#[cfg(test)]
mod tests {
    use super::{Finding, Language, MACHINE_DIRECTORIES, in_name, in_text, rival_crypto, text};

    fn lines(findings: &[Finding]) -> Vec<usize> {
        findings.iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn a_carriage_return_is_found_on_its_line() {
        assert_eq!(lines(&in_text("one\ntwo\r\nthree", Language::Other)), [2]);
    }

    #[test]
    fn a_path_of_one_machine_is_found_and_a_path_of_a_url_is_not() {
        for directory in MACHINE_DIRECTORIES {
            let absolute = format!("see `{directory}notes`\n{directory}notes");
            assert_eq!(lines(&in_text(&absolute, Language::Other)), [1, 2], "{directory}");
            let within = format!("https://example.com{directory}notes and ../shared{directory}notes");
            assert!(in_text(&within, Language::Other).is_empty(), "{directory}");
        }
    }

    #[test]
    fn an_ignored_test_is_found_in_rust_only() {
        let source = "#[test]\n    #[ignore = \"slow\"]\nfn test() {}";
        assert_eq!(lines(&in_text(source, Language::Rust)), [2]);
        assert!(in_text(source, Language::Other).is_empty());
    }

    #[test]
    fn a_name_that_says_nothing_is_found_as_a_file_and_as_a_directory() {
        assert_eq!(in_name("crates/a/src/utils.rs").len(), 1);
        assert_eq!(in_name("crates/a/tests/common/mod.rs").len(), 1);
        assert_eq!(in_name("crates/a/src/common_name.rs"), []);
    }

    #[test]
    fn a_rival_crypto_crate_is_found_once() {
        let crates = "axum v0.8.0\nring v0.17.0\nstring v1.0.0\nring v0.17.0 (*)\n\n";
        assert_eq!(rival_crypto(crates), ["ring"]);
    }

    #[test]
    fn what_is_not_text_is_left_alone() {
        assert_eq!(text(b"\r\n\0"), None);
        assert_eq!(text(&[0xff, b'\r']), None);
        assert_eq!(text(b"plain"), Some("plain"));
    }
}
