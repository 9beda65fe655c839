//! What all connections have in common.

use std::time::Duration;

use tokio_rustls::TlsConnector;

use crate::ttl;

pub(crate) struct Settings {
    pub(crate) timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) clock_tolerance: Duration,
    pub(crate) key_prefix: String,
    pub(crate) tls: Option<TlsConnector>,
}

impl Settings {
    /// How much longer than it is valid the servers keep an entry.
    pub(crate) fn margin(&self) -> Duration {
        ttl::margin(self.clock_tolerance)
    }
}
