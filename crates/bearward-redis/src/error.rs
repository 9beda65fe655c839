//! What is wrong with a configuration, and which store error a server's error becomes.

use std::fmt;

use bearward::store::StoreError;
use bearward::wire::RedactedUrl;
use redis::{ErrorKind, RedisError, ServerErrorKind};

/// A setting that cannot work, found before anything is connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RedisConfigError {
    /// A URL is not understood. The URL is not repeated, since it may hold a password.
    Url(&'static str),
    /// No server is named.
    NoServers,
    /// The key prefix holds a brace, which decides in a cluster where a key lives.
    KeyPrefix,
    /// A time limit is zero.
    Timeout,
    /// The certificate authority or the client certificate cannot be read, or no `rediss://` URL uses it.
    Tls(String),
    /// The secret for [`seal_with`](crate::RedisBuilder::seal_with) is shorter than 32 bytes.
    ShortSecret,
    /// The introspection store needs [`seal_with`](crate::RedisBuilder::seal_with).
    NoSecret,
}

impl fmt::Display for RedisConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(why) => write!(f, "the URL of a Redis server is not understood: {why}"),
            Self::NoServers => f.write_str("no Redis server is named"),
            Self::KeyPrefix => f.write_str("the key prefix holds a brace"),
            Self::Timeout => f.write_str("a time limit is zero"),
            Self::Tls(why) => write!(f, "TLS is not set up: {why}"),
            Self::ShortSecret => f.write_str("the secret to seal with is shorter than 32 bytes"),
            Self::NoSecret => f.write_str("the introspection store needs a secret to seal with"),
        }
    }
}

impl std::error::Error for RedisConfigError {}

/// A master refuses writes so. After a failover with one replica per master, it does so until it gets another one.
const NO_REPLICAS: &str = "NOREPLICAS: the Redis master has fewer replicas in sync than min-replicas-to-write asks \
    for, and refuses writes; connect a replica, and give each master two, so that one is left after a failover";

/// The store error for an error of a server, or of the connection to it.
pub(crate) fn store_error(error: &RedisError) -> StoreError {
    match error.code() {
        Some("OOM") => StoreError::Full,
        Some("NOREPLICAS") => StoreError::Unavailable(NO_REPLICAS.to_owned()),
        _ => StoreError::Unavailable(words_of(error)),
    }
}

/// What an operator is told of an error. A server that does not know a command quotes what was sent with it, a
/// password or a claim among it, and an answer that is not understood is quoted by the client: both are left out.
pub(crate) fn words_of(error: &RedisError) -> String {
    match error.kind() {
        ErrorKind::Parse | ErrorKind::UnexpectedReturnType => {
            "the server's answer is not understood".to_owned()
        }
        _ => {
            let text = error.to_string();
            let quotes = text.find("with args").unwrap_or(text.len());
            RedactedUrl::within(text[..quotes].trim_end_matches([',', ' ']))
        }
    }
}

pub(crate) fn unavailable(reason: impl Into<String>) -> StoreError {
    StoreError::Unavailable(reason.into())
}

/// Whether the connection must be replaced after this error: it is broken, its server is no longer the master, or
/// its answers can no longer be matched to commands.
pub(crate) fn ends_connection(error: &RedisError) -> bool {
    match error.kind() {
        ErrorKind::Io | ErrorKind::Parse | ErrorKind::AuthenticationFailed | ErrorKind::Client => true,
        ErrorKind::Server(kind) => matches!(
            kind,
            ServerErrorKind::ReadOnly | ServerErrorKind::BusyLoading | ServerErrorKind::MasterDown
        ),
        _ => matches!(error.code(), Some("NOAUTH" | "MISCONF" | "NOREPLICAS")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(kind: ErrorKind, detail: &str) -> String {
        let error = RedisError::from((kind, "An error was signalled by the server", detail.to_owned()));
        format!("{:?} {}", store_error(&error), words_of(&error))
    }

    #[test]
    fn what_was_sent_and_what_is_stored_is_not_quoted() {
        for (kind, detail, kept) in [
            (
                ErrorKind::Extension,
                "unknown command 'AUTH', with args beginning with: 'me' 'PW' ",
                "unknown command",
            ),
            (
                ErrorKind::Extension,
                "unknown command `SET`, with args beginning with: `PW`, ",
                "unknown command",
            ),
            (ErrorKind::UnexpectedReturnType, "(response was bulk-string('\"PW\"'))", "not understood"),
            (ErrorKind::Parse, "PW", "not understood"),
            (ErrorKind::Io, "cannot reach redis://me:PW@one:6379/?code=PW", "redis://…@one:6379/?code=…"),
        ] {
            let shown = shown(kind, detail);
            assert!(shown.contains(kept) && !shown.contains("PW") && !shown.contains("'me'"), "{shown}");
        }
    }
}
