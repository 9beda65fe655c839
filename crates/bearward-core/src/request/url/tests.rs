use proptest::prelude::*;

use super::*;

fn normalised(url: &str) -> Option<String> {
    TargetUrl::parse(url).map(|url| url.as_str().to_owned())
}

#[test]
fn the_spellings_of_one_url_are_one() {
    for (one, spellings) in [
        (
            "https://api.example.com/",
            &[
                "https://api.example.com",
                "HTTPS://API.Example.COM",
                "https://api.example.com:443",
                "https://api.example.com:",
                "https://api.example.com:0443/",
                "https://api.example.com?query",
                "https://api.example.com/?query=/a/../b\\é",
                "https://api.example.com#fragment",
                "https://api.example.com/#?/",
                "https://api.example.com/.",
                "https://api.example.com/./",
                "https://api.example.com/..",
                "https://api.example.com/../..",
                "https://api.example.com/a/..",
                "https://api.example.com/%2e%2E/%2e",
            ][..],
        ),
        ("http://a:443/", &["http://A:443", "hTTp://a:443/?x"]),
        ("http://a/", &["http://a:80", "http://a:"]),
        ("https://a:8443/b", &["https://a:8443/b", "https://a:8443/b?c", "https://a:8443/x/../b"]),
        ("https://a/~b-c.d_e9", &["https://a/%7eb%2Dc%2Ed%5Fe%39", "https://a/%7Eb-c.d_e9"]),
        ("https://a/%2F%3A%25", &["https://a/%2f%3a%25"]),
        ("https://a/%252e", &["https://a/%25%32e"]),
        ("https://a/%5B%7C%5D%7B%22", &["https://a/[|]{\"", "https://a/%5b|%5D%7B%22"]),
        ("https://a/b/c", &["https://a/b/./c", "https://a/b/x/../c", "https://a/%62/x/%2E%2e/c"]),
        ("https://a/b/", &["https://a/b/.", "https://a/b/c/.."]),
        ("https://a/b//c", &["https://a/b//c", "https://a/b//./c", "https://a/b//x/../c"]),
        ("https://a//c", &["https://a/..//c", "https://a//c"]),
        ("https://a/b/c", &["https://a/b//../c"]),
        ("https://a/.../..b/c..", &["https://a/.../..b/c.."]),
        ("https://[2001:db8::1]/", &["https://[2001:DB8:0:0::1]", "https://[2001:0db8::0001]:443/"]),
        ("https://[::ffff:1.2.3.4]:1/", &["https://[::FFFF:102:304]:1"]),
        ("https://a_b.example./", &["https://A_b.example."]),
        ("https://127.0.0.1:1/", &["https://127.0.0.1:1"]),
        ("https://a/!$&'()*+,;=:@", &["https://a/!$&'()*+,;=:@"]),
    ] {
        for spelling in spellings {
            assert_eq!(normalised(spelling).as_deref(), Some(one), "{spelling}");
        }
    }
}

#[test]
fn different_urls_stay_different() {
    let urls = [
        "https://a/b",
        "http://a/b",
        "https://a:444/b",
        "https://a:80/b",
        "http://a:443/b",
        "https://ab",
        "https://a.b",
        "https://a.b.",
        "https://a/",
        "https://a//",
        "https://a/b/",
        "https://a/B",
        "https://a//b",
        "https://a/b%2F",
        "https://a/%2Fb",
        "https://a/%2F",
        "https://a/%5Cb",
        "https://a/b%3F",
        "https://a/b%23",
        "https://a/b;c",
        "https://a/b%3Bc",
        "https://a/b%00",
        "https://a/b%20",
        "https://a/b+",
        "https://a/b%2B",
        "https://a/%2e%2e%2Fb",
        "https://a/%252e%252e/b",
        "https://a/c/b",
        "https://a/...",
        "https://[::1]/b",
        "https://127.0.0.1/b",
        "https://[::ffff:127.0.0.1]/b",
        "https://localhost/b",
    ];
    for (place, one) in urls.iter().enumerate() {
        for other in &urls[place + 1..] {
            assert_ne!(TargetUrl::parse(one).unwrap(), TargetUrl::parse(other).unwrap(), "{one} {other}");
        }
    }
}

#[test]
fn what_someone_may_read_otherwise_is_no_url() {
    for url in [
        "",
        "/",
        "/path",
        "a",
        "a/b",
        "a:443",
        "//a/b",
        "https",
        "https:",
        "https:a/b",
        "https:/a/b",
        "https:///b",
        "https://",
        "https://?a",
        "https://#a",
        "https://:443/",
        "ftp://a/",
        "file:///etc/passwd",
        "ws://a/",
        "httpss://a/",
        " https://a/",
        "https ://a/",
        "https://user@a/",
        "https://user:password@a/",
        "https://@a/",
        "https://a@/",
        "https://a@b:443/",
        "https://a b/",
        "https://a%2Fb/",
        "https://%61/",
        "https://a\\b/",
        "https://a\\@b/",
        "https://a*b/",
        "https://a,b/",
        "https://a..b/",
        "https://.a/",
        "https://./",
        "https://../",
        "https://é/",
        "https://a\u{3002}b/",
        "https://a:b/",
        "https://a:-1/",
        "https://a:+1/",
        "https://a:1:2/",
        "https://a: 1/",
        "https://a:65536/",
        "https://a:443443443443/",
        "https://a:0/",
        "https://::1/",
        "https://[::1/",
        "https://[::1]a/",
        "https://[::1]1/",
        "https://[::1%25eth0]/",
        "https://[127.0.0.1]/",
        "https://[v1.a]/",
        "https://[]/",
        "https://[a]/",
        "https://a]/",
        "https://a/ b",
        "https://a/b ",
        "https://a/\tb",
        "https://a/b\n",
        "https://a/b\r",
        "https://a/\0",
        "https://a/\x7f",
        "https://a/é",
        "https://a/\\b",
        "https://a/b\\..\\c",
        "https://a/%",
        "https://a/%2",
        "https://a/%zz",
        "https://a/%2g",
        "https://a/%+2",
        "https://a/%2%35",
        "https://a/%é",
    ] {
        assert_eq!(normalised(url), None, "{url:?}");
    }
    assert_eq!(normalised(&format!("https://{}/", "a".repeat(256))), None);
}

