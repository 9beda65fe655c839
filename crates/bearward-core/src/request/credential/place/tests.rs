use http::header::HeaderName;
use http::{HeaderMap, HeaderValue};

use super::*;
use crate::request::credential::{Credential, CredentialRules, QueryTokens, Scheme};

const NAME: &str = "cf-access-jwt-assertion";

fn place() -> TokenPlace {
    TokenHeader::new(NAME).unwrap().into()
}

fn headers(lines: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
        headers.append(name.parse::<HeaderName>().unwrap(), value);
    }
    headers
}

fn read_with(
    place: &TokenPlace,
    lines: &[(&str, &str)],
    query: Option<&str>,
    form: Option<&[u8]>,
) -> Result<Option<String>, CredentialError> {
    let rules = CredentialRules::new(QueryTokens::Accept, 64).place(place);
    let headers = headers(lines);
    let found = Credential::extract(&headers, query, form, rules)?;
    Ok(found.map(|credential| {
        assert_eq!(credential.scheme(), Scheme::Bearer);
        assert!(!credential.is_in_authorization());
        credential.expose_token().to_owned()
    }))
}

fn read(lines: &[(&str, &str)]) -> Result<Option<String>, CredentialError> {
    read_with(&place(), lines, None, None)
}

#[test]
fn the_header_that_is_set_has_the_token_by_itself() {
    assert_eq!(read(&[(NAME, "a.b.c")]), Ok(Some("a.b.c".to_owned())));
    assert_eq!(read(&[]), Ok(None));
    for value in ["", " ", "Bearer a.b.c", "a.b.c, a.b.c", "\"a.b.c\"", "a b", "é"] {
        assert_eq!(read(&[(NAME, value)]), Err(CredentialError::NotAToken), "{value:?}");
    }
    assert!(read(&[(NAME, &"a".repeat(64))]).unwrap().is_some());
    assert_eq!(read(&[(NAME, &"a".repeat(65))]), Err(CredentialError::TooLarge));
}

#[test]
fn the_header_twice_is_refused_even_when_both_agree() {
    assert_eq!(read(&[(NAME, "a.b.c"), (NAME, "a.b.c")]), Err(CredentialError::Repeated));
}

#[test]
fn a_token_in_another_place_alone_is_no_credential() {
    for value in ["Bearer a.b.c", "DPoP a.b.c", "Bearer", "Basic dTpw", ""] {
        assert_eq!(read(&[("authorization", value)]), Ok(None), "{value:?}");
    }
    assert_eq!(read_with(&place(), &[], Some("access_token=a"), None), Ok(None));
    assert_eq!(read_with(&place(), &[], None, Some(b"access_token=a")), Ok(None));
    let place = place();
    let rules = CredentialRules::new(QueryTokens::Ignore, 64).place(&place);
    assert!(Credential::from_authorization("Bearer a.b.c", rules).unwrap().is_none());
}

#[test]
fn a_second_token_beside_the_one_that_counts_is_refused() {
    let token = (NAME, "a.b.c");
    for value in ["Bearer a.b.c", "bearer x", "DPoP a.b.c", "Bearer"] {
        assert_eq!(
            read(&[token, ("authorization", value)]),
            Err(CredentialError::SeveralMethods),
            "{value:?}"
        );
    }
    let two = [token, ("authorization", "Basic dTpw"), ("authorization", "Bearer x")];
    assert_eq!(read(&two), Err(CredentialError::SeveralMethods));
    for parameter in ["access_token=a", "%61ccess_token=", "access_token=a&access_token=b"] {
        let both = read_with(&place(), &[token], Some(parameter), None);
        assert_eq!(both, Err(CredentialError::SeveralMethods), "{parameter}");
        let both = read_with(&place(), &[token], None, Some(parameter.as_bytes()));
        assert_eq!(both, Err(CredentialError::SeveralMethods), "{parameter}");
    }
}

#[test]
fn credentials_of_other_schemes_stay_beside_it() {
    for value in ["Basic dTpw", "Negotiate", "", "Bearerx y"] {
        assert_eq!(
            read(&[(NAME, "a.b.c"), ("authorization", value)]),
            Ok(Some("a.b.c".to_owned())),
            "{value:?}"
        );
    }
}

#[test]
fn what_is_in_authorization_is_ignored_where_that_is_said() {
    let place = TokenHeader::new(NAME).unwrap().beside_authorization().into();
    let both = [(NAME, "a.b.c"), ("authorization", "Bearer x.y.z")];
    assert_eq!(read_with(&place, &both, None, None), Ok(Some("a.b.c".to_owned())));
    assert_eq!(read_with(&place, &both[1..], None, None), Ok(None));
    let third = read_with(&place, &both, Some("access_token=a"), None);
    assert_eq!(third, Err(CredentialError::SeveralMethods));
}

#[test]
fn a_header_with_a_meaning_of_its_own_cannot_have_the_token() {
    for name in [
        "Authorization",
        "authorization",
        "proxy-authorization",
        "cookie",
        "host",
        "connection",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "dpop",
        "origin",
        "sec-fetch-site",
        "sec-websocket-protocol",
        "access-control-request-headers",
        "",
        "a b",
        "a:b",
        ":authority",
        "é",
        "a\r\nb",
    ] {
        assert!(matches!(TokenHeader::new(name), Err(PlaceError(_))), "{name:?}");
    }
}

