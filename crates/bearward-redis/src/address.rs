//! Where a server is and how to sign in to it, as its URL says.

use std::fmt;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;
use redis::RedisConnectionInfo;
use url::Url;

use crate::error::RedisConfigError;

const DEFAULT_PORT: u16 = 6379;

/// `redis://[[user]:password@]host[:port][/database]`, `rediss://` with TLS, or `unix:///path`.
#[derive(Clone)]
pub(crate) struct Address {
    pub(crate) endpoint: Endpoint,
    pub(crate) sign_in: SignIn,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Endpoint {
    Tcp { host: String, port: u16, transport: Transport },
    Unix(PathBuf),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Transport {
    Plain,
    Tls,
}

/// Without `Debug`: it holds a password.
#[derive(Clone, Default)]
pub(crate) struct SignIn {
    pub(crate) username: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) database: i64,
}

impl Address {
    pub(crate) fn parse(text: &str) -> Result<Self, RedisConfigError> {
        // The URL may hold a password, so no message repeats it.
        let invalid = RedisConfigError::Url;
        let url = Url::parse(text).map_err(|_| invalid("not a URL"))?;
        let transport = match url.scheme() {
            "redis" | "valkey" => Transport::Plain,
            "rediss" | "valkeys" => Transport::Tls,
            "unix" | "redis+unix" => {
                let endpoint = Endpoint::Unix(PathBuf::from(decoded(url.path())?));
                return Ok(Self { endpoint, sign_in: SignIn::default() });
            }
            _ => return Err(invalid("the scheme must be redis, rediss, valkey, valkeys or unix")),
        };
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(invalid("there is no host"))?;
        // Sockets take IPv6 addresses without the brackets.
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = url.port().unwrap_or(DEFAULT_PORT);
        let database = match url.path().trim_matches('/') {
            "" => 0,
            number => number.parse().map_err(|_| invalid("the path is not the number of a database"))?,
        };
        if url.query().is_some() || url.fragment().is_some() {
            return Err(invalid("there is a query or a fragment; settings are methods of the builder"));
        }
        let username = Some(decoded(url.username())?).filter(|name| !name.is_empty());
        let password = url.password().map(decoded).transpose()?;
        Ok(Self {
            endpoint: Endpoint::Tcp { host, port, transport },
            sign_in: SignIn { username, password, database },
        })
    }

    /// Another server, reached and signed in to in the same way.
    pub(crate) fn sibling(&self, host: &str, port: u16) -> Self {
        let transport = match &self.endpoint {
            Endpoint::Tcp { transport, .. } => *transport,
            Endpoint::Unix(_) => Transport::Plain,
        };
        let endpoint = Endpoint::Tcp { host: host.to_owned(), port, transport };
        Self { endpoint, sign_in: self.sign_in.clone() }
    }

    pub(crate) fn uses_tls(&self) -> bool {
        matches!(&self.endpoint, Endpoint::Tcp { transport: Transport::Tls, .. })
    }
}

impl SignIn {
    pub(crate) fn to_connection_info(&self) -> RedisConnectionInfo {
        let mut info = RedisConnectionInfo::default().set_db(self.database).set_skip_set_lib_name();
        if let Some(username) = &self.username {
            info = info.set_username(username);
        }
        if let Some(password) = &self.password {
            info = info.set_password(password);
        }
        info
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port, .. } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port, .. } => write!(f, "{host}:{port}"),
            Self::Unix(path) => path.display().fmt(f),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.endpoint, f)
    }
}

fn decoded(text: &str) -> Result<String, RedisConfigError> {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded.map(Into::into).map_err(|_| RedisConfigError::Url("a part of it is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tcp(host: &str, port: u16, transport: Transport) -> Endpoint {
        Endpoint::Tcp { host: host.to_owned(), port, transport }
    }

    #[test]
    fn a_url_says_where_and_as_whom() {
        for (url, endpoint, username, password, database) in [
            ("redis://one", tcp("one", 6379, Transport::Plain), None, None, 0),
            ("rediss://one:7000/3", tcp("one", 7000, Transport::Tls), None, None, 3),
            ("valkeys://:p%40ss@one", tcp("one", 6379, Transport::Tls), None, Some("p@ss"), 0),
            ("redis://me:pw@[::1]:7/", tcp("::1", 7, Transport::Plain), Some("me"), Some("pw"), 0),
            ("unix:///run/redis.sock", Endpoint::Unix("/run/redis.sock".into()), None, None, 0),
        ] {
            let address = Address::parse(url).unwrap();
            assert_eq!(address.endpoint, endpoint, "{url}");
            assert_eq!(address.sign_in.username.as_deref(), username, "{url}");
            assert_eq!(address.sign_in.password.as_deref(), password, "{url}");
            assert_eq!(address.sign_in.database, database, "{url}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused_without_repeating_it() {
        for (url, says) in [
            ("one:6379", "scheme"),
            ("secret", "not a URL"),
            ("http://secret", "scheme"),
            ("redis://", "host"),
            ("redis://one/secret", "database"),
            ("redis://one?secret=1", "query"),
            ("redis://:%ff@one", "UTF-8"),
        ] {
            let error = Address::parse(url).unwrap_err().to_string();
            assert!(error.contains(says) && !error.contains("secret"), "{url}: {error}");
        }
    }

    #[test]
    fn debug_shows_no_password() {
        let address = Address::parse("redis://me:secret@one").unwrap();
        assert_eq!(format!("{address:?}"), "one:6379");
    }
}
