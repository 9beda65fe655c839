//! `wrk`, told by two small Lua scripts what to send and how to report it.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use super::{Credentials, Order, Outcome};
use crate::pin;

pub(crate) struct Wrk {
    core: usize,
    version: String,
    repeated: PathBuf,
    listed: PathBuf,
}

impl Wrk {
    /// `None` if it is not installed. The scripts are written to `directory`.
    pub(super) fn find(core: usize, directory: &Path) -> Result<Option<Self>> {
        // It prints its version, but its exit code is that of a usage error.
        let Ok(output) = Command::new("wrk").arg("-v").stdin(Stdio::null()).output() else {
            return Ok(None);
        };
        let text = String::from_utf8_lossy(&output.stdout);
        let version = text.split('[').next().unwrap_or_default().trim();
        let report = include_str!("report.lua");
        let (repeated, listed) = (directory.join("repeated.lua"), directory.join("listed.lua"));
        fs::write(&repeated, report)?;
        fs::write(&listed, format!("{report}\n{}", include_str!("listed.lua")))?;
        Ok(Some(Self { core, version: version.to_owned(), repeated, listed }))
    }

    pub(super) fn core(&self) -> usize {
        self.core
    }

    pub(super) fn version(&self) -> &str {
        &self.version
    }

    pub(super) fn run(&self, order: &Order<'_>) -> Result<Outcome> {
        let script = match order.credentials {
            Credentials::Repeated(_) => &self.repeated,
            Credentials::Listed(_) => &self.listed,
        };
        let mut command: Vec<OsString> = vec![
            "wrk".into(),
            "--threads=1".into(),
            format!("--connections={}", order.connections).into(),
            format!("--duration={}s", order.seconds).into(),
            "--script".into(),
            script.into(),
        ];
        if let Credentials::Repeated(token) = order.credentials {
            command.push(format!("--header=Authorization: Bearer {token}").into());
        }
        command.push(format!("http://127.0.0.1:{}{}", order.port, order.path).into());
        if let Credentials::Listed(path) = order.credentials {
            command.push("--".into());
            command.push(path.into());
        }
        let output = pin::command(self.core, &command)?.output().context("wrk")?;
        let text = String::from_utf8_lossy(&output.stdout);
        let json = text.lines().find(|line| line.starts_with('{'));
        let Some(json) = json.filter(|_| output.status.success()) else {
            bail!("wrk failed: {}{text}", String::from_utf8_lossy(&output.stderr));
        };
        serde_json::from_str(json).context("what wrk reported")
    }
}
