//! URLs as people may see them: in errors, in logs and in `Debug` output.
//!
//! A setting can hold a password (`https://user:password@host`) or a key (`?code=key`), and what cannot be used is
//! quoted in an error. So a URL is redacted once, where it leaves the code that uses it:
//!
//! 1. Userinfo is dropped: everything from the scheme to the last `@`. A password that is not percent-encoded may
//!    hold `/` itself, so the first slash does not end the search. Where the last `@` comes after a `?` or a `#`, it
//!    may be of a password or of a parameter, and all that follows the scheme is dropped.
//! 2. An authority that is not a host with a port is dropped with all that follows it: it may be the beginning of a
//!    password.
//! 3. Of the query, the names of parameters stay. Their values are dropped, and so is a parameter without a value,
//!    which may be one itself.
//! 4. A fragment is dropped.
//! 5. Scheme, host, port and path stay, for an operator must recognize the URL. **A secret in a path is shown.**
//! 6. A text that is not a URL is treated in the same way, as far as it looks like a part of one.
//!
//! What was dropped is marked with `…`.

use std::fmt;
use std::net::IpAddr;

/// The replacement for dropped text.
const DROPPED: &str = "…";

/// What is longer is cut: enough to recognize a URL, and too little to fill a log.
const MOST_CHARACTERS: usize = 300;

/// Names of parameters are short. What is longer is rather a value.
const LONGEST_NAME: usize = 40;

/// Schemes without an authority that identifiers are written in; what follows is a name, not a password.
const NAMES: [&str; 3] = ["urn:", "tag:", "did:"];

/// A URL, or a text in the place of one, without the secrets that it may hold.
///
/// Shows the scheme, the host, the port and the path, and which parameters the query has. Userinfo, the values of
/// parameters and the fragment are replaced by `…` when this is made, so that no later step can show them. The path
/// is shown as it is: do not put a secret there.
///
/// ```
/// use bearward_core::wire::RedactedUrl;
///
/// let url = RedactedUrl::of("https://user:password@keys.example:8443/jwks?code=key#part");
/// assert_eq!(url.as_str(), "https://…@keys.example:8443/jwks?code=…#…");
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RedactedUrl(Box<str>);

impl RedactedUrl {
    /// Takes a text that should be a URL.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(bounded(&redacted(text)).into())
    }

    /// Redacts each URL in a text, such as the message of an HTTP client.
    #[must_use]
    pub fn within(text: &str) -> String {
        let mut shown = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(colon) = rest.find("://") {
            let is_of_scheme = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
            let scheme = rest[..colon].bytes().rev().take_while(is_of_scheme).count();
            let (before, url) = rest.split_at(colon - scheme);
            let ends_url = |character: char| character.is_whitespace() || "\"'`<>".contains(character);
            let end = url.find(ends_url).unwrap_or(url.len());
            let (url, after) = url.split_at(end);
            let ends_sentence = |last: char| ".,;:)]}".contains(last);
            let (url, punctuation) = url.split_at(url.trim_end_matches(ends_sentence).len());
            shown.push_str(before);
            shown.push_str(&redacted(url));
            shown.push_str(punctuation);
            rest = after;
        }
        shown.push_str(rest);
        shown
    }

    pub(crate) fn all(texts: &[impl AsRef<str>]) -> Vec<Self> {
        texts.iter().map(|text| Self::of(text.as_ref())).collect()
    }

    /// What may be shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RedactedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// In quotes, as a text is.
impl fmt::Debug for RedactedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

fn redacted(text: &str) -> String {
    let (prefix, rest) = split_prefix(text);
    let is_path = prefix.is_empty() && rest.starts_with('/');
    let (userinfo, rest) = match rest.rsplit_once('@') {
        Some((before, _)) if !is_path && before.contains(['?', '#']) => return format!("{prefix}{DROPPED}"),
        Some((_, rest)) if !is_path => ("…@", rest),
        _ => ("", rest),
    };
    let (rest, fragment) = match rest.split_once('#') {
        Some((rest, _)) => (rest, "#…"),
        None => (rest, ""),
    };
    let (place, query) = match rest.split_once('?') {
        Some((place, query)) => (place, format!("?{}", names(query))),
        None => (rest, String::new()),
    };
    let authority = place.split(['/', '\\']).next().unwrap_or_default();
    let is_name = NAMES
        .iter()
        .any(|name| place.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)));
    let is_known = is_authority(authority, prefix) || (prefix.is_empty() && is_name);
    if !is_known {
        // What stands before the colon of a text without slashes is a scheme, or a name as good as one.
        let start =
            if prefix.is_empty() { authority.split_once(':').map_or("", |(start, _)| start) } else { "" };
        let colon = if start.is_empty() { "" } else { ":" };
        return format!("{prefix}{userinfo}{start}{colon}{DROPPED}");
    }
    format!("{prefix}{userinfo}{place}{query}{fragment}")
}

/// Splits a text after its `://`, or the `//` that it begins with.
fn split_prefix(text: &str) -> (&str, &str) {
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    };
    match text.find("://") {
        Some(colon) if is_scheme(&text[..colon]) => text.split_at(colon + 3),
        _ if text.starts_with("//") => text.split_at(2),
        _ => ("", text),
    }
}

/// Whether a text is a host and perhaps a port, or a part of a pattern for one. Without a `//` before it, it may be
/// any text without a colon.
fn is_authority(text: &str, prefix: &str) -> bool {
    let address = text.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    if let Some((address, port)) = address {
        return address.parse::<IpAddr>().is_ok() && port.strip_prefix(':').map_or(port.is_empty(), is_port);
    }
    let is_of_host = |character: char| character.is_alphanumeric() || "-._~{}*".contains(character);
    let is_host = |host: &str| prefix.is_empty() || host.chars().all(is_of_host);
    match text.split_once(':') {
        None => is_host(text),
        Some((host, port)) => {
            (is_host(host) && is_port(port)) || (prefix.is_empty() && looks_like_ipv6(text))
        }
    }
}

/// Also where it is not quite an address: networks are configured so.
fn looks_like_ipv6(text: &str) -> bool {
    let (address, zone) = text.split_once('%').unwrap_or((text, ""));
    let is_of_address = |byte: u8| byte.is_ascii_hexdigit() || b":.".contains(&byte);
    let has_colons = address.bytes().filter(|byte| *byte == b':').count() > 1;
    has_colons && address.bytes().all(is_of_address) && zone.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn is_port(port: &str) -> bool {
    port.len() <= 5 && port.bytes().all(|byte| byte.is_ascii_digit())
}

/// The names of a query's parameters.
fn names(query: &str) -> String {
    let shown = query.split('&').map(|parameter| {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~[]".contains(&byte);
        let is_name = !name.is_empty() && name.len() <= LONGEST_NAME && name.bytes().all(is_of_name);
        // The `=` at the end of base64 separates nothing.
        let has_value = !value.trim_start_matches('=').is_empty();
        if is_name && has_value { format!("{name}={DROPPED}") } else { DROPPED.to_owned() }
    });
    shown.collect::<Vec<_>>().join("&")
}

fn bounded(text: &str) -> String {
    let harmless =
        |character: char| if character.is_control() { char::REPLACEMENT_CHARACTER } else { character };
    let mut shown: String = text.chars().take(MOST_CHARACTERS).map(harmless).collect();
    if text.chars().nth(MOST_CHARACTERS).is_some() {
        shown.push_str(DROPPED);
    }
    shown
}

#[cfg(test)]
mod tests;
