//! Which URLs may be fetched.

use std::fmt;

use http::Uri;

/// The issuer whose metadata is at this URL; `None` where the URL is not one of the well-known places.
pub(crate) fn issuer_of_metadata(url: &str) -> Option<String> {
    ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"].iter().find_map(
        |place| {
            let (before, after) = url.split_once(place)?;
            (after.is_empty() || after.starts_with('/'))
                .then(|| format!("{before}{}", after.trim_end_matches('/')))
        },
    )
}

/// Whether plain `http` is accepted beyond this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HttpPolicy {
    /// `https` anywhere, `http` to loopback hosts.
    LoopbackOnly,
    /// `http` anywhere.
    DangerousAnywhere,
}

/// Why a text is not a URL that may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum UrlError {
    /// It is empty.
    Empty,
    /// It is not an absolute `https` URL.
    NotHttps,
    /// It is `http` to a host other than this machine.
    PlainHttp,
    /// It is where an issuer's metadata is, in the place of the issuer.
    Metadata,
    /// It has a query, a fragment or credentials where none may be.
    Extra,
    /// It has characters that no URL has, segments of dots, which clients remove, or segments that routers take for
    /// patterns.
    Spelling,
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "must not be empty",
            Self::NotHttps => "must be an absolute https URL",
            Self::PlainHttp => {
                "plain http is accepted for loopback hosts only; use https, or allow it under dangerous"
            }
            Self::Metadata => "this is the URL of the metadata; the issuer is the value that the metadata has in \"issuer\"",
            Self::Extra => "must not have a query, a fragment or credentials",
            Self::Spelling => {
                "must have only characters that URLs have, and no segment that is . or .. or begins with : or *"
            }
        })
    }
}

impl std::error::Error for UrlError {}

/// Checks a URL that is to be fetched.
pub(crate) fn check_url(url: &str, http: HttpPolicy) -> Result<(), UrlError> {
    if url.is_empty() {
        return Err(UrlError::Empty);
    }
    if url.contains('#') {
        return Err(UrlError::Extra);
    }
    let uri: Uri = url.parse().map_err(|_| UrlError::NotHttps)?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(UrlError::NotHttps);
    };
    if authority.as_str().contains('@') {
        return Err(UrlError::Extra);
    }
    // What `http` takes for a port may be a password without its host: it looks no further than to the characters.
    let port = authority.as_str().strip_prefix(authority.host()).and_then(|port| port.strip_prefix(':'));
    let is_port = |port: &str| port.is_empty() || authority.port_u16().is_some();
    if authority.host().is_empty() || !port.is_none_or(is_port) {
        return Err(UrlError::NotHttps);
    }
    match scheme {
        "https" => Ok(()),
        "http" if http == HttpPolicy::DangerousAnywhere || is_loopback(authority.host()) => Ok(()),
        "http" => Err(UrlError::PlainHttp),
        _ => Err(UrlError::NotHttps),
    }
}

/// Checks an issuer identifier that nothing is fetched from. It may be any text (RFC 7519 §2, `StringOrURI`). Where
/// it is a URL, it has no query and no fragment (RFC 8414 §2), and no credentials, which every log would show.
pub(crate) fn check_identifier(issuer: &str) -> Result<(), UrlError> {
    let is_url = issuer.contains("://");
    match issuer {
        "" => Err(UrlError::Empty),
        _ if has_userinfo(issuer) || (is_url && issuer.contains(['?', '#'])) => Err(UrlError::Extra),
        _ if is_url && issuer_of_metadata(issuer).is_some() => Err(UrlError::Metadata),
        _ => Ok(()),
    }
}

/// Whether a URL has credentials before its host, or a text without slashes would have them if it were one:
/// `user:password@host`. The address of a mailbox is none: service accounts issue tokens under theirs.
pub(crate) fn has_userinfo(url: &str) -> bool {
    match url.split_once("//") {
        Some((_, rest)) => {
            rest.split(['/', '?', '#']).next().is_some_and(|authority| authority.contains('@'))
        }
        None => url.split_once('@').is_some_and(|(before, _)| before.contains(':')),
    }
}

/// Checks an issuer identifier that metadata is fetched from: no query either (RFC 8414 §2).
pub(crate) fn check_issuer_url(issuer: &str, http: HttpPolicy) -> Result<(), UrlError> {
    check_url(issuer, http)?;
    match issuer {
        _ if issuer.contains('?') => Err(UrlError::Extra),
        _ if issuer_of_metadata(issuer).is_some() => Err(UrlError::Metadata),
        _ => Ok(()),
    }
}

