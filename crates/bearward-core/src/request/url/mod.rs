//! The URL that a request was sent to, in the one form that two spellings of it share: RFC 9449 §4.3 check 9
//! compares `htu` after syntax-based and scheme-based normalization (RFC 3986 §6.2.2, §6.2.3).
//!
//! 1. Query and fragment are left out.
//! 2. Scheme and host are lower-case, IPv6 addresses in their canonical form (RFC 5952); the scheme is `http` or
//!    `https`.
//! 3. The scheme's own port is left out, an empty path is `/`.
//! 4. Percent-encoded unreserved characters stand for themselves; the rest stays encoded, in upper-case
//!    hexadecimal. So `%7E` is `~`, and `%2F` is never `/`.
//! 5. Characters that no path may have and some clients send (`|`, `[`, `^` and the like) are percent-encoded.
//!    White space, control characters, non-ASCII, backslashes and an incomplete `%` make it no URL at all: what
//!    reads them differently reads another URL.
//! 6. Dot segments are removed after decoding, so that `%2e%2e` is `..` (RFC 3986 §5.2.4). Empty segments stay.
//! 7. A URL with userinfo is refused: no client sends a request with it.
//!
//! Does not check: that names are names. `0x7f.1` is not `127.0.0.1`, `example.com.` is not `example.com`, and
//! internationalized names are compared in their ASCII form.

use std::fmt::{self, Write as _};
use std::net::Ipv6Addr;

use crate::request::connection::Security;
use crate::wire::percent::{Octet, octets, push_encoded};

/// The normalised URL of a request, without query and fragment; two are equal where RFC 9449 §4.3 has `htu` match.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TargetUrl {
    text: String,
}

/// What the path of a URL is after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    Http,
    Https,
}

/// A host and perhaps a port (RFC 3986 §3.2), normalised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Authority {
    host: String,
    port: Option<u16>,
}

/// A path, normalised (RFC 3986 §3.3); it begins with `/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path(String);

impl TargetUrl {
    /// Reads an absolute URL, such as a proof's `htu`; `None` for any other text.
    #[must_use]
    pub fn parse(url: &str) -> Option<Self> {
        let url = url.split(['?', '#']).next().unwrap_or_default();
        let (scheme, authority, path) = split(url)?;
        Some(Self::of(scheme, &Authority::parse(authority)?, &Path::parse(path)?))
    }

    /// The URL in its one form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Scheme, host and port (RFC 6454 §4).
    pub(crate) fn origin(&self) -> &str {
        let authority = self.text.find("://").map_or(0, |at| at + 3);
        let path = self.text[authority..].find('/').map_or(self.text.len(), |at| authority + at);
        &self.text[..path]
    }

    pub(crate) fn has_no_path(&self) -> bool {
        self.text[self.origin().len()..] == *"/"
    }

    pub(crate) fn of(scheme: Scheme, authority: &Authority, path: &Path) -> Self {
        let mut text = format!("{}{}", scheme.prefix(), authority.host);
        if let Some(port) = authority.port.filter(|port| *port != scheme.port()) {
            // Writing into a string cannot fail.
            let _ = write!(text, ":{port}");
        }
        text.push_str(&path.0);
        Self { text }
    }

    /// The URL with a path appended to it, which stays below it: the path has no dot segments left.
    pub(crate) fn join(&self, path: &Path) -> Self {
        Self { text: format!("{}{}", self.text.trim_end_matches('/'), path.0) }
    }
}

impl fmt::Display for TargetUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for TargetUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TargetUrl({:?})", self.text)
    }
}

impl Scheme {
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            _ if name.eq_ignore_ascii_case("http") => Some(Self::Http),
            _ if name.eq_ignore_ascii_case("https") => Some(Self::Https),
            _ => None,
        }
    }

    const fn prefix(self) -> &'static str {
        match self {
            Self::Http => "http://",
            Self::Https => "https://",
        }
    }

    const fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl From<Security> for Scheme {
    fn from(security: Security) -> Self {
        match security {
            Security::Plain => Self::Http,
            Security::Tls => Self::Https,
        }
    }
}

