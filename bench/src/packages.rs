//! Node.js and the packages of the servers in JavaScript: there, or a clear word on what is missing.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use crate::progress::say;

/// Where Bearward's package is built.
const PACKAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../bindings/node");

const OLDEST_NODE: u32 = 20;

/// Makes the servers of a directory ready to run. Fails with what to do where it cannot.
pub(crate) fn install(servers: &str) -> Result<()> {
    let node = node_version()?;
    let major = node.split('.').next().and_then(|major| major.parse::<u32>().ok());
    ensure!(
        major.is_some_and(|major| major >= OLDEST_NODE),
        "Node.js is {node} here: install {OLDEST_NODE} or later"
    );
    // Of the last step of the build, and of an adapter that an old build does not have.
    if !Path::new(PACKAGE).join("dist/hono/index.mjs").is_file() {
        bail!("the npm package is not built: run `npm ci && npm run build` in bindings/node");
    }
    if Path::new(servers).join("node_modules").is_dir() {
        return Ok(());
    }
    say(format_args!("npm ci in {servers}"));
    npm(&["ci", "--no-audit", "--no-fund"], servers, "can npm reach its registry?")
}

/// Builds the addon that can verify a signature alone.
pub(crate) fn build_bare_signature() -> Result<()> {
    say("Express: the addon with the bare signature");
    npm(&["run", "build:bench-addon"], PACKAGE, "can cargo build the addon?")
}

fn npm(args: &[&str], directory: &str, hint: &str) -> Result<()> {
    let status = Command::new("npm")
        .args(args)
        .current_dir(directory)
        .stdin(Stdio::null())
        // Standard output is for the report.
        .stdout(io::stderr())
        .status()
        .context("cannot run npm, which comes with Node.js: is it on PATH?")?;
    ensure!(
        status.success(),
        "`npm {}` in {directory} ended with {status}: {hint} What it said is above",
        args.join(" ")
    );
    Ok(())
}

/// Node.js and these packages of a directory, each with its version.
pub(crate) fn versions(servers: &str, packages: &[&str]) -> Result<Vec<(String, String)>> {
    let mut versions = vec![("Node.js".to_owned(), node_version()?)];
    for package in packages {
        let manifest = format!("{servers}/node_modules/{package}/package.json");
        let text = fs::read_to_string(&manifest).with_context(|| {
            format!("{package} is not installed: remove {servers}/node_modules and run this again")
        })?;
        let manifest: Value = serde_json::from_str(&text).context(manifest)?;
        let version = manifest.get("version").and_then(Value::as_str).unwrap_or("unknown");
        versions.push(((*package).to_owned(), version.to_owned()));
    }
    Ok(versions)
}

fn node_version() -> Result<String> {
    let output = Command::new("node")
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .context("cannot run node: install Node.js 20 or later, and put it on PATH")?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().trim_start_matches('v').to_owned())
}
