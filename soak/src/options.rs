//! What is asked of a run.

use std::time::Duration;

#[derive(clap::Parser)]
#[command(
    name = "cargo xtask soak",
    about = "An API under load while its authorization server flaps and rotates keys"
)]
pub(crate) struct Options {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    /// How long, in minutes
    #[arg(long, default_value_t = 10.0, conflicts_with = "seconds")]
    minutes: f64,

    /// How long, in seconds
    #[arg(long)]
    seconds: Option<u64>,

    /// How many clients send requests, each one after the other
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) clients: u32,

    /// How many requests all clients together send in a second, at most
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rate: u32,
}

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Be the API; started by the run itself
    #[command(hide = true)]
    Serve {
        /// The issuer to trust
        issuer: String,
    },
}

impl Options {
    pub(crate) fn duration(&self) -> Duration {
        let minutes = || Duration::try_from_secs_f64(self.minutes * 60.0).unwrap_or(Duration::ZERO);
        self.seconds.map_or_else(minutes, Duration::from_secs)
    }

    /// Between two lines of progress.
    pub(crate) fn every(&self) -> Duration {
        Duration::from_secs(10)
    }

    /// Between two requests of one client.
    pub(crate) fn pause(&self) -> Duration {
        Duration::from_secs(1) * self.clients / self.rate
    }
}
