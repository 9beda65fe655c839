//! The API's process as this one sees it: its log, its memory, its descriptors.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::Failed;

/// Ends when this is dropped.
pub(crate) struct Api {
    child: Child,
    /// The API serves for as long as this is open.
    #[expect(dead_code, reason = "held for what its drop does")]
    stdin: Option<ChildStdin>,
    port: u16,
    log: Arc<Mutex<LogVolume>>,
}

/// What the API wrote to its log.
#[derive(Debug, Default, Clone)]
pub(crate) struct LogVolume {
    pub(crate) bytes: u64,
    pub(crate) lines: u64,
    /// By the `code` of the line.
    pub(crate) codes: BTreeMap<String, u64>,
}

/// What the kernel says of a process.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Usage {
    pub(crate) resident: u64,
    pub(crate) peak: u64,
    pub(crate) descriptors: usize,
}

impl Api {
    pub(crate) fn start(issuer: &str) -> Result<Self, Failed> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["serve", issuer])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let log = Arc::new(Mutex::new(LogVolume::default()));
        let volume = Arc::clone(&log);
        thread::spawn(move || stderr.map(|stderr| read(stderr, &volume)));
        let mut port = String::new();
        if let Some(stdout) = stdout {
            BufReader::new(stdout).read_line(&mut port)?;
        }
        let port = port.trim().parse::<u16>().map_err(|_| "the API did not start")?;
        Ok(Self { child, stdin, port, log })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn log(&self) -> LogVolume {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// `None` once the process has ended, and where there is no `/proc`.
    pub(crate) fn usage(&self) -> Option<Usage> {
        let directory = format!("/proc/{}", self.child.id());
        let status = fs::read_to_string(format!("{directory}/status")).ok()?;
        let kibibytes = |name| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse::<u64>().ok()
        };
        let descriptors = fs::read_dir(format!("{directory}/fd")).map_or(0, Iterator::count);
        Some(Usage { resident: kibibytes("VmRSS:")? * 1024, peak: kibibytes("VmHWM:")? * 1024, descriptors })
    }

    /// Whether the process still runs.
    pub(crate) fn lives(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        // It may have ended by itself, which is what was wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(log: impl Read, volume: &Mutex<LogVolume>) {
    let mut lines = BufReader::new(log);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
        let mut volume = volume.lock().unwrap_or_else(PoisonError::into_inner);
        volume.lines += 1;
        volume.bytes += line.len() as u64;
        let code = code_of(&String::from_utf8_lossy(&line)).to_owned();
        *volume.codes.entry(code).or_default() += 1;
        line.clear();
    }
}

fn code_of(line: &str) -> &str {
    let code = line.split_once("code=\"").and_then(|(_, rest)| rest.split_once('"'));
    code.map_or("(no code)", |(code, _)| code)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::{LogVolume, read};

    #[test]
    fn lines_are_counted_by_their_code() {
        let volume = Mutex::new(LogVolume::default());
        let log = "INFO bearward: rejected code=\"key_unknown\" kid=None\nplain\nWARN code=\"key_unknown\"\n";
        read(log.as_bytes(), &volume);
        let volume = volume.into_inner().unwrap();
        assert_eq!((volume.lines, volume.bytes), (3, log.len() as u64));
        assert_eq!(volume.codes["key_unknown"], 2);
        assert_eq!(volume.codes["(no code)"], 1);
    }
}
