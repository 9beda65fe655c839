//! `bearward completions`, `bearward man`, and the archive that the command is delivered in.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod process;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use process::{Directory, bearward, root, stdout};

const SHELLS: [&str; 5] = ["bash", "elvish", "fish", "powershell", "zsh"];

/// The names in a directory and below it, sorted.
fn names(directory: &Path) -> Vec<String> {
    let mut names = Vec::new();
    let mut waiting = vec![directory.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { waiting.push(path) } else { names.push(path) }
        }
    }
    let relative = |path: PathBuf| path.strip_prefix(directory).unwrap().to_str().unwrap().to_owned();
    let mut names: Vec<_> = names.into_iter().map(relative).collect();
    names.sort();
    names
}

#[test]
fn each_shell_is_told_every_subcommand() {
    for shell in SHELLS {
        let script = stdout(bearward().args(["completions", shell]));
        for subcommand in ["demo", "explain", "check", "schema", "dpop-proof", "completions", "man"] {
            assert!(script.contains(subcommand), "{shell}: {subcommand}");
        }
        assert!(script.contains("audience"), "{shell}"); // fish writes `-l audience`
    }
}

#[test]
fn an_unknown_shell_is_refused_with_the_known_ones() {
    let output = bearward().args(["completions", "tcsh"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(SHELLS.iter().all(|shell| said.contains(shell)), "{said}");
}

#[cfg(unix)]
#[test]
fn bash_completes_what_is_typed() {
    let script = stdout(bearward().args(["completions", "bash"]));
    // What bash does when somebody types `bearward exp` and presses Tab.
    let asked = format!(
        "{script}\nCOMP_WORDS=(bearward exp); COMP_CWORD=1; _bearward bearward exp bearward\necho \"${{COMPREPLY[*]}}\""
    );
    assert_eq!(stdout(Command::new("bash").args(["-c", &asked])), "explain\n");
}

#[test]
fn every_subcommand_has_a_manual_page_with_its_options() {
    let directory = Directory::new();
    let pages = PathBuf::from(directory.file("man/man1"));
    assert_eq!(stdout(bearward().arg("man").arg(&pages)), "");
    assert_eq!(
        names(&pages),
        [
            "bearward-check.1",
            "bearward-completions.1",
            "bearward-demo.1",
            "bearward-dpop-proof.1",
            "bearward-explain.1",
            "bearward-man.1",
            "bearward-schema.1",
            "bearward.1",
        ]
    );
    let page = fs::read_to_string(pages.join("bearward-explain.1")).unwrap();
    assert!(page.starts_with(".ie") || page.starts_with(".TH"), "{}", &page[..80]);
    for part in [".SH NAME", ".SH SYNOPSIS", ".SH OPTIONS", "\\-\\-audience"] {
        assert!(page.contains(part), "{part}");
    }
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    let directory = Directory::new();
    let file = directory.file("a-file");
    fs::write(&file, "").unwrap();
    let output = bearward().args(["man", &file]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with(&format!("error: cannot write the pages to {file}: ")), "{said}");
}

#[cfg(unix)]
#[test]
fn the_archive_has_what_is_installed_and_its_checksum() {
    let directory = Directory::new();
    let archives = PathBuf::from(directory.file("archives"));
    let mut archive = Command::new("sh");
    archive.current_dir(root()).arg("deploy/archive.sh").arg(env!("CARGO_BIN_EXE_bearward"));
    stdout(archive.arg("some-target").arg(&archives));
    assert_eq!(names(&archives), ["bearward-some-target.tar.gz", "bearward-some-target.tar.gz.sha256"]);

    let sum = fs::read_to_string(archives.join("bearward-some-target.tar.gz.sha256")).unwrap();
    let (digest, name) = sum.trim_end().split_once("  ").unwrap();
    assert_eq!((digest.len(), name), (64, "bearward-some-target.tar.gz"));

    stdout(Command::new("tar").current_dir(&archives).args(["-xzf", "bearward-some-target.tar.gz"]));
    // Where `package.metadata.binstall` looks for the command.
    let unpacked = archives.join("bearward-some-target");
    let version = format!("bearward {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(stdout(Command::new(unpacked.join("bearward")).arg("--version")), version);
    let files = names(&unpacked);
    for file in ["LICENSE-APACHE", "LICENSE-MIT", "README.md", "completions/bearward.zsh", "man/bearward.1"] {
        assert!(files.iter().any(|name| name == file), "{file}: {files:?}");
    }
}
