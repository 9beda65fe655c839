use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;

use super::*;
use crate::request::certificate_header::CertificateHeader;
use crate::request::connection::{Connection, Security};

const PROXY: [u8; 4] = [10, 0, 0, 1];
const CLIENT: [u8; 4] = [192, 0, 2, 1];

fn policy(headers: ProxyHeaders) -> OriginPolicy {
    OriginPolicy { public_origin: None, proxies: TrustedProxies::parse(["10.0.0.0/8"]).unwrap(), headers }
}

const X_FORWARDED: ProxyHeaders = ProxyHeaders::none().x_forwarded_host().x_forwarded_proto();
const FORWARDED: ProxyHeaders = ProxyHeaders::none().forwarded_host().forwarded_proto();

fn headers(lines: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        let name: HeaderName = name.parse().unwrap();
        headers.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    headers
}

fn found(
    policy: &OriginPolicy,
    security: Security,
    peer: [u8; 4],
    target: &str,
    lines: &[(&str, &str)],
) -> Option<String> {
    let headers = headers(lines);
    let connection = Connection { security, peer: Some(peer.into()), certificate: None };
    let url = policy.target_url(&Sender::new("GET", target, &headers, connection))?;
    assert_eq!(TargetUrl::parse(url.as_str()), Some(url.clone()), "it is normalised");
    Some(url.as_str().to_owned())
}

#[test]
fn without_a_proxy_the_connection_and_the_host_say_it() {
    use Security::{Plain, Tls};

    let policy = policy(X_FORWARDED);
    for (security, target, host, expected) in [
        (Tls, "/a?b", "api.example.com", Some("https://api.example.com/a")),
        (Plain, "/a", "api.example.com", Some("http://api.example.com/a")),
        (Tls, "/a", "API.example.com:443", Some("https://api.example.com/a")),
        (Plain, "/a", "api:443", Some("http://api:443/a")),
        (Tls, "/a", "[::1]:8443", Some("https://[::1]:8443/a")),
        (Tls, "/a?b\\ é#", "api", Some("https://api/a")),
        (Tls, "//evil.example/a", "api", Some("https://api//evil.example/a")),
        (Tls, "/@evil.example/a", "api", Some("https://api/@evil.example/a")),
        (Tls, "/https://evil.example/a", "api", Some("https://api/https://evil.example/a")),
        (Tls, "/a/../b", "api", None),
        // Absolute targets name the authority themselves; the scheme is still the connection's.
        (Tls, "https://api.example.com/a?b", "other", Some("https://api.example.com/a")),
        (Tls, "http://api.example.com/a", "other", Some("https://api.example.com/a")),
        (Plain, "https://api.example.com", "other", Some("http://api.example.com/")),
        (Tls, "https://api.example.com?a/b", "", Some("https://api.example.com/")),
        (Tls, "https://user@api.example.com/a", "api", None),
        (Tls, "https:///a", "api", None),
        (Tls, "ftp://api/a", "api", None),
        (Tls, "*", "api", None),
        (Tls, "api:443", "api", None),
        (Tls, "", "api", None),
        (Tls, "a", "api", None),
        (Tls, "\\a", "api", None),
        (Tls, "/a#b", "api", None),
        (Tls, "/a b", "api", None),
        (Tls, "/%zz", "api", None),
        (Tls, "/a", "", None),
        (Tls, "/a", "api/x?", None),
        (Tls, "/a", "api/x", None),
        (Tls, "/a", "api?x", None),
        (Tls, "/a", "api#x", None),
        (Tls, "/a", "a@b", None),
        (Tls, "/a", "a, b", None),
        (Tls, "/a", "a b", None),
        (Tls, "/a", "api:", Some("https://api/a")),
        (Tls, "/a", "api:x", None),
        (Tls, "/a", ":443", None),
        (Tls, "/a", "https://api", None),
        (Tls, "/a", "é", None),
        (Tls, "/a", "api\\", None),
    ] {
        let url = found(&policy, security, CLIENT, target, &[("host", host)]);
        assert_eq!(url.as_deref(), expected, "{target} {host}");
    }
    assert_eq!(found(&policy, Tls, CLIENT, "/a", &[]), None, "no Host");
    assert_eq!(found(&policy, Tls, CLIENT, "/a", &[("host", "a"), ("host", "a")]), None, "two Hosts");
    assert_eq!(found(&policy, Tls, CLIENT, "https://b/", &[]).as_deref(), Some("https://b/"), "HTTP/2");
}

