//! The command as a process of its own, and what it printed.

#![allow(dead_code)] // each test takes what it needs

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A `bearward demo` that is killed when it goes out of scope.
pub(crate) struct Demo {
    child: Child,
    stdout: BufReader<ChildStdout>,
    printed: Vec<String>,
}

/// A printed line, with the status that the comment above it promises.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) section: String,
    pub(crate) status: Option<u16>,
    pub(crate) about: String,
    pub(crate) command: String,
}

/// What another command printed, which must have succeeded.
pub(crate) fn stdout(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The command, for the test's own arguments: the program of this package, or the same one of `bearward-tests`.
pub(crate) fn bearward() -> Command {
    let program = option_env!("CARGO_BIN_EXE_bearward").or(option_env!("CARGO_BIN_EXE_bearward-program"));
    Command::new(program.expect("cargo names the programs of a test's own package"))
}

impl Demo {
    /// Starts it and waits until it has printed everything, that is, until it serves.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_briefly(&[&["--verbose"], arguments].concat())
    }

    /// The same without the lines that only `--verbose` prints.
    pub(crate) fn start_briefly(arguments: &[&str]) -> Self {
        Self::start_as(bearward(), arguments)
    }

    /// The same, where another command starts the one under test: in another root directory, for example.
    pub(crate) fn start_as(mut command: Command, arguments: &[&str]) -> Self {
        let mut child = command
            .arg("demo")
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut demo = Self { child, stdout, printed: Vec::new() };
        demo.read_until_the_end();
        demo
    }

    /// The last line says how to end it.
    fn read_until_the_end(&mut self) {
        loop {
            let mut line = String::new();
            let read = self.stdout.read_line(&mut line).expect("standard output is UTF-8");
            if read == 0 {
                panic!("it ended too early: {}", self.complaints());
            }
            let line = line.trim_end().to_owned();
            let is_last = line.starts_with("Ctrl-C ends the demo");
            self.printed.push(line);
            if is_last {
                return;
            }
        }
    }

    /// Everything that it printed.
    pub(crate) fn printed(&self) -> &[String] {
        &self.printed
    }

    /// Where the API is.
    pub(crate) fn api(&self) -> &str {
        self.printed_value("API")
    }

    /// The issuer whose tokens it accepts.
    pub(crate) fn issuer(&self) -> &str {
        self.printed_value("authorization server")
    }

    fn printed_value(&self, name: &str) -> &str {
        let line = self.printed.iter().find_map(|line| line.strip_prefix(name)).expect("it is printed");
        line.split_whitespace().next().expect("it has a value")
    }

    /// The lines to paste.
    pub(crate) fn lines(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        let (mut section, mut about) = ("", "");
        let sections = self.printed.iter().skip_while(|line| !line.starts_with("##"));
        for line in sections.take_while(|line| !line.starts_with("API ")) {
            if let Some(title) = line.strip_prefix("## ") {
                section = title;
            } else if let Some(comment) = line.strip_prefix("# ") {
                about = comment;
            } else if !line.is_empty() {
                let status = about.split_once(':').and_then(|(status, _)| status.parse().ok());
                let (section, about) = (section.to_owned(), about.to_owned());
                lines.push(Line { section, status, about, command: line.clone() });
            }
        }
        lines
    }

    /// The lines to paste first: they fetch tokens.
    pub(crate) fn token_lines(&self) -> String {
        let lines = self.lines().into_iter().filter(|line| line.section == "Get tokens");
        lines.map(|line| line.command + "\n").collect()
    }

    /// Sends the process a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([&format!("-{name}"), &id]).status().expect("kill runs");
        assert!(sent.success(), "kill -{name} {id}");
    }

    /// How it ended, once it has; it must within this time.
    pub(crate) fn ended_within(&mut self, longest: Duration) -> ExitStatus {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("it can be waited for") {
                return status;
            }
            assert!(started.elapsed() < longest, "it still runs");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// What it wrote to standard error, once it has ended.
    pub(crate) fn complaints(&mut self) -> String {
        let mut text = String::new();
        let stderr = self.child.stderr.as_mut().expect("it is piped");
        stderr.read_to_string(&mut text).expect("standard error is UTF-8");
        text
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // It may have ended already, which is just as well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A directory of this test's own, empty, and gone with it.
pub(crate) struct Directory(PathBuf);

impl Directory {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("bearward-cli-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).expect("nobody else has made it");
        Self(path)
    }

    /// The path of a file in it, which may not be there.
    pub(crate) fn file(&self, name: &str) -> String {
        self.0.join(name).to_str().expect("it is UTF-8").to_owned()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What bash makes of this script: its standard output.
pub(crate) fn bash(script: &str) -> String {
    let output = Command::new("bash").args(["-c", script]).output().expect("bash is there");
    String::from_utf8(output.stdout).expect("the output is UTF-8")
}

/// What a run of the command left behind.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }
}

/// Runs `bearward explain` with this on its standard input.
pub(crate) fn explain(arguments: &[&str], input: impl AsRef<[u8]>) -> Run {
    run("explain", arguments, input)
}

/// The same with this environment variable.
pub(crate) fn explain_with(variable: (&str, &str), arguments: &[&str], input: impl AsRef<[u8]>) -> Run {
    let mut command = bearward();
    command.env(variable.0, variable.1);
    run_in(command, "explain", arguments, input)
}

/// Runs `bearward dpop-proof` with this on its standard input.
pub(crate) fn dpop_proof(arguments: &[&str], input: impl AsRef<[u8]>) -> Run {
    run("dpop-proof", arguments, input)
}

fn run(command: &str, arguments: &[&str], input: impl AsRef<[u8]>) -> Run {
    let mut bearward = bearward();
    bearward.env_remove("CLIENT_SECRET");
    run_in(bearward, command, arguments, input)
}

fn run_in(mut bearward: Command, command: &str, arguments: &[&str], input: impl AsRef<[u8]>) -> Run {
    let mut child = bearward
        .arg(command)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Where the command line makes no sense, nobody reads it.
    let _ = child.stdin.take().unwrap().write_all(input.as_ref());
    let output = child.wait_with_output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}