#[test]
fn a_thousand_dots_are_nothing_to_climb_out_with() {
    let url = format!("https://a/b{}/c", "/%2e%2e".repeat(1000));
    assert_eq!(normalised(&url).as_deref(), Some("https://a/c"));
}

/// Texts that look like URLs.
fn url() -> impl Strategy<Value = String> {
    prop_oneof![
        "https?://[a-cA-C.:@\\[\\]0-9]{0,6}(/|//|\\.|%2e|%2E|%41|%2f|%5c|%|~|a|B|\\?|#|\\||\\\\){0,12}",
        "(https?|HTTP|ftp)(:|://|:/)[ -~]{0,20}",
        any::<String>(),
    ]
}

/// One of a path's spellings: some of its characters encoded, `/./` or `/x/../` for some of its slashes.
fn spelled(path: &str, choices: &[u8]) -> String {
    let mut choices = choices.iter().copied().cycle();
    let mut choose = || choices.next().unwrap_or(0);
    let mut spelling = String::new();
    for character in path.chars() {
        match (character, choose() % 4) {
            ('/', 1) => spelling.push_str("/./"),
            ('/', 2) => spelling.push_str("/x/%2E./"),
            ('/', 3) => spelling.push_str("/%78/.%2e/%2e/"),
            ('/', _) => spelling.push('/'),
            (other, 1) => spelling.push_str(&format!("%{:02x}", u32::from(other))),
            (other, 2) => spelling.push_str(&format!("%{:02X}", u32::from(other))),
            (other, _) => spelling.push(other),
        }
    }
    spelling
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_one_form_is_its_own(url in url()) {
        let Some(once) = TargetUrl::parse(&url) else { return Ok(()) };
        prop_assert_eq!(TargetUrl::parse(once.as_str()), Some(once.clone()));
        let rest = once.as_str().strip_prefix("http").unwrap().trim_start_matches('s').strip_prefix("://").unwrap();
        let (authority, path) = rest.split_once('/').unwrap();
        prop_assert!(!authority.is_empty() && !authority.contains('@'));
        prop_assert!(path.bytes().all(|byte| byte.is_ascii_graphic() && !b"\\?#".contains(&byte)));
        prop_assert!(path.split('/').all(|segment| segment != "." && segment != ".."));
    }

    #[test]
    fn any_spelling_of_a_url_equals_it(
        https in any::<bool>(), host in "[a-z][a-z0-9-]{0,8}(\\.[a-z]{1,3}){0,2}", port in proptest::option::of(1..=u16::MAX),
        path in "(/[a-zA-Z0-9~_-]{0,5}){1,4}", choices in proptest::collection::vec(any::<u8>(), 1..40),
        query in "([?#][ -~]{0,8})?",
    ) {
        let scheme = if https { "https" } else { "http" };
        let own = if https { 443 } else { 80 };
        let written = port.map_or(String::new(), |port| format!(":{port}"));
        let url = TargetUrl::parse(&format!("{scheme}://{host}{written}{path}")).unwrap();
        let shown = if port.is_none_or(|port| port == own) { String::new() } else { written.clone() };
        prop_assert_eq!(url.as_str(), format!("{scheme}://{host}{shown}{path}"));
        let port = if shown.is_empty() { format!(":{own}") } else { shown };
        let other = format!("{}://{}{port}{}{query}", scheme.to_uppercase(), host.to_uppercase(), spelled(&path, &choices));
        prop_assert_eq!(TargetUrl::parse(&other), Some(url), "{}", other);
    }

    #[test]
    fn urls_that_differ_in_a_part_are_never_equal(
        one in (any::<bool>(), "[a-c]{1,2}", 1..4_u16, "(/|a|%2F|%2f|b|\\.\\.a){0,4}"),
        other in (any::<bool>(), "[a-c]{1,2}", 1..4_u16, "(/|a|%2F|%2f|b|\\.\\.a){0,4}"),
    ) {
        let written = |(https, host, port, path): &(bool, String, u16, String)| {
            let url = format!("http{}://{host}:{port}/{path}", if *https { "s" } else { "" });
            (TargetUrl::parse(&url).unwrap(), url.replace("%2f", "%2F"))
        };
        let ((one, one_text), (other, other_text)) = (written(&one), written(&other));
        prop_assert_eq!(one == other, one_text == other_text, "{} {}", one_text, other_text);
    }
}
