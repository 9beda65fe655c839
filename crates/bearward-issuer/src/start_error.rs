//! Why an issuer does not serve.

use std::{fmt, io};

use crate::config::ConfigError;
use crate::signing_key::KeyError;

/// Why an issuer did not start, or did not come up again.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// The configuration contradicts itself.
    Config(ConfigError),
    /// No key could be made.
    Key(KeyError),
    /// Somebody else has the port.
    PortInUse(u16),
    /// The port cannot be bound for another reason.
    Bind(u16, io::Error),
}

impl StartError {
    pub(crate) fn from_io(port: u16, error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::AddrInUse => Self::PortInUse(port),
            _ => Self::Bind(port, error),
        }
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => write!(f, "invalid configuration: {error}"),
            Self::Key(error) => write!(f, "no signing key: {error}"),
            Self::PortInUse(port) => write!(f, "port {port} of 127.0.0.1 is already in use"),
            Self::Bind(port, error) => write!(f, "cannot bind port {port} of 127.0.0.1: {error}"),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Config(error) => Some(error),
            Self::Key(error) => Some(error),
            Self::PortInUse(_) => None,
            Self::Bind(_, error) => Some(error),
        }
    }
}
