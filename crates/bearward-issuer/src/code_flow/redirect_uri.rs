//! Where a browser is sent with the answer: loopback URIs alone.

use std::fmt;

/// A redirect URI on the loopback interface (RFC 8252 §7.3): `http`, a loopback host, any port, and no fragment.
///
/// It is read by comparison with the few hosts that it may have, so that a browser cannot read another host in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RedirectUri {
    text: String,
    /// Scheme and host.
    origin: &'static str,
    /// Where the path and query begin.
    rest: usize,
}

/// The IP literals of RFC 8252 §7.3, and the name that MCP clients use (§8.3 advises against it, and allows it).
const ORIGINS: [&str; 3] = ["http://127.0.0.1", "http://[::1]", "http://localhost"];

/// Longer ones have no use.
const MAX_LENGTH: usize = 2048;

impl RedirectUri {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_graphic() && !b"#\\\"<>^`{|}".contains(&byte);
        if text.len() > MAX_LENGTH || !text.bytes().all(plain) {
            return None;
        }
        let origin = ORIGINS.into_iter().find(|origin| text.starts_with(origin))?;
        let after = &text[origin.len()..];
        let authority = after.find(['/', '?']).unwrap_or(after.len());
        match after[..authority].strip_prefix(':') {
            Some(port) if is_port(port) => {}
            None if authority == 0 => {}
            _ => return None,
        }
        Some(Self { text: text.to_owned(), origin, rest: origin.len() + authority })
    }

    /// Whether a request may name this one where `registered` was registered: the port may differ, nothing else.
    pub(crate) fn is_allowed_by(&self, registered: &Self) -> bool {
        self.origin == registered.origin && self.text[self.rest..] == registered.text[registered.rest..]
    }

    /// This URI with these parameters added to its query.
    pub(crate) fn with(&self, parameters: &[(&str, &str)]) -> String {
        let separator = if self.text.contains('?') { '&' } else { '?' };
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        format!("{}{separator}{query}", self.text)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn is_port(port: &str) -> bool {
    let digits = (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit());
    digits && port.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> RedirectUri {
        RedirectUri::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn only_the_loopback_interface_is_a_place_to_go() {
        for good in [
            "http://127.0.0.1:8080/callback",
            "http://127.0.0.1/callback?a=b",
            "http://[::1]:1/",
            "http://localhost:65535",
            "http://localhost?x",
        ] {
            assert_eq!(parse(good).as_str(), good);
        }
        for bad in [
            "",
            "https://client.example/callback",
            "http://client.example/callback",
            "https://127.0.0.1/callback",
            "cursor://callback",
            "javascript:alert(1)",
            "//127.0.0.1/",
            "http://127.0.0.1.evil.example/",
            "http://127.0.0.1@evil.example/",
            "http://127.0.0.1:80@evil.example/",
            "http://127.0.0.1:8080evil.example/",
            "http://127.0.0.1:/",
            "http://127.0.0.1:65536/",
            "http://127.0.0.1:+1/",
            "http://127.0.0.1\\@evil.example/",
            "http://127.0.0.1#fragment",
            "http://127.0.0.1/#",
            "http://127.0.0.1/a b",
            "http://127.0.0.1/\r\nset-cookie:a=b",
            "http://127.0.0.12/",
            "http://localhost.evil.example/",
            "HTTP://LOCALHOST/",
        ] {
            assert_eq!(RedirectUri::parse(bad), None, "{bad}");
        }
        assert_eq!(RedirectUri::parse(&format!("http://localhost/{}", "a".repeat(MAX_LENGTH))), None);
    }

    #[test]
    fn the_port_may_differ_and_nothing_else() {
        let registered = parse("http://127.0.0.1:1/callback?a=b");
        for (requested, allowed) in [
            ("http://127.0.0.1:1/callback?a=b", true),
            ("http://127.0.0.1:54321/callback?a=b", true),
            ("http://127.0.0.1/callback?a=b", true),
            ("http://localhost:1/callback?a=b", false),
            ("http://127.0.0.1:1/callback", false),
            ("http://127.0.0.1:1/callback/?a=b", false),
            ("http://127.0.0.1:1/Callback?a=b", false),
            ("http://127.0.0.1:1/callback?a=b&c=d", false),
            ("http://127.0.0.1:1/x/../callback?a=b", false),
        ] {
            assert_eq!(parse(requested).is_allowed_by(&registered), allowed, "{requested}");
        }
    }

    #[test]
    fn parameters_are_added_and_encoded() {
        let parameters = [("code", "a&b"), ("state", "ö")];
        assert_eq!(
            parse("http://localhost/c").with(&parameters),
            "http://localhost/c?code=a%26b&state=%C3%B6"
        );
        assert_eq!(parse("http://localhost/c?d").with(&parameters[..1]), "http://localhost/c?d&code=a%26b");
    }
}
