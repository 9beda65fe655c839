//! The places that name every framework for Rust. The test names those that do not name a new one yet.

use std::fs;

use crate::failure::Failure;
use crate::{repository, tracked};

const PLACES: [&str; 8] = [
    "README.md",
    "crates/bearward-core/README.md",
    "crates/bearward/README.md",
    "docs/architecture.md",
    "docs/comparison.md",
    "tests/conformance/exceptions.json",
    "tests/conformance/runner/frameworks/mod.rs",
    // From which `llms.txt` is written.
    "xtask/src/site/llms.rs",
];

/// What the crates on top of `bearward-tower` are called after `bearward-`: the frameworks that they adapt.
fn frameworks() -> Result<Vec<String>, Failure> {
    let mut frameworks = Vec::new();
    for package in tracked::packages()? {
        let Some(framework) = package.strip_prefix("crates/bearward-") else { continue };
        if text(&format!("{package}/Cargo.toml")).lines().any(|line| line.starts_with("bearward-tower")) {
            frameworks.push(framework.to_owned());
        }
    }
    Ok(frameworks)
}

/// What must still be written for this framework.
fn missing(framework: &str) -> Vec<String> {
    let names = |place: &str| text(place).to_lowercase().contains(framework);
    let places = PLACES.into_iter().filter(|place| !names(place));
    places.map(|place| format!("{place} does not name {framework}")).collect()
}

fn text(path: &str) -> String {
    fs::read_to_string(repository::root().join(path)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{PLACES, frameworks, missing};

    #[test]
    fn every_place_names_every_framework_for_rust() {
        let frameworks = frameworks().expect("git lists the packages");
        assert!(["axum", "tonic"].iter().all(|name| frameworks.iter().any(|found| found == name)));
        let missing: Vec<_> = frameworks.iter().flat_map(|framework| missing(framework)).collect();
        assert!(missing.is_empty(), "{}", missing.join("\n"));
    }

    #[test]
    fn a_framework_that_no_place_names_is_missing_in_each() {
        assert_eq!(missing("a-framework-of-tomorrow").len(), PLACES.len());
    }
}