#[test]
fn a_trusted_origin_is_an_origin() {
    for origin in [
        "",
        "app.example.com",
        "https://app.example.com/path",
        "https://*.example.com",
        "null",
        "ws://a.example",
    ] {
        let header = TokenHeader::new(NAME).unwrap().trust_origin(origin);
        assert!(matches!(header, Err(PlaceError(_))), "{origin:?}");
    }
    for origin in ["https://app.example.com", "https://app.example.com/", "http://localhost:3000"] {
        assert!(TokenHeader::new(NAME).unwrap().trust_origin(origin).is_ok(), "{origin:?}");
    }
}

fn cookie() -> TokenPlace {
    TokenCookie::new("__Host-token").unwrap().into()
}

fn in_cookies(lines: &[&str]) -> Result<Option<String>, CredentialError> {
    let lines: Vec<_> = lines.iter().map(|line| ("cookie", *line)).collect();
    read_with(&cookie(), &lines, None, None)
}

#[test]
fn the_cookie_that_is_set_has_the_token_among_any_others() {
    for lines in [
        &["__Host-token=a.b.c"][..],
        &["a=1; __Host-token=a.b.c; b=2"],
        &["a=1;__Host-token=a.b.c;b"],
        &["=x; a=__Host-token=z; __Host-token=a.b.c; "],
        // As HTTP/2 may send them.
        &["a=1", "__Host-token=a.b.c", "b=2"],
    ] {
        assert_eq!(in_cookies(lines), Ok(Some("a.b.c".to_owned())), "{lines:?}");
    }
    for lines in [
        &[][..],
        &["a=1"],
        &["__host-token=a"],
        &["x__Host-token=a"],
        &["__Host-token"],
        &["a=\"; __Host-tokens=a"],
    ] {
        assert_eq!(in_cookies(lines), Ok(None), "{lines:?}");
    }
}

#[test]
fn two_cookies_of_the_name_are_refused_even_when_both_agree() {
    for lines in [
        &["__Host-token=a; __Host-token=a"][..],
        &["__Host-token=a", "__Host-token=a"],
        &["__Host-token=a; x=1; __Host-token="],
    ] {
        assert_eq!(in_cookies(lines), Err(CredentialError::Repeated), "{lines:?}");
    }
}

#[test]
fn a_cookie_that_is_no_token_is_refused() {
    for value in ["", "\"a.b.c\"", "a b", "a%2Eb", "Bearer a", "a,b", "é"] {
        assert_eq!(
            in_cookies(&[&format!("__Host-token={value}")]),
            Err(CredentialError::NotAToken),
            "{value:?}"
        );
    }
    assert_eq!(in_cookies(&[&format!("__Host-token={}", "a".repeat(65))]), Err(CredentialError::TooLarge));
    let lines = [("cookie", "__Host-token=a"), ("authorization", "Bearer a")];
    assert_eq!(read_with(&cookie(), &lines, None, None), Err(CredentialError::SeveralMethods));
    assert_eq!(read_with(&cookie(), &lines[1..], None, None), Ok(None));
}

#[test]
fn the_name_of_a_cookie_or_a_subprotocol_is_a_token() {
    for name in ["", " ", "a b", "a=b", "a;b", "a,b", "é", "a\r\n"] {
        assert!(matches!(TokenCookie::new(name), Err(PlaceError(_))), "{name:?}");
        assert!(matches!(TokenSubprotocol::new(name), Err(PlaceError(_))), "{name:?}");
    }
}

fn offered(lines: &[&str]) -> Result<Option<String>, CredentialError> {
    let place = TokenSubprotocol::new("bearer").unwrap().into();
    let lines: Vec<_> = lines.iter().map(|line| ("sec-websocket-protocol", *line)).collect();
    read_with(&place, &lines, None, None)
}

#[test]
fn the_token_is_the_subprotocol_after_the_one_that_is_set() {
    for lines in [
        &["bearer, a.b.c"][..],
        &["bearer,a.b.c"],
        &["graphql-transport-ws, bearer, a.b.c"],
        &["bearer, a.b.c, graphql-transport-ws"],
        &["graphql-transport-ws", "bearer", "a.b.c"],
    ] {
        assert_eq!(offered(lines), Ok(Some("a.b.c".to_owned())), "{lines:?}");
    }
    for lines in [&[][..], &["graphql-transport-ws"], &["Bearer, a.b.c"], &["bearer.a.b.c"], &["xbearer, a"]]
    {
        assert_eq!(offered(lines), Ok(None), "{lines:?}");
    }
    for lines in [&["bearer"][..], &["a.b.c, bearer"], &["bearer, "], &["bearer, a b"], &["bearer,,a"]] {
        assert_eq!(offered(lines), Err(CredentialError::NotAToken), "{lines:?}");
    }
    for lines in [&["bearer, bearer"][..], &["bearer, a.b.c, bearer, d.e.f"], &["bearer, a", "bearer, a"]] {
        assert_eq!(offered(lines), Err(CredentialError::Repeated), "{lines:?}");
    }
}
