//! Debian's packages, for the parties of the interop tests that are packaged there and nowhere else.

use std::process::{Command, Stdio};

use crate::failure::Failure;
use crate::output;

/// Glewlwyd, an authorization server in C, and what makes its keys, installed if need be.
pub(crate) fn glewlwyd() -> Result<(), Failure> {
    // The package wants to set up a database; each test makes one of its own, of this kind.
    let programs = [("glewlwyd", &["glewlwyd", "dbconfig-sqlite3"][..]), ("openssl", &["openssl"][..])];
    let missing = || programs.iter().filter(|(program, _)| !has(program));
    let packages: Vec<_> = missing().flat_map(|(_, packages)| packages.iter().copied()).collect();
    if !packages.is_empty() {
        install(&packages);
    }
    match missing().next() {
        None => Ok(()),
        Some((program, packages)) => Err(Failure::new(format!(
            "{program} is not installed: on Debian and its kin `apt-get install {}`",
            packages.join(" ")
        ))),
    }
}

fn has(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok()
}

/// Only root may install; for any other user, what is missing shows afterwards.
pub(crate) fn install(packages: &[&str]) {
    let root = Command::new("id").arg("-u").output().is_ok_and(|user| user.stdout.trim_ascii() == b"0");
    if root {
        apt_get(&["update", "-qq"]);
        apt_get(&[&["install", "-y", "-qq", "--no-install-recommends"], packages].concat());
    }
}

fn apt_get(arguments: &[&str]) {
    output::say(&format!("$ apt-get {}", arguments.join(" ")));
    let mut command = Command::new("apt-get");
    // The package of a server would start it.
    command.env("DEBIAN_FRONTEND", "noninteractive").env("RUNLEVEL", "1");
    // Tests that run beside this may install packages, too.
    command.args(["-o", "DPkg::Lock::Timeout=600"]).args(arguments);
    let _ = command.stdin(Stdio::null()).output();
}
