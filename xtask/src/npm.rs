//! Node.js and npm, for the parts of the repository that are written in JavaScript.

use crate::command::Command;
use crate::failure::Failure;

const INSTALL_NODE: &str = "install Node.js 20 or later, which brings npm, and put both on PATH";

/// Makes `directory` ready to run: Node.js and npm must be there, then exactly the locked packages.
pub(crate) fn install(directory: &str) -> Result<(), Failure> {
    Command::new("node", "node", INSTALL_NODE)
        .arg("--version")
        .run()?;
    npm(directory).args(["ci", "--no-audit", "--no-fund"]).run().map_err(|failure| {
        Failure::new(format!("{failure}; can npm reach its registry, and is {directory}/package-lock.json current?"))
    })
}

/// Runs a script of `directory`'s package.json.
pub(crate) fn script(directory: &str, name: &str) -> Result<(), Failure> {
    npm(directory).args(["run", name]).run()
}

fn npm(directory: &str) -> Command {
    // On Windows npm is a batch file, which is found only by its full name.
    let program = if cfg!(windows) { "npm.cmd" } else { "npm" };
    Command::new(program, "npm", INSTALL_NODE).in_directory(directory)
}
