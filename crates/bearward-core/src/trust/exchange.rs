//! One HTTP request to an authorization server, and what comes back.

use std::fmt;
use std::time::Duration;

use http::{HeaderMap, Method, StatusCode, header};

use crate::wire::redacted::RedactedUrl;

/// A request that must be made. Redirects must not be followed: the answer counts only from this URL, and what
/// is sent is meant for nobody else.
///
/// `Debug` shows neither `authorization` nor `form`, and the URL as [`shown_url`](Self::shown_url) does.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FetchRequest {
    /// `GET`, or `POST` where there is a form.
    pub method: Method,
    /// The absolute URL. Its query may hold a secret: to be sent, not to be shown.
    pub url: String,
    /// The value of `Accept`.
    pub accept: &'static str,
    /// The value of `If-None-Match`, if any.
    pub if_none_match: Option<String>,
    /// The value of `Authorization`, if any. A secret.
    pub authorization: Option<String>,
    /// The body, if any, of type `application/x-www-form-urlencoded`. A secret.
    pub form: Option<String>,
    /// Longest body to read, in bytes; a longer one is an error.
    pub max_bytes: usize,
    /// Whether it goes to the scheme, host and port that the operator configured for the issuer's keys. Where the
    /// metadata name another host, headers of the operator's must not go there: they may hold a secret.
    pub to_configured_origin: bool,
}

/// What came back.
///
/// `Debug` shows the status alone: headers and body may tell of people and hold secrets.
#[derive(Clone, Copy)]
pub struct FetchAnswer<'a> {
    /// The status code.
    pub status: StatusCode,
    /// The headers; `Content-Type`, `ETag`, `Cache-Control` and `Age` are looked at.
    pub headers: &'a HeaderMap,
    /// The body, whole.
    pub body: &'a [u8],
}

impl FetchRequest {
    /// The URL for errors and logs.
    #[must_use]
    pub fn shown_url(&self) -> RedactedUrl {
        RedactedUrl::of(&self.url)
    }

    pub(crate) fn get(url: String, accept: &'static str, max_bytes: usize) -> Self {
        Self {
            method: Method::GET,
            url,
            accept,
            if_none_match: None,
            authorization: None,
            form: None,
            max_bytes,
            to_configured_origin: false,
        }
    }

    pub(crate) fn post(
        url: String,
        accept: &'static str,
        authorization: Option<String>,
        form: String,
        max_bytes: usize,
    ) -> Self {
        let form = Some(form);
        Self { method: Method::POST, authorization, form, ..Self::get(url, accept, max_bytes) }
    }
}

impl fmt::Debug for FetchRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FetchRequest")
            .field("method", &self.method)
            .field("url", &self.shown_url())
            .field("accept", &self.accept)
            .field("if_none_match", &self.if_none_match)
            .field("max_bytes", &self.max_bytes)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for FetchAnswer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FetchAnswer").field("status", &self.status).finish_non_exhaustive()
    }
}

impl FetchAnswer<'_> {
    /// How long the answer may be kept (RFC 9111 §4.2.1): `max-age` less `Age`; nothing under `no-store` or
    /// `no-cache`.
    pub(crate) fn max_age(&self) -> Option<Duration> {
        max_age(self.headers)
    }

    pub(crate) fn etag(&self) -> Option<String> {
        text(self.headers, header::ETAG)
    }
}

fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let mut max_age = None;
    for value in headers.get_all(header::CACHE_CONTROL) {
        for directive in value.to_str().unwrap_or("").split(',') {
            let directive = directive.trim().to_ascii_lowercase();
            if directive == "no-store" || directive == "no-cache" {
                return Some(Duration::ZERO);
            }
            if let Some(seconds) = directive.strip_prefix("max-age=") {
                let seconds = seconds.trim_matches('"').parse().unwrap_or(0);
                max_age = Some(Duration::from_secs(seconds));
            }
        }
    }
    let age = text(headers, header::AGE).and_then(|age| age.parse().ok()).unwrap_or(0);
    max_age.map(|max_age| max_age.saturating_sub(Duration::from_secs(age)))
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_answer_says_does_not_show_in_debug_output() {
        let set_cookie = (header::SET_COOKIE, http::HeaderValue::from_static("session"));
        let headers = [set_cookie].into_iter().collect();
        let answer = FetchAnswer { status: StatusCode::OK, headers: &headers, body: b"{}" };
        assert_eq!(format!("{answer:?}"), "FetchAnswer { status: 200, .. }");
    }

    #[test]
    fn freshness_is_what_cache_control_leaves_after_age() {
        for (cache_control, age, expected) in [
            (None, None, None),
            (Some("public"), None, None),
            (Some("max-age=60"), None, Some(60)),
            (Some("public, Max-Age=60"), Some("20"), Some(40)),
            (Some("max-age=60"), Some("90"), Some(0)),
            (Some("max-age=60, no-store"), None, Some(0)),
            (Some("no-cache"), None, Some(0)),
            (Some("max-age=99999999999999999999"), None, Some(0)),
            (Some("max-age=x"), None, Some(0)),
        ] {
            let mut headers = HeaderMap::new();
            let mut put = |name, value: Option<&'static str>| {
                value.map(|value| headers.insert(name, http::HeaderValue::from_static(value)))
            };
            put(header::CACHE_CONTROL, cache_control);
            put(header::AGE, age);
            let expected = expected.map(Duration::from_secs);
            assert_eq!(max_age(&headers), expected, "{cache_control:?} {age:?}");
        }
    }
}