#[test]
fn forwarding_headers_count_from_a_trusted_proxy_only() {
    let lines = [
        ("host", "internal:8080"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "api.example.com"),
        ("forwarded", "proto=https;host=rfc.example.com"),
    ];
    let (x, rfc) = (policy(X_FORWARDED), policy(FORWARDED));
    let none = OriginPolicy::default();
    for (policy, peer, expected) in [
        (&x, PROXY, "https://api.example.com/a"),
        (&rfc, PROXY, "https://rfc.example.com/a"),
        (&x, CLIENT, "http://internal:8080/a"),
        (&rfc, CLIENT, "http://internal:8080/a"),
        (&none, PROXY, "http://internal:8080/a"),
    ] {
        assert_eq!(found(policy, Security::Plain, peer, "/a", &lines).as_deref(), Some(expected));
    }
    let headers = headers(&lines);
    let url = x.target_url(&Sender::new("GET", "/a", &headers, Connection::unknown()));
    assert_eq!(url, TargetUrl::parse("http://internal:8080/a"), "a peer without an address");
}

#[test]
fn of_forwarding_headers_the_last_element_is_read_and_a_missing_one_leaves_the_url_unknown() {
    const HOST: (&str, &str) = ("host", "internal");
    let x = |lines: &[(&str, &str)]| {
        let lines = [&[HOST], lines].concat();
        found(&policy(X_FORWARDED), Security::Plain, PROXY, "/a", &lines)
    };
    for (proto, host, expected) in [
        (Some("https"), Some("api"), Some("https://api/a")),
        (Some("HTTPS"), Some("API:443"), Some("https://api/a")),
        (Some("http"), Some("api:8443"), Some("http://api:8443/a")),
        // The proxy was said to set both: what a client had it remove must not lead back to the client's Host.
        (Some("https"), None, None),
        (None, Some("api:8443"), None),
        (None, None, None),
        (Some("http, https"), Some("evil , api"), Some("https://api/a")),
        (Some("ftp,\thttps "), Some("e/v\\il,api"), Some("https://api/a")),
        (Some("https,"), None, None),
        (Some(""), None, None),
        (Some("wss"), None, None),
        (Some("https://"), None, None),
        (Some("https;http"), None, None),
        (Some("https"), Some(""), None),
        (Some("https"), Some("api,"), None),
        (Some("https"), Some("api/x?"), None),
        (Some("https"), Some("a@b"), None),
        (Some("https"), Some("a b"), None),
        (Some("https"), Some("\"api\""), None),
        (Some("https"), Some("é"), None),
    ] {
        let lines: Vec<_> =
            [proto.map(|text| ("x-forwarded-proto", text)), host.map(|text| ("x-forwarded-host", text))]
                .into_iter()
                .flatten()
                .collect();
        assert_eq!(x(&lines).as_deref(), expected, "{proto:?} {host:?}");
    }
    let (proto, host) = (("x-forwarded-proto", "https"), ("x-forwarded-host", "api"));
    assert_eq!(x(&[proto, host, host]), None, "two lines");
    assert_eq!(x(&[proto, proto, host]), None, "two lines");
    let others =
        [proto, host, ("x-forwarded-port", "1"), ("x-forwarded-prefix", "/x"), ("forwarded", "host=evil")];
    assert_eq!(x(&others).as_deref(), Some("https://api/a"), "others are not looked at");
}

