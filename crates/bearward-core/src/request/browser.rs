//! Whether a browser sends a request for a page that may send it: the defence against requests that other sites
//! forge (RFC 6265 §8.2), for tokens that a browser, or a proxy that goes by its cookies, adds by itself.
//!
//! 1. `Sec-Fetch-Site` decides where it is sent, which all browsers do over TLS (Fetch Metadata): `same-origin` and
//!    `none` pass. Pages cannot write it.
//! 2. Without it, `Origin` decides (RFC 6454 §7): the API's own origin passes.
//! 3. What neither lets pass, an `Origin` that the operator trusts does.
//! 4. Beyond that, a link to this API passes: a `GET` or `HEAD` that opens a page of its own, which the page that
//!    has the link cannot read.
//! 5. A request that is marked by neither passes where it changes nothing: `GET`, `HEAD` and `OPTIONS`
//!    (RFC 9110 §9.2.1), unless it asks for another protocol, as a WebSocket's handshake does. Whether others pass
//!    depends on [`Unmarked`].
//! 6. A mark that is sent twice cannot be trusted: the request is refused.
//!
//! Does not check: that safe methods change nothing. A `GET` that changes something can be forged by a link.

use http::header::{HeaderName, ORIGIN, UPGRADE};

use crate::request::connection::Sender;
use crate::request::forwarded::single;
use crate::request::origin::OriginPolicy;
use crate::request::origin::PublicOrigin;
use crate::request::url::TargetUrl;

/// Which requests of browsers pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BrowserPolicy {
    unmarked: Unmarked,
    trusted: Vec<PublicOrigin>,
}

/// Whether a request that changes something passes although nothing says which page it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unmarked {
    /// It does: no browser of the last years sends such a request for another origin's page, other clients do.
    Admit,
    /// It does not.
    Refuse,
}

static SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
static SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
static SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

impl BrowserPolicy {
    pub(crate) const fn new(unmarked: Unmarked) -> Self {
        Self { unmarked, trusted: Vec::new() }
    }

    pub(crate) fn trust(mut self, origin: PublicOrigin) -> Self {
        self.trusted.push(origin);
        self
    }

    /// Whether this request may use a token that was added to it without its page's doing.
    pub(crate) fn admits(&self, sender: &Sender<'_>, own: &OriginPolicy) -> bool {
        let headers = sender.headers();
        let (Ok(site), Ok(origin)) = (single(headers, &SEC_FETCH_SITE), single(headers, &ORIGIN)) else {
            return false;
        };
        let by_itself = match (site, origin) {
            (Some(site), _) => matches!(site, "same-origin" | "none") || opens_page(sender),
            (None, Some(origin)) => {
                let own = own.target_url(sender);
                own.is_some_and(|own| read(origin).is_some_and(|origin| origin.origin() == own.origin()))
            }
            (None, None) => changes_nothing(sender) || self.unmarked == Unmarked::Admit,
        };
        by_itself || origin.is_some_and(|origin| self.trusts(origin))
    }

    fn trusts(&self, origin: &str) -> bool {
        read(origin).is_some_and(|origin| self.trusted.iter().any(|own| own.as_str() == origin.origin()))
    }
}

/// `null`, which a browser sends for a page without an origin, is not an origin.
fn read(origin: &str) -> Option<TargetUrl> {
    TargetUrl::parse(origin).filter(TargetUrl::has_no_path)
}

/// RFC 9110 §9.2.1; a handshake is a `GET` that opens a connection for more.
fn changes_nothing(sender: &Sender<'_>) -> bool {
    matches!(sender.method(), "GET" | "HEAD" | "OPTIONS") && !sender.headers().contains_key(UPGRADE)
}