impl Authority {
    /// Reads a `Host` header's value or what stands in its place: nothing before the host, and nothing after the
    /// port.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (host, port) = match text.strip_prefix('[') {
            Some(literal) => {
                let (address, rest) = literal.split_once(']')?;
                let address: Ipv6Addr = address.parse().ok()?;
                let port = if rest.is_empty() { "" } else { rest.strip_prefix(':')? };
                (format!("[{address}]"), port)
            }
            None => {
                let (host, port) = text.split_once(':').unwrap_or((text, ""));
                (is_name(host).then(|| host.to_ascii_lowercase())?, port)
            }
        };
        let port = match port {
            // RFC 3986 §6.2.3: a colon without a port is as good as none.
            "" => None,
            digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some(digits.parse().ok().filter(|port| *port != 0)?)
            }
            _ => return None,
        };
        Some(Self { host, port })
    }
}

impl Path {
    /// Reads a path, which may be empty and else begins with `/`.
    pub(crate) fn parse(path: &str) -> Option<Self> {
        let path = if path.is_empty() { "/" } else { path };
        if !path.starts_with('/') {
            return None;
        }
        Some(Self(remove_dot_segments(&normalise_encoding(path)?)))
    }
}

impl Path {
    /// Reads the path of a request. One with dot segments has no URL: clients remove them before they send it, and
    /// whoever routes the request may look at it as it came, so that a proof for one place would do for another.
    pub(crate) fn of_request(path: &str) -> Option<Self> {
        let plain = Self(normalise_encoding(if path.is_empty() { "/" } else { path })?);
        let has_dots = plain.0.split('/').any(|segment| matches!(segment, "." | ".."));
        (plain.0.starts_with('/') && !has_dots).then_some(plain)
    }
}

/// The scheme, authority and path of a URL without query.
pub(crate) fn split(url: &str) -> Option<(Scheme, &str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    Some((Scheme::parse(scheme)?, authority, path))
}

/// Letters, digits, hyphens and underscores between dots; the last label may be empty (RFC 1034 §3.1).
fn is_name(host: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let labels = host.strip_suffix('.').unwrap_or(host);
    host.len() <= 255 && labels.split('.').all(|label| !label.is_empty() && label.bytes().all(legal))
}

fn normalise_encoding(path: &str) -> Option<String> {
    let mut normalised = String::with_capacity(path.len());
    for octet in octets(path.as_bytes()) {
        match octet {
            Octet::Encoded(byte) => push(&mut normalised, byte, is_unreserved(byte)),
            Octet::Stray | Octet::Plain(b'\\' | b'?' | b'#') => return None,
            Octet::Plain(byte) if byte.is_ascii_graphic() => {
                push(&mut normalised, byte, is_path_character(byte));
            }
            Octet::Plain(_) => return None,
        }
    }
    Some(normalised)
}

fn push(text: &mut String, byte: u8, stands_for_itself: bool) {
    if stands_for_itself {
        text.push(char::from(byte));
    } else {
        push_encoded(text, byte);
    }
}

/// RFC 3986 §2.3.
const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// RFC 3986 §3.3: `pchar` without its encoded ones, and the slash.
fn is_path_character(byte: u8) -> bool {
    is_unreserved(byte) || b"!$&'()*+,;=:@/".contains(&byte)
}

/// RFC 3986 §5.2.4, for a path that begins with `/`.
fn remove_dot_segments(path: &str) -> String {
    let mut kept = String::with_capacity(path.len());
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        if segment == ".." {
            kept.truncate(kept.rfind('/').unwrap_or(0));
        }
        if !matches!(segment, "." | "..") {
            kept.push('/');
            kept.push_str(segment);
        } else if segments.peek().is_none() {
            kept.push('/');
        }
    }
    kept
}

#[cfg(test)]
mod tests;
