//! The log on standard error.

use std::io::IsTerminal as _;

use tracing::level_filters::LevelFilter;

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Level {
    /// Nothing
    Off,
    /// Mistakes in the settings or in the API's own code
    Error,
    /// Keys that cannot be fetched or used
    Warn,
    /// Refused requests, each with its code, and fetched keys
    Info,
    /// Accepted requests too
    Debug,
    /// Everything
    Trace,
}

pub(crate) fn start(level: Level) {
    let filter = match level {
        Level::Off => LevelFilter::OFF,
        Level::Error => LevelFilter::ERROR,
        Level::Warn => LevelFilter::WARN,
        Level::Info => LevelFilter::INFO,
        Level::Debug => LevelFilter::DEBUG,
        Level::Trace => LevelFilter::TRACE,
    };
    let stderr = std::io::stderr();
    // No colour codes in a file or a pipe.
    let colours = stderr.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let log =
        tracing_subscriber::fmt().with_max_level(filter).with_ansi(colours).with_writer(std::io::stderr);
    // A second subscriber is refused; then whoever set the first one decides what is logged.
    let _ = log.try_init();
}
