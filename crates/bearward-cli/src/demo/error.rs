//! Why the demo does not run.

use std::{fmt, io};

use bearward_axum::ConfigError;
use bearward_issuer::StartError;

use crate::usage::complaint;

/// Why the demo does not run.
#[derive(Debug)]
#[non_exhaustive]
pub enum DemoError {
    /// The API's port is taken by somebody else.
    PortInUse(u16),
    /// The API's port cannot be had for another reason.
    Bind(u16, io::Error),
    /// The embedded authorization server does not start.
    Issuer(StartError),
    /// The issuer or audience that was named cannot work.
    Config(ConfigError),
    /// The command line names something that cannot be worked with.
    Usage(String),
    /// Serving failed.
    Serve(io::Error),
}

impl DemoError {
    /// 2 where the command line is at fault, else 1.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Config(_) | Self::Usage(_) => 2,
            Self::PortInUse(_) | Self::Bind(..) | Self::Issuer(_) | Self::Serve(_) => 1,
        }
    }
}

impl fmt::Display for DemoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let in_use = |f: &mut fmt::Formatter<'_>, port: &u16, flag: &str| {
            write!(
                f,
                "port {port} of 127.0.0.1 is already in use; choose another with {flag} (0 picks a free one)"
            )
        };
        match self {
            Self::PortInUse(port) => in_use(f, port, "--port"),
            Self::Issuer(StartError::PortInUse(port)) => in_use(f, port, "--issuer-port"),
            Self::Bind(port, error) => {
                write!(f, "cannot bind port {port} of 127.0.0.1: {error}; choose another with --port")
            }
            Self::Issuer(error @ StartError::Bind(..)) => {
                write!(f, "{error}; choose another with --issuer-port")
            }
            Self::Issuer(error) => write!(f, "the authorization server does not start: {error}"),
            Self::Config(error) => f.write_str(&complaint(error)),
            Self::Usage(what) => f.write_str(what),
            Self::Serve(error) => write!(f, "cannot serve: {error}"),
        }
    }
}

impl std::error::Error for DemoError {}
