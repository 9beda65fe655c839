//! What a trusted proxy says of the URL that the client used.
//!
//! 1. One kind of header is looked at, the one that the operator's proxy sets; the other may be the client's.
//! 2. Of a list the last element counts: the nearest proxy wrote it.
//! 3. A header that stands there twice, or is not of its form, leaves nothing to go by. What the client wrote
//!    into `Host` is no substitute for what the proxy meant to say.
//!
//! Does not check: which of the headers the proxy sets. One that sets `X-Forwarded-Proto` alone must remove
//! `X-Forwarded-Host`, or the client names the host; where in doubt, configure the public origin.

use http::HeaderMap;
use http::header::{FORWARDED, HeaderName};

use super::pairs::{LastElement, is_token_character};
use super::url::{Authority, Scheme};

/// Which headers the trusted proxies set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ForwardedHeaders {
    /// `X-Forwarded-Proto` and `X-Forwarded-Host`, which nearly every proxy knows; the port is the host's.
    /// `X-Forwarded-Port` is not looked at: most proxies pass on the client's.
    #[default]
    XForwarded,
    /// `Forwarded` with `proto` and `host` (RFC 7239).
    Forwarded,
}

/// What was said; each part may be missing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) scheme: Option<Scheme>,
    pub(super) authority: Option<Authority>,
}

/// A header says something that cannot be understood.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Garbled;

static X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
static X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

impl ForwardedHeaders {
    pub(super) fn read(self, headers: &HeaderMap) -> Result<Said, Garbled> {
        match self {
            Self::XForwarded => Ok(Said {
                scheme: x_forwarded(headers, &X_FORWARDED_PROTO, Scheme::parse)?,
                authority: x_forwarded(headers, &X_FORWARDED_HOST, Authority::parse)?,
            }),
            Self::Forwarded => single(headers, &FORWARDED)?.map_or(Ok(Said::default()), forwarded),
        }
    }
}

/// The text of a header that stands there once at most.
pub(super) fn single<'r>(headers: &'r HeaderMap, name: &HeaderName) -> Result<Option<&'r str>, Garbled> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().map(|value| value.to_str().map_err(|_| Garbled)).transpose()?;
    if values.next().is_some() { Err(Garbled) } else { Ok(value) }
}

fn x_forwarded<T>(
    headers: &HeaderMap,
    name: &HeaderName,
    parse: fn(&str) -> Option<T>,
) -> Result<Option<T>, Garbled> {
    let last = single(headers, name)?.and_then(|list| list.rsplit(',').next());
    last.map(|last| parse(last.trim_matches([' ', '\t'])).ok_or(Garbled)).transpose()
}

fn forwarded(list: &str) -> Result<Said, Garbled> {
    let last = LastElement::parse(list, is_token_character).ok_or(Garbled)?;
    // RFC 7239 §4: no parameter stands in an element twice.
    let scheme = last.value("proto").map_err(|_| Garbled)?;
    let authority = last.value("host").map_err(|_| Garbled)?;
    Ok(Said {
        scheme: scheme.map(|name| Scheme::parse(name).ok_or(Garbled)).transpose()?,
        authority: authority.map(|host| Authority::parse(host).ok_or(Garbled)).transpose()?,
    })
}
