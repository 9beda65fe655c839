//! The crates of the workspace that are published.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::command::Command;
use crate::failure::Failure;

const LICENSE: &str = "MIT OR Apache-2.0";

/// Files that must be in each package.
const FILES: [&str; 3] = ["README.md", "LICENSE-MIT", "LICENSE-APACHE"];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Clone, Deserialize)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    license: Option<String>,
    #[serde(default)]
    repository: Option<String>,
    #[serde(default)]
    rust_version: Option<String>,
    #[serde(default)]
    keywords: Vec<String>,
    #[serde(default)]
    categories: Vec<String>,
    #[serde(default)]
    metadata: serde_json::Value,
    /// Absent for a crate that any registry may have; empty for one that is never published.
    #[serde(default)]
    publish: Option<Vec<String>>,
    #[serde(default)]
    pub(super) dependencies: Vec<Dependency>,
    manifest_path: PathBuf,
}

#[derive(Clone, Deserialize)]
pub(super) struct Dependency {
    pub(super) name: String,
    pub(super) req: String,
    /// Where it is in this checkout.
    #[serde(default)]
    pub(super) path: Option<PathBuf>,
}

impl Package {
    fn directory(&self) -> &Path {
        self.manifest_path.parent().unwrap_or(&self.manifest_path)
    }
}

/// The crates of the workspace without those that say `publish = false`.
pub(super) fn published() -> Result<Vec<Package>, Failure> {
    let printed = Command::cargo("metadata").args(["--no-deps", "--format-version", "1"]).output()?;
    let metadata: Metadata = serde_json::from_slice(&printed)
        .map_err(|error| Failure::new(format!("cannot read what `cargo metadata` printed: {error}")))?;
    Ok(metadata.packages.into_iter().filter(|package| package.publish.is_none()).collect())
}

/// What a crate does not say about itself, or says in a way that the registry does not take.
pub(super) fn problems(crates: &[Package]) -> Vec<String> {
    let names: BTreeSet<&str> = crates.iter().map(|package| package.name.as_str()).collect();
    let mut problems = Vec::new();
    for package in crates {
        let mut say = |what: String| problems.push(format!("{}: {what}", package.name));
        for what in unsaid(package) {
            say(what);
        }
        for file in FILES {
            if !package.directory().join(file).is_file() {
                say(format!("{file} is missing in {}", package.directory().display()));
            }
        }
        for dependency in package.dependencies.iter().filter(|dependency| dependency.path.is_some()) {
            if dependency.req == "*" {
                say(format!("its dependency {} has a path and no version", dependency.name));
            } else if !names.contains(dependency.name.as_str()) {
                say(format!("its dependency {} is never published", dependency.name));
            }
        }
    }
    if let Err(circle) = in_order(crates) {
        problems.push(format!("these wait for each other: {}", circle.join(", ")));
    }
    problems
}

fn unsaid(package: &Package) -> Vec<String> {
    let mut unsaid = Vec::new();
    let mut require = |holds: bool, what: &str| {
        if !holds {
            unsaid.push(what.to_owned());
        }
    };
    let description = package.description.as_deref().unwrap_or_default();
    require(
        !description.is_empty() && !description.ends_with('.'),
        "`description` must be a phrase without a full stop",
    );
    require(package.license.as_deref() == Some(LICENSE), "`license` must be that of the workspace");
    require(package.repository.is_some(), "`repository` is missing");
    require(package.rust_version.is_some(), "`rust-version` is missing");
    let keyword = |word: &String| {
        let known = word.chars().all(|c| c.is_ascii_alphanumeric() || "_-+".contains(c));
        known && word.len() <= 20 && word.starts_with(|c: char| c.is_ascii_alphanumeric())
    };
    let few = |list: &[String]| (1..=5).contains(&list.len());
    require(
        few(&package.keywords) && package.keywords.iter().all(keyword),
        "`keywords` must be one to five words",
    );
    require(few(&package.categories), "`categories` must be one to five");
    let documented = &package.metadata["docs"]["rs"]["all-features"];
    require(documented.as_bool() == Some(true), "[package.metadata.docs.rs] must have `all-features = true`");
    unsaid
}

/// The crates, each after those that it depends on; or those that wait for each other.
fn in_order(crates: &[Package]) -> Result<Vec<&Package>, Vec<&str>> {
    let mut waiting: BTreeMap<&str, &Package> =
        crates.iter().map(|package| (package.name.as_str(), package)).collect();
    let mut ordered = Vec::new();
    while !waiting.is_empty() {
        let waits = |package: &Package| {
            package.dependencies.iter().any(|dependency| waiting.contains_key(dependency.name.as_str()))
        };
        let Some(name) = waiting.iter().find(|(_, package)| !waits(package)).map(|(&name, _)| name) else {
            return Err(waiting.into_keys().collect());
        };
        ordered.extend(waiting.remove(name));
    }
    Ok(ordered)
}

