//! `cargo xtask coverage`: how much of each crate its tests run, with cargo-llvm-cov.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::command::Command;
use crate::failure::Failure;
use crate::repository;

/// Where the table is kept, for CI to show.
const TABLE: &str = "target/coverage.txt";

/// So many files are named, those with the most lines that no test runs.
const NAMED_FILES: usize = 10;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// The crates whose tests run, and whose lines are counted
    #[arg(value_name = "CRATE", default_values = ["bearward-core", "bearward", "bearward-tower", "bearward-axum"])]
    crates: Vec<String>,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    if !Command::cargo("llvm-cov").arg("--version").succeeds_quietly() {
        return Err(Failure::new(
            "cargo-llvm-cov is not installed: run `cargo install cargo-llvm-cov --locked`",
        ));
    }
    let report = repository::root().join("target/coverage.json");
    let mut command = Command::cargo("llvm-cov").args(["--all-features", "--json", "--summary-only"]);
    // Unit tests in separate files are no part of the product.
    command = command.args(["--ignore-filename-regex", r"/tests(/|\.rs$)", "--output-path"]).arg(&report);
    for name in &options.crates {
        command = command.args(["--package", name]);
    }
    for (variable, tool) in of_the_system()? {
        command = command.env(variable, &tool);
    }
    let failed = |error| Failure::new(format!("cannot make {}: {error}", report.display()));
    fs::create_dir_all(repository::root().join("target")).map_err(failed)?;
    command.run()?;
    let read = |error| Failure::new(format!("cannot read {}: {error}", report.display()));
    let table = table(&fs::read_to_string(&report).map_err(read)?, &options.crates)?;
    print!("\n{table}");
    fs::write(repository::root().join(TABLE), table)
        .map_err(|error| Failure::new(format!("cannot write {TABLE}: {error}")))
}

/// The tools of LLVM, with the variables that name them to cargo-llvm-cov, where those of rustup are not there. They must
/// be of the compiler's version: others cannot read what it counts.
fn of_the_system() -> Result<Vec<(&'static str, String)>, Failure> {
    const TOOLS: [(&str, &str); 2] = [("LLVM_COV", "llvm-cov"), ("LLVM_PROFDATA", "llvm-profdata")];
    let is_chosen = TOOLS.iter().all(|(variable, _)| std::env::var_os(variable).is_some());
    if is_chosen || has_component()? {
        return Ok(Vec::new());
    }
    let version = llvm_version(&rustc(&["--version", "--verbose"])?)?;
    let versioned = TOOLS.map(|(variable, tool)| (variable, format!("{tool}-{version}")));
    let is_there = |tool: &String| Command::new(tool, tool, "").arg("--version").succeeds_quietly();
    if versioned.iter().all(|(_, tool)| is_there(tool)) {
        return Ok(versioned.into());
    }
    Err(Failure::new(format!(
        "the tools of LLVM {version} are not there: run `rustup component add llvm-tools`, or on Debian and its kin `apt-get install llvm-{version}`"
    )))
}

fn has_component() -> Result<bool, Failure> {
    let libraries = rustc(&["--print", "target-libdir"])?;
    let tool = Path::new(libraries.trim()).with_file_name("bin").join("llvm-cov");
    Ok(tool.is_file() || tool.with_extension("exe").is_file())
}

fn rustc(arguments: &[&str]) -> Result<String, Failure> {
    let printed = Command::new("rustc", "rustc", "install Rust with rustup").args(arguments).output()?;
    Ok(String::from_utf8_lossy(&printed).into_owned())
}

/// The first number of LLVM's version, from what `rustc --version --verbose` prints.
fn llvm_version(printed: &str) -> Result<u32, Failure> {
    let version = printed.lines().find_map(|line| line.strip_prefix("LLVM version: "));
    let number = version.and_then(|version| version.split('.').next()?.parse().ok());
    number.ok_or_else(|| Failure::new("rustc does not say which LLVM it has"))
}

#[derive(Deserialize)]
struct Report {
    data: Vec<Data>,
}

#[derive(Deserialize)]
struct Data {
    files: Vec<File>,
}

