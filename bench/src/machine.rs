//! What the numbers were made on and with: without it they mean nothing.

use std::fs;

use serde::Serialize;

/// The machine, the compiler and the versions of all that took part.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Machine {
    pub(crate) cpu: String,
    pub(crate) cores: usize,
    pub(crate) kernel: String,
    pub(crate) compiler: &'static str,
    pub(crate) versions: Vec<(&'static str, String)>,
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
            compiler: env!("BENCH_RUSTC"),
            versions: PACKAGES
                .into_iter()
                .map(|package| (package, versions(include_str!("../Cargo.lock"), package)))
                .filter(|(_, versions)| !versions.is_empty())
                .collect(),
        }
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
