//! Child processes, shown before they run and explained when they fail.

use std::ffi::OsStr;
use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::process::{self, Stdio};

use crate::failure::Failure;
use crate::{output, repository};

/// What Cargo.toml says of the profile of dependencies.
const DEPENDENCY_PROFILE: [&str; 7] = [
    "profile.dev.package.aws-lc-sys.opt-level=1",
    "profile.dev.package.crc32fast.opt-level=1",
    "profile.dev.package.miniz_oxide.opt-level=1",
    "profile.dev.package.proptest.opt-level=1",
    "profile.dev.package.rand_chacha.opt-level=1",
    "profile.dev.package.rand_core.opt-level=1",
    "profile.dev.package.serde_json.opt-level=1",
];

/// A command in the making, run from the root of the repository unless told otherwise.
pub(crate) struct Command {
    inner: process::Command,
    /// What a person would type for the same, environment included.
    shown: String,
    if_missing: &'static str,
}

impl Command {
    /// `if_missing` says what to do when there is no such program.
    pub(crate) fn new(program: impl AsRef<OsStr>, shown: &str, if_missing: &'static str) -> Self {
        let mut inner = process::Command::new(program);
        inner.current_dir(repository::root());
        Self { inner, shown: shown.to_owned(), if_missing }
    }

    /// The cargo that runs this task.
    pub(crate) fn cargo(subcommand: &str) -> Self {
        let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        Self::new(program, "cargo", "install Rust with rustup").arg(subcommand)
    }

    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.shown.push(' ');
        self.shown.push_str(&arg.as_ref().to_string_lossy());
        self.inner.arg(arg);
        self
    }

    pub(crate) fn args<A: AsRef<OsStr>>(self, args: impl IntoIterator<Item = A>) -> Self {
        args.into_iter().fold(self, Self::arg)
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.shown = format!("{name}={value:?} {}", self.shown);
        self.inner.env(name, value);
        self
    }

    pub(crate) fn in_directory(mut self, directory: &str) -> Self {
        self.shown = format!("(in {directory}) {}", self.shown);
        self.inner.current_dir(repository::root().join(directory));
        self
    }

    /// Passes `--manifest-path`, shown relative to the root.
    pub(crate) fn manifest(mut self, manifest: &Path) -> Self {
        let relative = manifest.strip_prefix(repository::root()).unwrap_or(manifest);
        self.shown.push_str(&format!(" --manifest-path {}", relative.display()));
        self.inner.arg("--manifest-path").arg(manifest);
        self
    }

    /// Has cargo build another workspace where this one's dependencies are, by the same profile: one that has the same
    /// version and features here is not built again.
    pub(crate) fn with_our_dependencies(self) -> Self {
        let command = self.args(["--target-dir", "target"]);
        DEPENDENCY_PROFILE.iter().fold(command, |command, setting| command.args(["--config", setting]))
    }

    /// Shows the command, runs it on this terminal, or on this thread's [output], and fails unless it succeeds.
    pub(crate) fn run(mut self) -> Result<(), Failure> {
        output::say(&format!("$ {}", self.shown));
        if let Some(file) = output::file() {
            let file = file.map_err(|error| Failure::new(format!("cannot keep the output: {error}")))?;
            self.inner.stdout(file.0).stderr(file.1);
        }
        let status = self.inner.stdin(Stdio::null()).status();
        let status = status.map_err(|error| self.not_started(&error))?;
        self.judge(status)
    }

    /// Shows the command and becomes it, where the system can do that: an interrupt then reaches the command alone,
    /// which may have something to say before it ends.
    pub(crate) fn run_in_place(mut self) -> Result<(), Failure> {
        println!("$ {}", self.shown);
        // Not `?`: a closed standard output must not stop the command.
        let _ = std::io::stdout().flush();
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt as _;
            let error = self.inner.exec();
            Err(self.not_started(&error))
        }
        #[cfg(not(unix))]
        {
            let status = self.inner.status().map_err(|error| self.not_started(&error))?;
            self.judge(status)
        }
    }

    /// Runs the command without showing it and gives what it printed on standard output.
    pub(crate) fn output(mut self) -> Result<Vec<u8>, Failure> {
        let output = self.inner.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
        let output = output.map_err(|error| self.not_started(&error))?;
        self.judge(output.status)?;
        Ok(output.stdout)
    }

    /// Whether the command can be run at all; nothing is shown.
    pub(crate) fn succeeds_quietly(mut self) -> bool {
        let status = self.inner.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    }

    fn judge(&self, status: process::ExitStatus) -> Result<(), Failure> {
        match status.code() {
            Some(0) => Ok(()),
            Some(code) => Err(Failure::new(format!("`{}` exited with {code}", self.shown))),
            None => Err(Failure::new(format!("`{}` was ended by a signal", self.shown))),
        }
    }

    fn not_started(&self, error: &std::io::Error) -> Failure {
        let program = self.inner.get_program().to_string_lossy();
        if error.kind() == ErrorKind::NotFound {
            Failure::new(format!("{program} is not installed: {}", self.if_missing))
        } else {
            Failure::new(format!("cannot start {program}: {error}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Command, DEPENDENCY_PROFILE};
    use crate::repository;

    #[test]
    fn other_workspaces_build_dependencies_as_this_one_does() {
        let manifest = fs::read_to_string(repository::root().join("Cargo.toml")).expect("it is there");
        let settings = DEPENDENCY_PROFILE.map(|setting| {
            let setting = setting.trim_start_matches("profile.dev.package.");
            setting.replace(".opt-level=1", " = { opt-level = 1 }\n")
        });
        let section = format!("[profile.dev.package]\n{}", settings.concat());
        assert!(manifest.ends_with(&section), "{section}");
    }

    #[test]
    fn a_missing_program_is_named_with_what_to_do() {
        let failure = Command::new("no-such-program-here", "no-such-program-here", "install it").run();
        let line = failure.expect_err("there is no such program").to_string();
        assert_eq!(line, "no-such-program-here is not installed: install it");
    }

    #[test]
    fn a_failure_shows_the_command_as_a_person_would_type_it() {
        let failure = Command::cargo("no-such-subcommand").env("KEY", "a b").arg("--flag").run();
        let line = failure.expect_err("there is no such subcommand").to_string();
        assert_eq!(line, "`KEY=\"a b\" cargo no-such-subcommand --flag` exited with 101");
    }

    #[test]
    fn output_is_what_the_command_printed() {
        let printed = Command::cargo("--version").output().expect("cargo runs");
        assert!(printed.starts_with(b"cargo "));
    }
}
