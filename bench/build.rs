//! Passes the compiler's own name into the report: the results hold for one compiler only.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let version = std::env::var_os("RUSTC")
        .and_then(|rustc| Command::new(rustc).arg("--version").output().ok())
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .unwrap_or_else(|| "rustc of an unknown version".to_owned());
    println!("cargo::rustc-env=BENCH_RUSTC={}", version.trim());
}
