//! What others' tools read: spelling, TOML, the workflows, the container's files and the forms for issues.
//!
//! `lint/` names the tools with their versions. None of them asks the network.

use std::fs;

use crate::command::Command;
use crate::failure::Failure;
use crate::{npm, output, python, repository, tracked};

const TOOLS: &str = "lint";

const INSTALLED: &str = "`cargo xtask test lint` installs it";

/// Files that GitHub, Dependabot and Compose read, and the schema that comes with check-jsonschema.
const SCHEMAS: [(&str, &[&str]); 5] = [
    (
        "github-workflows",
        &[".github/workflows/ci.yml", ".github/workflows/fuzz.yml", ".github/workflows/release.yml"],
    ),
    ("dependabot", &[".github/dependabot.yml"]),
    ("github-issue-config", &[".github/ISSUE_TEMPLATE/config.yml"]),
    ("github-issue-forms", &[".github/ISSUE_TEMPLATE/bug.yml", ".github/ISSUE_TEMPLATE/feature.yml"]),
    ("compose-spec", &["compose.yaml"]),
];

/// Each tool reads everything, whatever an earlier one found.
pub(crate) fn check() -> Result<(), Failure> {
    python::install(TOOLS)?;
    npm::install(TOOLS)?;
    let mut failures = vec![
        tool("typos").run(),
        toml(),
        tool("zizmor").args(["--offline", "--quiet", "--no-progress", ".github"]).run(),
        tool("hadolint").arg("Dockerfile").run(),
        npm::script(TOOLS, "workflows"),
    ];
    for (schema, files) in SCHEMAS {
        let schema = format!("vendor.{schema}");
        failures.push(tool("check-jsonschema").args(["--builtin-schema", &schema]).args(files).run());
    }
    failures.push(unread());
    let failures: Vec<_> = failures.into_iter().filter_map(Result::err).collect();
    if failures.is_empty() {
        return Ok(());
    }
    Err(Failure::new(failures.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")))
}

/// Files are named, since without them taplo looks through `target` and `node_modules`, which takes minutes.
fn toml() -> Result<(), Failure> {
    let files = tracked::files()?.into_iter().filter(|file| file.ends_with(".toml"));
    tool("taplo").args(["fmt", "--check"]).args(files).env("RUST_LOG", "error").run()
}

fn tool(name: &str) -> Command {
    let program = repository::root().join(TOOLS).join(".venv/bin").join(name);
    Command::new(program, name, INSTALLED)
}

/// A workflow or a form that no schema is named for would not be read.
fn unread() -> Result<(), Failure> {
    let mut unread = Vec::new();
    for folder in [".github/workflows", ".github/ISSUE_TEMPLATE"] {
        for entry in fs::read_dir(repository::root().join(folder)).into_iter().flatten().flatten() {
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if !is_read(&path) {
                output::say(&format!("{path}: xtask/src/lint.rs names no schema for it"));
                unread.push(path);
            }
        }
    }
    if unread.is_empty() { Ok(()) } else { Err(Failure::new(format!("not read: {}", unread.join(", ")))) }
}

fn is_read(path: &str) -> bool {
    SCHEMAS.iter().any(|(_, files)| files.contains(&path))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use super::{SCHEMAS, is_read};
    use crate::{repository, tracked};

    /// The directories that dependabot.yml names for this kind of package.
    fn watched(page: &str, kind: &str) -> BTreeSet<String> {
        let section = page.split("\n  - package-ecosystem: ").find_map(|section| section.strip_prefix(kind));
        let directory = |line: &str| Some(line.strip_prefix("      - /")?.to_owned());
        section.unwrap_or_default().lines().filter_map(directory).collect()
    }

    #[test]
    fn dependabot_watches_every_lock_file_and_nothing_else() {
        let page =
            fs::read_to_string(repository::root().join(".github/dependabot.yml")).expect("it is there");
        let files = tracked::files().expect("git lists the files");
        for (kind, lock) in
            [("cargo", "Cargo.lock"), ("npm", "package-lock.json"), ("pip", "requirements.txt")]
        {
            let folder = |file: &String| {
                let (folder, name) = file.rsplit_once('/').unwrap_or(("", file));
                name.ends_with(lock).then(|| folder.to_owned())
            };
            let locked: BTreeSet<_> = files.iter().filter_map(folder).collect();
            assert_eq!(watched(&page, kind), locked, "{kind}: .github/dependabot.yml, then the lock files");
        }
    }

    #[test]
    fn a_directory_that_dependabot_does_not_watch_is_noticed() {
        let page = "updates:\n  - package-ecosystem: cargo\n    directories:\n      - /\n  - package-ecosystem: npm\n      - /a\n";
        assert_eq!(watched(page, "cargo"), BTreeSet::from([String::new()]));
        assert_eq!(watched(page, "npm"), BTreeSet::from(["a".to_owned()]));
        assert!(watched(page, "pip").is_empty());
    }

    #[test]
    fn every_file_with_a_schema_exists() {
        for (_, files) in SCHEMAS {
            for file in files {
                assert!(repository::root().join(file).is_file(), "{file}");
            }
        }
    }

    #[test]
    fn a_workflow_without_a_schema_is_noticed() {
        assert!(is_read(".github/workflows/ci.yml"));
        assert!(!is_read(".github/workflows/other.yml"));
    }
}
