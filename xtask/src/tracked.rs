//! What git tracks in this repository.

use crate::command::Command;
use crate::failure::Failure;

/// The files that git tracks, relative to the root.
pub(crate) fn files() -> Result<Vec<String>, Failure> {
    let listed = Command::new("git", "git", "install git").args(["ls-files", "-z"]).output()?;
    let listed = String::from_utf8_lossy(&listed);
    Ok(listed.split_terminator('\0').map(str::to_owned).collect())
}

/// The directories (relative to the root) of all Rust packages, inside the workspace and outside it.
pub(crate) fn packages() -> Result<Vec<String>, Failure> {
    let directory = |file: String| file.strip_suffix("/Cargo.toml").map(str::to_owned);
    Ok(files()?.into_iter().filter_map(directory).collect())
}