#[test]
fn nothing_is_believed_of_a_trusted_proxy_that_was_not_named() {
    let lines = [
        ("host", "internal"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "x.example"),
        ("forwarded", "proto=https;host=rfc.example"),
    ];
    let none = ProxyHeaders::none;
    for (named, expected) in [
        (none(), "http://internal/a"),
        (none().client_certificate(CertificateHeader::ClientCert), "http://internal/a"),
        (none().connection_certificate(), "http://internal/a"),
        (none().x_forwarded_proto(), "https://internal/a"),
        (none().x_forwarded_host(), "http://x.example/a"),
        (none().forwarded_proto(), "https://internal/a"),
        (none().forwarded_host(), "http://rfc.example/a"),
        (none().x_forwarded_host().forwarded_proto(), "https://x.example/a"),
        (none().x_forwarded_host().forwarded_host(), "http://rfc.example/a"),
    ] {
        let url = found(&policy(named.clone()), Security::Plain, PROXY, "/a", &lines);
        assert_eq!(url.as_deref(), Some(expected), "{named:?}");
    }
    let garbled = [
        ("host", "internal"),
        ("x-forwarded-host", "e/vil"),
        ("x-forwarded-proto", "ftp"),
        ("forwarded", ","),
    ];
    let url = found(&policy(none()), Security::Plain, PROXY, "/a", &garbled);
    assert_eq!(url.as_deref(), Some("http://internal/a"), "what is not named is not looked at");
}

#[test]
fn the_forwarded_header_is_read_strictly() {
    let rfc = |lines: &[(&str, &str)]| {
        let lines = [&[("host", "internal")], lines].concat();
        found(&policy(FORWARDED), Security::Plain, PROXY, "/a", &lines)
    };
    for (value, expected) in [
        ("proto=https;host=api", Some("https://api/a")),
        ("for=192.0.2.60;Proto=HTTPS;by=203.0.113.43;HOST=api", Some("https://api/a")),
        ("host=\"api:8443\";proto=https", Some("https://api:8443/a")),
        ("host=\"[::1]:8443\";proto=http", Some("http://[::1]:8443/a")),
        ("host=\"a\\pi\";proto=http", Some("http://api/a")),
        ("host=evil;proto=http, host=api;proto=https", Some("https://api/a")),
        // Both are named, so both must be there.
        ("for=\"[2001:db8:cafe::17]:4711\"", None),
        ("host=api", None),
        ("proto=https", None),
        ("host=evil;proto=https, for=1.2.3.4", None),
        ("for=\"a, host=evil;proto=https\"", None),
        // A port needs quotes, since a colon is no character of a token.
        ("host=api:8443", None),
        ("host=api;host=api", None),
        ("proto=https;proto=https", None),
        ("proto=https;Proto=http", None),
        ("proto=ftp", None),
        ("proto=", None),
        ("host=\"\"", None),
        ("host=\"api/x?\"", None),
        ("host=\"a@b\"", None),
        ("host=\"a, b\"", None),
        ("proto = https", None),
        ("https", None),
        ("", None),
        ("proto=https,", None),
        ("host=\"api", None),
        // The client opens a quote, for the proxy's element to end up in it.
        ("for=\"x, for=1.2.3.4;host=api;proto=https", None),
        ("for=\"x, for=\"[::1]\";host=api;proto=https", None),
        ("host=é", None),
    ] {
        assert_eq!(rfc(&[("forwarded", value)]).as_deref(), expected, "{value}");
    }
    assert_eq!(rfc(&[("forwarded", "host=evil"), ("forwarded", "host=api")]), None, "two lines");
}

#[test]
fn a_public_origin_is_stronger_than_anything_the_request_says() {
    for (origin, target, expected) in [
        ("https://api.example.com", "/a?b", Some("https://api.example.com/a")),
        ("HTTPS://API.example.com:443/", "/a", Some("https://api.example.com/a")),
        ("https://example.com/api", "/", Some("https://example.com/api/")),
        ("https://example.com/api/", "/a", Some("https://example.com/api/a")),
        ("https://example.com/%61pi", "/../../a", None),
        ("https://example.com/api", "/%2e%2e/a", None),
        ("http://localhost:3000", "https://evil.example/a", Some("http://localhost:3000/a")),
        ("https://api.example.com", "*", None),
        ("https://api.example.com", "/\\", None),
    ] {
        let mut policy = policy(X_FORWARDED);
        policy.public_origin = Some(PublicOrigin::parse(origin).unwrap());
        let lines = [
            ("host", "evil.example"),
            ("host", "api/x?"),
            ("x-forwarded-host", "evil.example"),
            ("x-forwarded-proto", "ftp"),
        ];
        for peer in [PROXY, CLIENT] {
            assert_eq!(
                found(&policy, Security::Plain, peer, target, &lines).as_deref(),
                expected,
                "{origin} {target}"
            );
        }
    }
    assert_eq!(
        PublicOrigin::parse("HTTPS://Example.com:443/api/").unwrap().as_str(),
        "https://example.com/api"
    );
    assert_eq!(PublicOrigin::parse("https://example.com").unwrap().as_str(), "https://example.com");
}

