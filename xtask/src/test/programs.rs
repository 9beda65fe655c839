//! The programs that tests in JavaScript start. They are built with the features that the tests in Rust have, so that
//! nothing is built twice, and are copied: what is built later may take their place.

use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use serde::Deserialize;

use super::features;
use crate::command::Command;
use crate::failure::Failure;
use crate::repository;

/// The command and the conformance suite, both of `tests`, each with the variable that names it to a test.
const NEEDED: [(&str, &str); 2] =
    [("bearward-program", "BEARWARD_PROGRAM"), ("conformance", "BEARWARD_CONFORMANCE_PROGRAM")];

static BUILT: Mutex<Option<Vec<Program>>> = Mutex::new(None);

/// A program, and the variable that names it to a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Program {
    pub(super) variable: &'static str,
    pub(super) path: PathBuf,
}

/// Builds them, once in a run.
pub(super) fn built() -> Result<Vec<Program>, Failure> {
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(programs) = &*built {
        return Ok(programs.clone());
    }
    let messages = Command::cargo("test")
        .args(["--quiet", "--no-run", "--message-format", "json", "--workspace", "--test", "conformance"])
        .arg(features::without_interop()?)
        .output()?;
    let folder = repository::root().join("target/programs");
    let failed = |error| Failure::new(format!("cannot copy a program into {}: {error}", folder.display()));
    fs::create_dir_all(&folder).map_err(failed)?;
    let mut programs = executables(&String::from_utf8_lossy(&messages))?;
    for program in &mut programs {
        let copy = folder.join(program.path.file_name().unwrap_or_default());
        // Not over it: it may still run.
        let _ = fs::remove_file(&copy);
        fs::copy(&program.path, &copy).map_err(failed)?;
        program.path = copy;
    }
    *built = Some(programs.clone());
    Ok(programs)
}

#[derive(Deserialize)]
struct Message {
    target: Option<Target>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

/// The needed programs among what cargo says it has built.
fn executables(messages: &str) -> Result<Vec<Program>, Failure> {
    let messages: Vec<Message> =
        messages.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let find = |(name, variable): (&str, &'static str)| {
        let named = |message: &&Message| message.target.as_ref().is_some_and(|target| target.name == name);
        let path = messages.iter().filter(named).find_map(|message| message.executable.clone());
        let path = path.ok_or_else(|| Failure::new(format!("cargo does not say where it put {name}")))?;
        Ok(Program { variable, path })
    };
    NEEDED.into_iter().map(find).collect()
}

#[cfg(test)]
mod tests {
    use super::executables;

    const CARGO: &str = r#"{"reason":"compiler-artifact","target":{"kind":["lib"],"name":"bearward_cli"},"executable":null}
{"reason":"compiler-artifact","target":{"kind":["bin"],"name":"bearward-program"},"executable":"/t/bearward-program"}
"#;

    #[test]
    fn programs_are_found_in_what_cargo_says() {
        let suite = r#"{"target":{"kind":["test"],"name":"conformance"},"executable":"/t/conformance-1"}"#;
        let found =
            executables(&format!("{CARGO}{suite}\n{{\"reason\":\"build-finished\"}}\n")).expect("both");
        let paths: Vec<_> = found.iter().map(|program| program.path.to_str().unwrap_or_default()).collect();
        assert_eq!(paths, ["/t/bearward-program", "/t/conformance-1"]);
    }

    #[test]
    fn one_that_is_missing_is_named() {
        let failure = executables(CARGO).expect_err("no suite").to_string();
        assert!(failure.contains("conformance"), "{failure}");
    }
}
