//! What comes back for a [request](super::fetch_request) to an authorization server.

use std::fmt;
use std::time::Duration;

use http::{HeaderMap, StatusCode, header};

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
