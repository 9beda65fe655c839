//! Which features the tests are built with: all of them, less the one that needs programs of others.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::command::Command;
use crate::failure::Failure;

/// Tests behind this feature start programs of others: a Node.js process, which npm has to set up first, and proxies.
const INTEROP: &str = "interop";

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    features: BTreeMap<String, Vec<String>>,
}

/// The argument that turns on every feature of every workspace member but `interop`.
pub(crate) fn without_interop() -> Result<String, Failure> {
    Ok(select(&workspace()?, |feature| feature != INTEROP))
}

/// The argument that turns on every feature of every workspace member.
pub(crate) fn with_interop() -> Result<String, Failure> {
    Ok(select(&workspace()?, |_| true))
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
    use super::{Metadata, select};

    #[test]
    fn features_are_named_with_their_package() {
        let printed = r#"{"packages":[
            {"name":"a","features":{"default":["tls"],"tls":[]}},
            {"name":"b","features":{}},
            {"name":"c","features":{"interop":[],"json":[]}}
        ]}"#;
        let metadata: Metadata = serde_json::from_str(printed).expect("valid metadata");
        assert_eq!(select(&metadata, |feature| feature != "interop"), "--features=a/default,a/tls,c/json");
        assert_eq!(select(&metadata, |_| true), "--features=a/default,a/tls,c/interop,c/json");
    }
}
