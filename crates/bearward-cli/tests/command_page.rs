//! The page of the command line, written from what the command prints.
//!
//! ```text
//! WRITE_PAGE=1 cargo test -p bearward-cli --test command_page
//! ```

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod process;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use process::bearward;

const PAGE: &str = "docs/cli.md";

/// What `--help` prints, without the command's own name for itself.
fn help(arguments: &[&str]) -> String {
    let output = bearward().args(arguments).arg("--help").env("COLUMNS", "120").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The subcommands, in the order of the help, and what each is for.
fn subcommands(help: &str) -> Vec<(String, String)> {
    let commands = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let named = commands.lines().filter_map(|line| line.trim().split_once("  "));
    let named = named.map(|(name, about)| (name.to_owned(), about.trim().to_owned()));
    named.filter(|(name, _)| name != "help").collect()
}

fn page() -> String {
    let whole = help(&[]);
    let mut page =
        "# The command\n\nWhat `bearward --help` and the help of its subcommands print. This page is \
        written by a test of `bearward-cli`.\n\nExit codes: 0 if the command succeeded or the token is \
        accepted; 1 if not; 2 if the command line is wrong.\n"
            .to_owned();
    let mut section = |title: &str, help: &str| {
        let lines: Vec<_> = help.lines().map(str::trim_end).collect();
        write!(page, "\n## {title}\n\n```text\n{}\n```\n", lines.join("\n")).unwrap();
    };
    section("bearward", &whole);
    for (name, _) in subcommands(&whole) {
        section(&format!("bearward {name}"), &help(&[&name]));
    }
    page
}

#[test]
fn the_page_is_what_the_command_prints() {
    let (file, text) = (Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(PAGE), page());
    if std::env::var_os("WRITE_PAGE").is_some() {
        fs::write(&file, &text).unwrap();
    }
    let written = fs::read_to_string(&file).unwrap_or_default();
    let first = written.lines().zip(text.lines()).find(|(written, printed)| written != printed);
    assert!(written == text, "{PAGE} is not what the command prints: {first:?}");
}

#[test]
fn each_subcommand_says_what_it_is_for() {
    let named = subcommands(&help(&[]));
    assert!(named.len() >= 7, "{named:?}");
    for (name, about) in named {
        assert!(help(&[&name]).starts_with(&about), "{name}");
    }
}