/// Whether both URLs are of one scheme, host and port (RFC 6454 §4).
pub(crate) fn is_same_origin(one: &str, other: &str) -> bool {
    let origin = |url: &str| {
        let uri: Uri = url.parse().ok()?;
        let (scheme, authority) = (uri.scheme_str()?, uri.authority()?);
        let port = authority.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
        Some((scheme.to_ascii_lowercase(), authority.host().to_ascii_lowercase(), port))
    };
    origin(one).is_some_and(|one| origin(other) == Some(one))
}

/// Whether the URL is of the scheme `http`, which has no case (RFC 3986 §3.1).
pub(crate) fn is_plain_http(url: &str) -> bool {
    url.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http:"))
}

fn is_loopback(host: &str) -> bool {
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let parsed = address.parse::<std::net::IpAddr>();
    host.eq_ignore_ascii_case("localhost") || parsed.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_stays_on_this_machine() {
        for (url, expected) in [
            ("https://issuer.example", Ok(())),
            ("https://issuer.example:8443/path?x=1", Ok(())),
            ("http://localhost:4000", Ok(())),
            ("http://127.0.0.1", Ok(())),
            ("http://[::1]:1/x", Ok(())),
            ("http://issuer.example", Err(UrlError::PlainHttp)),
            ("http://localhost.example", Err(UrlError::PlainHttp)),
            ("http://127.0.0.1.example", Err(UrlError::PlainHttp)),
            ("http://user@localhost", Err(UrlError::Extra)),
            ("https://a@b", Err(UrlError::Extra)),
            ("https://a/#b", Err(UrlError::Extra)),
            ("https://user:password", Err(UrlError::NotHttps)),
            ("https://issuer.example:99999", Err(UrlError::NotHttps)),
            ("https://[::1]:password", Err(UrlError::NotHttps)),
            ("ftp://a", Err(UrlError::NotHttps)),
            ("file:///etc/passwd", Err(UrlError::NotHttps)),
            ("/path", Err(UrlError::NotHttps)),
            ("issuer.example", Err(UrlError::NotHttps)),
            ("", Err(UrlError::Empty)),
        ] {
            assert_eq!(check_url(url, HttpPolicy::LoopbackOnly), expected, "{url}");
        }
        assert_eq!(check_url("http://issuer.example", HttpPolicy::DangerousAnywhere), Ok(()));
        assert_eq!(check_issuer_url("https://a/b?c", HttpPolicy::LoopbackOnly), Err(UrlError::Extra));
        for place in [
            "https://a.example/b/.well-known/openid-configuration",
            "https://a.example/.well-known/oauth-authorization-server/b",
        ] {
            assert_eq!(check_issuer_url(place, HttpPolicy::LoopbackOnly), Err(UrlError::Metadata));
            assert_eq!(check_identifier(place), Err(UrlError::Metadata));
        }
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let own = "https://issuer.example/keys";
        for (other, expected) in [
            ("https://issuer.example", true),
            ("https://ISSUER.example:443/x?y", true),
            ("http://issuer.example/keys", false),
            ("https://issuer.example:8443/keys", false),
            ("https://keys.issuer.example/keys", false),
            ("https://issuer.example.evil.example/keys", false),
            ("issuer.example", false),
        ] {
            assert_eq!(is_same_origin(own, other), expected, "{other}");
        }
    }

    #[test]
    fn an_identifier_that_nothing_is_fetched_from_may_be_any_text_without_credentials() {
        for (issuer, expected) in [
            ("https://a.example/b", Ok(())),
            ("http://a.example", Ok(())),
            ("https://a.example/@tenant", Ok(())),
            ("urn:example:issuer", Ok(())),
            ("kubernetes/serviceaccount", Ok(())),
            ("robot@project.iam.example", Ok(())),
            ("what?", Ok(())),
            ("", Err(UrlError::Empty)),
            ("https://user:pw@a.example", Err(UrlError::Extra)),
            ("https://pw@a.example/b", Err(UrlError::Extra)),
            ("//user:pw@a.example", Err(UrlError::Extra)),
            ("user:pw@a.example", Err(UrlError::Extra)),
            ("https:user:pw@a.example", Err(UrlError::Extra)),
            ("https://a.example?code=key", Err(UrlError::Extra)),
            ("https://a.example/#part", Err(UrlError::Extra)),
        ] {
            assert_eq!(check_identifier(issuer), expected, "{issuer}");
        }
    }
}
