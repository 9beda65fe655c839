//! Who may use the pages' API: the page itself, and no other page.
//!
//! The server listens on the loopback interface, which every page in the browser of this machine can reach. It therefore
//! refuses:
//!
//! 1. a `Host` that is not a name of this machine with the port of this server: a page whose own name was made to lead here
//!    (DNS rebinding) sends its own name;
//! 2. an `Origin` that is not this server's, and a change without any;
//! 3. what the browser says another site asks for (`Sec-Fetch-Site`), except for following a link to a page;
//! 4. a change that is not JSON: a form of another site cannot send that.

use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Trouble;

/// The names that a browser on this machine reaches the server by.
const NAMES: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

pub(super) async fn this_machine_only(State(port): State<u16>, request: Request, next: Next) -> Response {
    match refusal(request.method(), request.headers(), port) {
        None => next.run(request).await,
        Some(why) => Trouble::new(StatusCode::FORBIDDEN, why).into_response(),
    }
}

/// Why a request is refused, if it is.
fn refusal(method: &Method, headers: &HeaderMap, port: u16) -> Option<&'static str> {
    let Some(host) = only(headers, &HOST).filter(|host| is_here(host, port)) else {
        return Some("this page is served under 127.0.0.1 and localhost only");
    };
    let reads = matches!(*method, Method::GET | Method::HEAD);
    let is_own_origin =
        only(headers, &ORIGIN).is_some_and(|origin| origin.strip_prefix("http://") == Some(host));
    if !is_own_origin && (headers.contains_key(ORIGIN) || !reads) {
        return Some("only the page of this server may ask for this");
    }
    let says = |name: &'static str, allowed: &[&str]| {
        let name = HeaderName::from_static(name);
        !headers.contains_key(&name) || only(headers, &name).is_some_and(|value| allowed.contains(&value))
    };
    let follows_a_link =
        reads && headers.contains_key("sec-fetch-mode") && says("sec-fetch-mode", &["navigate"]);
    if !follows_a_link && !says("sec-fetch-site", &["same-origin", "none"]) {
        return Some("another site may not ask for this");
    }
    let json =
        only(headers, &CONTENT_TYPE).is_some_and(|value| value.eq_ignore_ascii_case("application/json"));
    if !reads && !json {
        return Some("a change is sent as application/json");
    }
    None
}

fn is_here(host: &str, port: u16) -> bool {
    NAMES.iter().any(|name| host.strip_prefix(name).is_some_and(|rest| rest == format!(":{port}")))
        // Browsers leave out the port of http.
        || (port == 80 && NAMES.contains(&host))
}

/// The value of a header that is there once.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(method: Method, headers: &[(&'static str, &'static str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        refusal(&method, &map, 3000).is_some()
    }

    const HERE: (&str, &str) = ("host", "127.0.0.1:3000");
    const JSON: (&str, &str) = ("content-type", "application/json");

    #[test]
    fn the_page_itself_is_served() {
        assert!(!refused(Method::GET, &[HERE]));
        assert!(!refused(Method::GET, &[("host", "localhost:3000"), ("sec-fetch-site", "none")]));
        assert!(!refused(Method::GET, &[("host", "[::1]:3000"), ("sec-fetch-site", "same-origin")]));
        assert!(!refused(Method::POST, &[HERE, ("origin", "http://127.0.0.1:3000"), JSON]));
        let link = [HERE, ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")];
        assert!(!refused(Method::GET, &link));
    }

    #[test]
    fn a_name_that_was_made_to_lead_here_is_refused() {
        for host in
            ["attacker.example:3000", "127.0.0.1", "127.0.0.1:4000", "localhost.attacker.example:3000", ""]
        {
            assert!(refused(Method::GET, &[("host", host)]), "{host}");
        }
        assert!(refused(Method::GET, &[]));
        assert!(refused(Method::GET, &[HERE, HERE]));
    }

    #[test]
    fn another_page_is_refused() {
        let own = ("origin", "http://127.0.0.1:3000");
        for (method, headers) in [
            (Method::POST, &[HERE, JSON][..]),
            (Method::POST, &[HERE, JSON, ("origin", "null")]),
            (Method::POST, &[HERE, JSON, ("origin", "https://attacker.example")]),
            (Method::POST, &[HERE, JSON, ("origin", "http://127.0.0.1:4000")]),
            (Method::POST, &[HERE, JSON, ("origin", "http://localhost:3000")]),
            (Method::POST, &[HERE, JSON, own, own]),
            (Method::POST, &[HERE, own]),
            (Method::POST, &[HERE, own, ("content-type", "text/plain")]),
            (Method::POST, &[HERE, own, JSON, ("sec-fetch-site", "same-site")]),
            (
                Method::POST,
                &[HERE, own, JSON, ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")],
            ),
            (Method::GET, &[HERE, ("origin", "https://attacker.example")]),
            (Method::GET, &[HERE, ("sec-fetch-site", "cross-site")]),
            (Method::GET, &[HERE, ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors")]),
        ] {
            assert!(refused(method.clone(), headers), "{method} {headers:?}");
        }
    }
}
