//! Node.js and npm, for the parts of the repository that are written in JavaScript.

use crate::command::Command;
use crate::failure::Failure;

const INSTALL_NODE: &str = "install Node.js 20 or later, which brings npm, and put both on PATH";

const OLDEST_NODE: u32 = 20;

/// Makes `directory` ready to run: Node.js and npm must be there, then exactly the locked packages.
pub(crate) fn install(directory: &str) -> Result<(), Failure> {
    let version = Command::new("node", "node", INSTALL_NODE).arg("--version").output()?;
    require_node(&String::from_utf8_lossy(&version))?;
    npm(directory).arg("--version").output()?;
    npm(directory).args(["ci", "--no-audit", "--no-fund"]).run().map_err(|failure| {
        Failure::new(format!(
            "{failure}; can npm reach its registry, and is {directory}/package-lock.json current?"
        ))
    })
}

fn require_node(printed: &str) -> Result<(), Failure> {
    let printed = printed.trim();
    let major = printed.trim_start_matches('v').split('.').next().and_then(|major| major.parse().ok());
    match major {
        Some(OLDEST_NODE..=u32::MAX) => Ok(()),
        _ => Err(Failure::new(format!("Node.js is {printed:?} here: {INSTALL_NODE}"))),
    }
}

/// Runs a script of `directory`'s package.json.
pub(crate) fn script(directory: &str, name: &str) -> Result<(), Failure> {
    of_script(directory, name).run()
}

/// The command that runs a script of `directory`'s package.json.
pub(crate) fn of_script(directory: &str, name: &str) -> Command {
    npm(directory).args(["run", name])
}

/// What npm prints for these arguments.
pub(crate) fn output(directory: &str, arguments: &[&str]) -> Result<Vec<u8>, Failure> {
    npm(directory).args(arguments).output()
}

fn npm(directory: &str) -> Command {
    // On Windows npm is a batch file, which is found only by its full name.
    let program = if cfg!(windows) { "npm.cmd" } else { "npm" };
    Command::new(program, "npm", INSTALL_NODE).in_directory(directory)
}

#[cfg(test)]
mod tests {
    use super::require_node;

    #[test]
    fn an_old_node_is_named_with_what_to_do() {
        assert_eq!(require_node("v20.0.0\n"), Ok(()));
        assert_eq!(require_node("v100.1.2\n"), Ok(()));
        for old in ["v18.20.1\n", "nonsense", ""] {
            let line = require_node(old).expect_err("too old").to_string();
            assert!(line.contains("install Node.js 20 or later"), "{line}");
        }
    }
}
