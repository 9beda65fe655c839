//! Debian's packages, for the parties of the interop tests that are packaged there and nowhere else.

use std::process::{Command, Stdio};

use crate::failure::Failure;

/// Glewlwyd, an authorization server in C, installed if need be.
pub(crate) fn glewlwyd() -> Result<(), Failure> {
    if !has("glewlwyd") {
        // Each test makes a database of its own, so the package needs to set up none.
        install(&["glewlwyd", "dbconfig-no-thanks", "openssl"]);
    }
    if has("glewlwyd") {
        return Ok(());
    }
    Err(Failure::new(
        "glewlwyd is not installed: on Debian and its kin `apt-get install glewlwyd dbconfig-no-thanks openssl`",
    ))
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
    println!("$ apt-get {}", arguments.join(" "));
    let mut command = Command::new("apt-get");
    // The package of a server would start it.
    command.env("DEBIAN_FRONTEND", "noninteractive").env("RUNLEVEL", "1").args(arguments);
    let _ = command.stdin(Stdio::null()).output();
}