#[test]
fn what_is_no_origin_is_refused_with_its_reason() {
    for (origin, reason) in [
        ("", "absolute URL"),
        ("api.example.com", "absolute URL"),
        ("/api", "absolute URL"),
        ("ftp://api.example.com", "absolute URL"),
        ("https://api.example.com?a", "query"),
        ("https://api.example.com/?", "query"),
        ("https://api.example.com/#a", "fragment"),
        ("https://user:password@api.example.com", "credentials"),
        ("https://", "host"),
        ("https://:443", "host"),
        ("https://api.example.com:99999", "host"),
        ("https://*.example.com", "host"),
        ("https://bücher.example", "host"),
        ("https://a/b c", "path"),
        ("https://a/%zz", "path"),
        ("https://a/b\\c", "path"),
    ] {
        let error = PublicOrigin::parse(origin).unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("{:?}: ", RedactedUrl::of(origin))) && error.contains(reason),
            "{error}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_header_from_an_untrusted_peer_moves_the_url(
        proto in "[ -~]{0,10}", host in "[ -~]{0,10}", forwarded in "[ -~]{0,20}", kind in any::<bool>(),
    ) {
        let lines = [
            ("host", "api"), ("x-forwarded-proto", &*proto), ("x-forwarded-host", &*host), ("forwarded", &*forwarded),
        ];
        let kind = if kind { FORWARDED } else { X_FORWARDED };
        let url = found(&policy(kind), Security::Tls, CLIENT, "/a", &lines);
        prop_assert_eq!(url.as_deref(), Some("https://api/a"));
    }

    #[test]
    fn whatever_a_client_wrote_before_it_the_proxy_s_element_counts_or_nothing(
        before in "([a-z]{1,4}|=|\"|,|;| |\\\\|host|proto){0,12}",
    ) {
        let ours = "for=\"[::1]\";host=\"api\";proto=https";
        let lines = [("host", "evil"), ("forwarded", &*format!("{before}, {ours}"))];
        let url = found(&policy(FORWARDED), Security::Plain, PROXY, "/a", &lines);
        prop_assert!(url.as_deref().is_none_or(|url| url == "https://api/a"), "{:?}", url);
        let lines = [("host", "evil"), ("x-forwarded-host", &*format!("{before}, api"))];
        let url = found(&policy(ProxyHeaders::none().x_forwarded_host()), Security::Plain, PROXY, "/a", &lines);
        prop_assert_eq!(url.as_deref(), Some("http://api/a"));
    }
}

#[test]
fn a_uri_names_what_its_text_does() {
    for (host, target) in [
        ("api.example.com", "/a/b?c=d"),
        ("api.example.com", "/"),
        ("api.example.com", "*"),
        ("other.example", "https://api.example.com/a?b"),
        ("other.example", "http://api.example.com:8080"),
        ("other.example", "api.example.com:443"),
    ] {
        let (headers, uri) = (headers(&[("host", host)]), target.parse().unwrap());
        let connection = Connection { security: Security::Tls, peer: None, certificate: None };
        let policy = policy(ProxyHeaders::none());
        let by_uri = policy.target_url(&Sender::at("GET", &uri, &headers, connection));
        assert_eq!(by_uri, policy.target_url(&Sender::new("GET", target, &headers, connection)), "{target}");
        assert_eq!(by_uri.is_some(), target.contains('/'), "{target}");
    }
}
