//! What a trusted proxy says of the URL that the client used.
//!
//! 1. A part of the URL is read from the header that [`ProxyHeaders`] names for it, and from no other: the others
//!    may be the client's.
//! 2. Of a list the last element is read: the nearest proxy wrote it.
//! 3. A header that is named and missing, sent twice, or not of its form leaves the URL unknown. The proxy was
//!    said to set it; a client that has it removed (`Connection: X-Forwarded-Host`) must not fall back on its own
//!    `Host`.
//!
//! Does not check: that the proxy sets the headers that are named. One that passes on a client's header of such a
//! name lets its clients choose the URL; `docs/proxies.md` has settings that do not, for each common proxy.

use http::HeaderMap;
use http::header::{AsHeaderName, FORWARDED, HeaderName};

use crate::request::proxy_headers::{ProxyHeaders, UrlHeader};
use crate::request::url::{Authority, Scheme};
use crate::wire::fields::{LastElement, is_token_character};

/// What was said. A part is absent exactly where no header is named for it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) scheme: Option<Scheme>,
    pub(crate) authority: Option<Authority>,
}

/// A header says something that cannot be understood, or is missing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Garbled;

static X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
static X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// Reads the parts of the URL from the headers that are named for them.
pub(crate) fn read(named: &ProxyHeaders, headers: &HeaderMap) -> Result<Said, Garbled> {
    let scheme = named.scheme.map(|header| match header {
        UrlHeader::XForwarded => x_forwarded(headers, &X_FORWARDED_PROTO, Scheme::parse),
        UrlHeader::Forwarded => forwarded(headers, "proto", Scheme::parse),
    });
    let authority = named.host.map(|header| match header {
        UrlHeader::XForwarded => x_forwarded(headers, &X_FORWARDED_HOST, Authority::parse),
        UrlHeader::Forwarded => forwarded(headers, "host", Authority::parse),
    });
    Ok(Said { scheme: scheme.transpose()?, authority: authority.transpose()? })
}

/// The text of a header that is sent once at most.
pub(crate) fn single(headers: &HeaderMap, name: impl AsHeaderName) -> Result<Option<&str>, Garbled> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().map(|value| value.to_str().map_err(|_| Garbled)).transpose()?;
    if values.next().is_some() { Err(Garbled) } else { Ok(value) }
}

fn x_forwarded<T>(
    headers: &HeaderMap,
    name: &HeaderName,
    parse: fn(&str) -> Option<T>,
) -> Result<T, Garbled> {
    let list = single(headers, name)?.ok_or(Garbled)?;
    let last = list.rsplit(',').next().unwrap_or_default();
    parse(last.trim_matches([' ', '\t'])).ok_or(Garbled)
}

fn forwarded<T>(headers: &HeaderMap, parameter: &str, parse: fn(&str) -> Option<T>) -> Result<T, Garbled> {
    let list = single(headers, &FORWARDED)?.ok_or(Garbled)?;
    let last = LastElement::parse(list, is_token_character).ok_or(Garbled)?;
    // RFC 7239 §4: an element has each parameter once at most.
    let value = last.value(parameter).map_err(|_| Garbled)?.ok_or(Garbled)?;
    parse(value).ok_or(Garbled)
}