#[derive(Deserialize)]
struct File {
    filename: String,
    summary: Summary,
}

#[derive(Deserialize)]
struct Summary {
    lines: Count,
}

#[derive(Clone, Copy, Default, Deserialize)]
struct Count {
    count: u64,
    covered: u64,
}

impl Count {
    fn add(&mut self, other: Self) {
        self.count += other.count;
        self.covered += other.covered;
    }

    fn percent(self) -> f64 {
        // Lines of code are far from what a double cannot hold.
        100.0 * self.covered as f64 / self.count as f64
    }

    fn missed(self) -> u64 {
        self.count - self.covered
    }
}

/// A line for each crate, and the files with the most lines that no test runs.
fn table(json: &str, crates: &[String]) -> Result<String, Failure> {
    let report: Report = serde_json::from_str(json)
        .map_err(|error| Failure::new(format!("cannot read the report of cargo-llvm-cov: {error}")))?;
    let mut totals: BTreeMap<&str, Count> = BTreeMap::new();
    let mut files = Vec::new();
    for file in report.data.iter().flat_map(|data| &data.files) {
        let path = file.filename.replace('\\', "/");
        let Some((_, inside)) = path.rsplit_once("/crates/") else { continue };
        let name = inside.split('/').next().unwrap_or_default();
        if let Some(name) = crates.iter().find(|wanted| *wanted == name) {
            totals.entry(name).or_default().add(file.summary.lines);
            files.push((inside.to_owned(), file.summary.lines));
        }
    }
    let mut table = format!("{:<22}{:>8}{:>8}\n", "crate", "lines", "run");
    for name in crates {
        let count = totals.get(name.as_str()).filter(|count| count.count > 0);
        let count = count.ok_or_else(|| Failure::new(format!("no line of {name} was counted")))?;
        // Not `?`: writing into a string cannot fail.
        let _ = writeln!(table, "{name:<22}{:>8}{:>8}{:>7.1}%", count.count, count.covered, count.percent());
    }
    files.sort_by_key(|(_, count)| std::cmp::Reverse(count.missed()));
    files.retain(|(_, count)| count.missed() > 0);
    for (file, count) in files.iter().take(NAMED_FILES) {
        let _ = writeln!(table, "{:>5} lines are not run in {file}", count.missed());
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::{llvm_version, table};

    const REPORT: &str = r#"{"data":[{"files":[
        {"filename":"/r/crates/bearward-core/src/a.rs","summary":{"lines":{"count":30,"covered":29,"percent":96.6}}},
        {"filename":"/r/crates/bearward-core/src/b.rs","summary":{"lines":{"count":10,"covered":9,"percent":90.0}}},
        {"filename":"/r/crates/bearward/src/lib.rs","summary":{"lines":{"count":5,"covered":5,"percent":100.0}}},
        {"filename":"/r/crates/bearward-issuer/src/lib.rs","summary":{"lines":{"count":5,"covered":0,"percent":0.0}}}
    ],"totals":{}}],"type":"llvm.coverage.json.export","version":"3.1.0"}"#;

    #[test]
    fn the_lines_of_each_named_crate_are_added() {
        let crates = ["bearward-core", "bearward"].map(str::to_owned);
        let expected = "\
crate                    lines     run
bearward-core               40      38   95.0%
bearward                     5       5  100.0%
    1 lines are not run in bearward-core/src/a.rs
    1 lines are not run in bearward-core/src/b.rs
";
        assert_eq!(table(REPORT, &crates).as_deref(), Ok(expected));
    }

    #[test]
    fn a_crate_that_was_not_counted_is_named() {
        let failure = table(REPORT, &["bearward-tower".to_owned()]).expect_err("it is not in the report");
        assert_eq!(failure.to_string(), "no line of bearward-tower was counted");
    }

    #[test]
    fn the_tools_are_those_of_the_compilers_llvm() {
        assert_eq!(llvm_version("rustc 1.95.0\nrelease: 1.95.0\nLLVM version: 22.1.2\n"), Ok(22));
        assert!(llvm_version("rustc 1.95.0\n").is_err());
    }
}