/// A navigation of a whole window or tab.
fn opens_page(sender: &Sender<'_>) -> bool {
    let is = |name, value| matches!(single(sender.headers(), name), Ok(Some(said)) if said == value);
    matches!(sender.method(), "GET" | "HEAD")
        && changes_nothing(sender)
        && is(&SEC_FETCH_MODE, "navigate")
        && is(&SEC_FETCH_DEST, "document")
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;
    use crate::request::connection::{Connection, Security};

    const OWN: &str = "https://api.example.com";

    fn admits(policy: &BrowserPolicy, method: &str, marks: &[(&str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert("host", "api.example.com".parse().unwrap());
        for (name, value) in marks {
            headers.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        }
        let connection = Connection { security: Security::Tls, ..Connection::unknown() };
        policy.admits(&Sender::new(method, "/x", &headers, connection), &OriginPolicy::default())
    }

    fn strict() -> BrowserPolicy {
        BrowserPolicy::new(Unmarked::Refuse).trust(PublicOrigin::parse("https://app.example.com").unwrap())
    }

    #[test]
    fn what_a_page_of_this_origin_sends_passes() {
        for method in ["GET", "POST", "DELETE", "CONNECT", ""] {
            for marks in [
                &[("sec-fetch-site", "same-origin")][..],
                &[("sec-fetch-site", "none")],
                &[("sec-fetch-site", "same-origin"), ("origin", OWN)],
                &[("origin", OWN)],
                &[("origin", "https://API.example.com:443")],
                &[("sec-fetch-site", "same-site"), ("origin", "https://app.example.com")],
                &[("origin", "https://app.example.com"), ("upgrade", "websocket")],
            ] {
                assert!(admits(&strict(), method, marks), "{method} {marks:?}");
            }
        }
    }

    #[test]
    fn what_a_page_of_another_origin_sends_is_refused_whatever_the_method() {
        for policy in [strict(), BrowserPolicy::new(Unmarked::Admit)] {
            for method in ["GET", "HEAD", "OPTIONS", "POST", "get", "CONNECT"] {
                for marks in [
                    &[("sec-fetch-site", "cross-site")][..],
                    &[("sec-fetch-site", "same-site")],
                    &[("sec-fetch-site", "")],
                    &[("sec-fetch-site", "Same-Origin")],
                    // Whoever is told by one mark is not helped by the other.
                    &[("sec-fetch-site", "cross-site"), ("origin", OWN)],
                    &[("origin", "null")],
                    &[("origin", "")],
                    &[("origin", "https://evil.example")],
                    &[("origin", "http://api.example.com")],
                    &[("origin", "https://api.example.com.evil.example")],
                    &[("origin", "https://api.example.com:8443")],
                    &[("origin", "https://api.example.com/x")],
                    &[("origin", "https://evil.example@api.example.com")],
                    &[("origin", "https://api.example.com, https://evil.example")],
                    &[("origin", OWN), ("origin", OWN)],
                    &[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "same-origin")],
                ] {
                    assert!(!admits(&policy, method, marks), "{method} {marks:?}");
                }
            }
        }
    }

    #[test]
    fn a_link_to_this_origin_passes_and_a_form_or_a_frame_does_not() {
        let link = [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
        ];
        assert!(admits(&strict(), "GET", &link));
        assert!(!admits(&strict(), "POST", &link));
        assert!(!admits(&strict(), "OPTIONS", &link));
        let upgraded = [link[0], link[1], link[2], ("upgrade", "websocket")];
        assert!(!admits(&strict(), "GET", &upgraded));
        let frame = [link[0], link[1], ("sec-fetch-dest", "iframe")];
        assert!(!admits(&strict(), "GET", &frame));
        let image = [link[0], ("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "document")];
        assert!(!admits(&strict(), "GET", &image));
    }

    #[test]
    fn a_request_that_nothing_marks_passes_where_it_changes_nothing_or_where_that_is_allowed() {
        let lax = BrowserPolicy::new(Unmarked::Admit);
        for method in ["GET", "HEAD", "OPTIONS"] {
            assert!(admits(&strict(), method, &[]));
        }
        for (method, marks) in
            [("POST", &[][..]), ("", &[]), ("get", &[]), ("GET", &[("upgrade", "websocket")])]
        {
            assert!(!admits(&strict(), method, marks), "{method}");
            assert!(admits(&lax, method, marks), "{method}");
        }
    }
}
