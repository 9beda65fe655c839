//! Python and pip, for the parties of the interop tests that are written in Python.

use std::fs;

use crate::command::Command;
use crate::failure::Failure;
use crate::{debian, repository};

const INSTALL_PYTHON: &str = "install Python 3.10 or later with venv and pip, on Debian and its kin with `apt-get install python3-venv`";

/// Makes `directory/.venv` hold exactly the packages of `directory/requirements.txt`, each with one of its hashes.
pub(crate) fn install(directory: &str) -> Result<(), Failure> {
    let folder = repository::root().join(directory);
    let unreadable = |error| Failure::new(format!("cannot read {directory}/requirements.txt: {error}"));
    let wanted = fs::read_to_string(folder.join("requirements.txt")).map_err(unreadable)?;
    let environment = folder.join(".venv");
    // It is complete once its marker says what it holds.
    let marker = environment.join("requirements.txt");
    if fs::read_to_string(&marker).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    let create = || Command::new("python3", "python3", INSTALL_PYTHON).in_directory(directory);
    let create = || create().args(["-m", "venv", "--clear", ".venv"]).run();
    if create().is_err() {
        debian::install(&["python3", "python3-venv"]);
        create().map_err(|failure| Failure::new(format!("{failure}; {INSTALL_PYTHON}")))?;
    }
    Command::new(environment.join("bin/python"), ".venv/bin/python", INSTALL_PYTHON)
        .in_directory(directory)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"])
        .args(["--only-binary", ":all:", "-r", "requirements.txt"])
        .run()
        .map_err(|failure| Failure::new(format!("{failure}; can pip reach its registry?")))?;
    fs::write(&marker, wanted).map_err(|error| Failure::new(format!("cannot write {marker:?}: {error}")))
}
