//! Which features the tests are built with: all of them, less the one that needs programs of others.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use crate::command::Command;
use crate::failure::Failure;
use crate::repository;

/// Tests behind this feature start programs of others: a Node.js process, which npm has to set up first, and proxies.
const INTEROP: &str = "interop";

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    features: BTreeMap<String, Vec<String>>,
    #[cfg(test)]
    rust_version: Option<String>,
    #[cfg(test)]
    publish: Option<Vec<String>>,
}

/// The argument that turns on every feature of every workspace member but `interop`.
pub(crate) fn without_interop() -> Result<String, Failure> {
    Ok(select(&workspace()?, |feature| feature != INTEROP))
}

/// The argument that turns on every feature of every workspace member.
pub(crate) fn with_interop() -> Result<String, Failure> {
    Ok(select(&workspace()?, |_| true))
}

/// Which workspace members are examples: their documentation is their source.
pub(crate) fn examples() -> Result<Vec<String>, Failure> {
    let examples = repository::root().join("examples");
    let packages = workspace()?.packages.into_iter();
    let examples = packages.filter(|package| package.manifest_path.starts_with(&examples));
    Ok(examples.map(|package| package.name).collect())
}

fn workspace() -> Result<Metadata, Failure> {
    let printed = Command::cargo("metadata").args(["--no-deps", "--format-version", "1"]).output()?;
    serde_json::from_slice(&printed)
        .map_err(|error| Failure::new(format!("cannot read what `cargo metadata` printed: {error}")))
}

fn select(metadata: &Metadata, wanted: impl Fn(&str) -> bool) -> String {
    let mut selected = Vec::new();
    for package in &metadata.packages {
        for feature in package.features.keys().filter(|feature| wanted(feature)) {
            selected.push(format!("{}/{feature}", package.name));
        }
    }
    format!("--features={}", selected.join(","))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Metadata, select, workspace};
    use crate::repository;

    /// The first two cells of each row of the page: a crate and its feature.
    fn documented(page: &str) -> Vec<(String, String)> {
        let row = |line: &str| {
            let mut cells = line.strip_prefix("| `")?.split(" | ");
            let name = cells.next()?.trim_matches('`').to_owned();
            Some((name, cells.next()?.trim_matches('`').to_owned()))
        };
        page.lines().filter_map(row).collect()
    }

    #[test]
    fn the_page_has_each_feature_of_each_published_crate_and_the_oldest_compiler() {
        let page = fs::read_to_string(repository::root().join("docs/features.md")).expect("docs/features.md");
        let metadata = workspace().expect("cargo metadata");
        let published = metadata.packages.iter().filter(|package| package.name.starts_with("bearward"));
        let mut features: Vec<_> = published
            .filter(|package| package.publish.is_none())
            .flat_map(|package| {
                package.features.keys().map(|feature| (package.name.clone(), feature.clone()))
            })
            .collect();
        features.sort();
        let mut rows = documented(&page);
        rows.sort();
        assert_eq!(rows, features, "docs/features.md, then Cargo.toml of the crates");
        let oldest = metadata.packages[0].rust_version.clone().expect("the workspace has one");
        assert!(page.contains(&format!("Rust {oldest}")), "docs/features.md does not name Rust {oldest}");
    }

    #[test]
    fn features_are_named_with_their_package() {
        let printed = r#"{"packages":[
            {"name":"a","manifest_path":"/a/Cargo.toml","features":{"default":["tls"],"tls":[]}},
            {"name":"b","manifest_path":"/b/Cargo.toml","features":{}},
            {"name":"c","manifest_path":"/c/Cargo.toml","features":{"interop":[],"json":[]}}
        ]}"#;
        let metadata: Metadata = serde_json::from_str(printed).expect("valid metadata");
        assert_eq!(select(&metadata, |feature| feature != "interop"), "--features=a/default,a/tls,c/json");
        assert_eq!(select(&metadata, |_| true), "--features=a/default,a/tls,c/interop,c/json");
    }
}
