//! One version, everywhere.

use std::fs;

use serde_json::Value;

use super::crates::Package;
use crate::failure::Failure;
use crate::repository;

const NODE: &str = "bindings/node";

/// What has another version than the workspace, or asks for another.
pub(super) fn problems(crates: &[Package]) -> Result<Vec<String>, Failure> {
    let version = current()?;
    let mut problems = of_crates(crates, &version);
    let addon = read(&format!("{NODE}/Cargo.toml"))?;
    problems.extend(differs(&format!("{NODE}/Cargo.toml"), package_version(&addon), &version));
    let mut manifests = vec![format!("{NODE}/package.json"), format!("{NODE}/package-lock.json")];
    manifests.extend(
        super::npm::platforms()?.into_iter().map(|platform| format!("{NODE}/npm/{platform}/package.json")),
    );
    for manifest in manifests {
        let json: Value = serde_json::from_str(&read(&manifest)?)
            .map_err(|error| Failure::new(format!("cannot read {manifest}: {error}")))?;
        problems.extend(differs(&manifest, json["version"].as_str(), &version));
    }
    problems.extend(compiler(&read("Cargo.toml")?, &read("Dockerfile")?));
    Ok(problems)
}

/// The version of the workspace.
pub(super) fn current() -> Result<String, Failure> {
    let manifest = read("Cargo.toml")?;
    let version = manifest.split("[workspace.package]").nth(1).and_then(package_version);
    version.map(str::to_owned).ok_or_else(|| Failure::new("Cargo.toml has no version in [workspace.package]"))
}

fn of_crates(crates: &[Package], version: &str) -> Vec<String> {
    let mut problems = Vec::new();
    for package in crates {
        problems.extend(differs(&package.name, Some(&package.version), version));
        for dependency in package.dependencies.iter().filter(|dependency| dependency.path.is_some()) {
            if dependency.req != format!("^{version}") {
                problems.push(format!(
                    "{} asks for {} {}, not {version}",
                    package.name, dependency.name, dependency.req
                ));
            }
        }
    }
    problems
}

fn differs(what: &str, found: Option<&str>, version: &str) -> Option<String> {
    let found = found.unwrap_or("no version");
    (found != version).then(|| format!("{what} has {found}, not {version}"))
}

/// The image is built by a compiler that is supported.
fn compiler(manifest: &str, dockerfile: &str) -> Option<String> {
    let oldest = quoted(manifest, "rust-version = ")?;
    let used = dockerfile.lines().find_map(|line| line.strip_prefix("FROM rust:"))?.split('-').next()?;
    (used != oldest)
        .then(|| format!("Dockerfile builds with Rust {used}, and the oldest supported one is {oldest}"))
}

fn package_version(manifest: &str) -> Option<&str> {
    quoted(manifest, "version = ")
}

/// The value in the first line that begins with this.
fn quoted<'a>(manifest: &'a str, key: &str) -> Option<&'a str> {
    manifest.lines().find_map(|line| line.strip_prefix(key))?.strip_prefix('"')?.strip_suffix('"')
}

fn read(path: &str) -> Result<String, Failure> {
    fs::read_to_string(repository::root().join(path))
        .map_err(|error| Failure::new(format!("cannot read {path}: {error}")))
}

#[cfg(test)]
mod tests {
    use super::{compiler, differs, package_version};

    #[test]
    fn another_version_is_named_with_its_place() {
        assert_eq!(differs("a", Some("1.2.3"), "1.2.3"), None);
        assert_eq!(differs("a", Some("1.2.4"), "1.2.3"), Some("a has 1.2.4, not 1.2.3".to_owned()));
        assert_eq!(differs("a", None, "1.2.3"), Some("a has no version, not 1.2.3".to_owned()));
    }

    #[test]
    fn the_first_version_of_a_manifest_is_its_own() {
        assert_eq!(
            package_version("[package]\nversion = \"1.2.3\"\n[dependencies]\nversion = \"4\""),
            Some("1.2.3")
        );
        assert_eq!(package_version("[package]\n"), None);
    }

    #[test]
    fn an_image_that_is_built_with_another_compiler_is_named() {
        let manifest = "rust-version = \"1.95\"\n";
        assert_eq!(compiler(manifest, "FROM rust:1.95-slim-bookworm AS build\n"), None);
        assert!(compiler(manifest, "FROM rust:1.90-slim-bookworm AS build\n").is_some());
    }
}
