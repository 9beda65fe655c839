//! A program that others wrote, as a process of its own, which says in lines of JSON what it does.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

/// It ends with its standard input, so a test that dies takes it along.
pub(crate) struct Party {
    child: Child,
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

/// A file or program of one of the folders in `interop`.
pub(crate) fn interop(path: &str) -> PathBuf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../interop");
    PathBuf::from(folder).join(path)
}

impl Party {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}; `cargo xtask test interop` installs it"));
        let commands = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("it is piped"));
        Self { child, commands, answers }
    }

    /// The next line that it says.
    pub(crate) fn line(&mut self) -> Value {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("it answers in UTF-8");
        assert!(!line.is_empty(), "it ended too early; `cargo xtask test interop` installs what it needs");
        serde_json::from_str(&line).expect("it answers in JSON")
    }

    /// Gives a command, and what is answered.
    pub(crate) fn ask(&mut self, command: &str) -> Value {
        writeln!(self.commands.as_mut().expect("it is piped"), "{command}").expect("it listens");
        self.line()
    }
}

impl Drop for Party {
    fn drop(&mut self) {
        // It removes what it wrote to the disk and ends what it started.
        drop(self.commands.take());
        let _ = self.child.wait();
    }
}
