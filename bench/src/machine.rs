//! What the numbers were made on and with: without it they mean nothing.

use std::fs;

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};

/// The machine, the compiler and the versions of all that took part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Machine {
    pub(crate) cpu: String,
    pub(crate) cores: usize,
    pub(crate) kernel: String,
    pub(crate) compiler: String,
    pub(crate) versions: Vec<(String, String)>,
}

/// The packages whose versions matter to a reader.
const PACKAGES: [&str; 16] = [
    "actix-web",
    "aws-lc-rs",
    "axum",
    "bearward-actix",
    "bearward-axum",
    "bearward-core",
    "bearward-tonic",
    "huskarl-axum",
    "huskarl-resource-server",
    "hyper",
    "jsonwebtoken",
    "jwt-authorizer",
    "oauth-resource-server",
    "tokio",
    "tonic",
    "tower-oauth2-resource-server",
];

impl Machine {
    pub(crate) fn this_one() -> Self {
        let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Self {
            cpu: model.map_or("unknown", |(_, name)| name.trim()).to_owned(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            kernel: format!("Linux {}", kernel.trim()),
            compiler: env!("BENCH_RUSTC").to_owned(),
            versions: PACKAGES
                .into_iter()
                .map(|package| (package.to_owned(), versions(include_str!("../Cargo.lock"), package)))
                .filter(|(_, versions)| !versions.is_empty())
                .collect(),
        }
    }

    /// Fails, naming what differs, if numbers from the two cannot be on one page.
    pub(crate) fn same_as(&self, other: &Self) -> Result<()> {
        let (one, two) = (self.facts(), other.facts());
        let only = |facts: &[String], others: &[String]| {
            let only: Vec<_> = facts.iter().filter(|fact| !others.contains(fact)).cloned().collect();
            if only.is_empty() { "nothing else".to_owned() } else { only.join(", ") }
        };
        ensure!(
            one == two,
            "reports can be merged only if machine, compiler and versions are the same: one is from {}; another is \
             from {}",
            only(&one, &two),
            only(&two, &one),
        );
        Ok(())
    }

    fn facts(&self) -> Vec<String> {
        let Self { cpu, cores, kernel, compiler, versions } = self;
        let mut facts = vec![cpu.clone(), format!("{cores} cores"), kernel.clone(), compiler.clone()];
        facts.extend(versions.iter().map(|(name, version)| format!("{name} {version}")));
        facts
    }
}

/// All versions of `package` in a lock file, for there may be several.
fn versions(lock: &str, package: &str) -> String {
    let name = format!("name = \"{package}\"");
    let version =
        |(_, line): (&str, &str)| Some(line.strip_prefix("version = \"")?.trim_end_matches('"').to_owned());
    let found: Vec<String> = lock
        .lines()
        .zip(lock.lines().skip(1))
        .filter(|(line, _)| *line == name)
        .filter_map(version)
        .collect();
    found.join(" and ")
}

#[cfg(test)]
mod tests {
    use super::versions;

    #[test]
    fn both_versions_of_a_package_are_named() {
        let lock = "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"a\"\nversion = \"2.0.0\"\n\n[[package]]\nname = \"aa\"\nversion = \"3.0.0\"\n";
        assert_eq!(versions(lock, "a"), "1.0.0 and 2.0.0");
    }
}