/// Packs each crate and builds it from its package; a crate that another needs is taken from its own package.
pub(super) fn build(crates: &[Package]) -> Vec<String> {
    let Ok(ordered) = in_order(crates) else {
        return vec!["they cannot be put in order".to_owned()];
    };
    for package in &ordered {
        println!("{} {}", package.name, package.version);
    }
    let mut command = Command::cargo("package").args(["--locked", "--allow-dirty", "--all-features"]);
    for package in ordered {
        command = command.args(["--package", &package.name]);
    }
    command.run().err().map(|failure| failure.to_string()).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use serde_json::json;

    use super::{Dependency, FILES, Package, in_order, problems, published};
    use crate::repository;

    /// A crate with nothing wrong, in a folder of its own.
    fn package(name: &str) -> Package {
        let folder = repository::root().join("target/release-test").join(name);
        fs::create_dir_all(&folder).expect("a folder below target");
        for file in FILES {
            fs::write(folder.join(file), "").expect("a file below target");
        }
        Package {
            name: name.to_owned(),
            version: "1.2.3".to_owned(),
            description: Some("Does one thing".to_owned()),
            license: Some("MIT OR Apache-2.0".to_owned()),
            repository: Some("https://example.com".to_owned()),
            rust_version: Some("1.95".to_owned()),
            keywords: vec!["oauth2".to_owned()],
            categories: vec!["authentication".to_owned()],
            metadata: json!({"docs": {"rs": {"all-features": true}}}),
            publish: None,
            dependencies: Vec::new(),
            manifest_path: folder.join("Cargo.toml"),
        }
    }

    fn needs(mut package: Package, name: &str, req: &str) -> Package {
        let path = Some(PathBuf::from("elsewhere"));
        package.dependencies.push(Dependency { name: name.to_owned(), req: req.to_owned(), path });
        package
    }

    #[test]
    fn a_crate_that_says_everything_has_no_problem() {
        assert_eq!(problems(&[package("good")]), Vec::<String>::new());
    }

    #[test]
    fn what_a_crate_does_not_say_is_named() {
        type Break = fn(&mut Package);
        let breaks: [(&str, Break); 8] = [
            ("`description`", |package| package.description = None),
            ("`description`", |package| package.description = Some("Ends.".to_owned())),
            ("`license`", |package| package.license = Some("GPL-3.0".to_owned())),
            ("`repository`", |package| package.repository = None),
            ("`rust-version`", |package| package.rust_version = None),
            ("`keywords`", |package| package.keywords = vec!["two words".to_owned()]),
            ("`categories`", |package| package.categories.clear()),
            ("docs.rs", |package| package.metadata = json!(null)),
        ];
        for (what, break_it) in breaks {
            let mut broken = package("unsaid");
            break_it(&mut broken);
            let found = problems(&[broken]);
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].contains(what), "{found:?}");
        }
    }

    #[test]
    fn a_file_that_is_missing_is_named() {
        for file in FILES {
            let broken = package(&format!("without-{file}"));
            fs::remove_file(broken.directory().join(file)).expect("it was just written");
            let found = problems(&[broken]);
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].contains(file), "{found:?}");
        }
    }

    #[test]
    fn a_dependency_that_the_registry_will_not_have_is_named() {
        let found = problems(&[needs(package("a"), "private", "^1")]);
        assert_eq!(found, ["a: its dependency private is never published"]);
        let found = problems(&[needs(package("a"), "b", "*"), package("b")]);
        assert_eq!(found, ["a: its dependency b has a path and no version"]);
    }

    #[test]
    fn each_crate_comes_after_those_that_it_needs() {
        let crates = [needs(package("a"), "b", "^1"), needs(package("b"), "c", "^1"), package("c")];
        let ordered: Vec<_> = in_order(&crates)
            .map(|ordered| ordered.iter().map(|p| p.name.clone()).collect())
            .expect("an order");
        assert_eq!(ordered, ["c", "b", "a"]);
        let circle = [needs(package("a"), "b", "^1"), needs(package("b"), "a", "^1")];
        assert!(problems(&circle).iter().any(|problem| problem == "these wait for each other: a, b"));
    }

    #[test]
    fn what_is_never_published_is_left_out() {
        let names: Vec<_> =
            published().expect("cargo runs").into_iter().map(|package| package.name).collect();
        assert!(names.contains(&"bearward-core".to_owned()));
        assert!(!names.contains(&"xtask".to_owned()), "{names:?}");
    }
}
