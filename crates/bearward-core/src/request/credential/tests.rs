use http::HeaderValue;

use super::*;

const RULES: CredentialRules<'_> = CredentialRules::new(QueryTokens::Ignore, 64);
const WITH_QUERY: CredentialRules<'_> = CredentialRules::new(QueryTokens::Accept, 64);

fn header(value: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    headers
}

fn read(value: &str) -> Result<Option<String>, CredentialError> {
    let headers = header(value);
    let credential = Credential::extract(&headers, None, None, RULES)?;
    Ok(credential.map(|credential| credential.expose_token().to_owned()))
}

#[test]
fn the_scheme_is_read_in_any_case_and_any_number_of_spaces() {
    for value in ["Bearer a.b.c", "bearer a.b.c", "BEARER a.b.c", "Bearer   a.b.c"] {
        assert_eq!(read(value), Ok(Some("a.b.c".to_owned())), "{value}");
    }
}

#[test]
fn another_scheme_is_as_good_as_nothing() {
    for value in ["Basic dTpw", "Negotiate", "DPoP a.b.c", "Bearerx a.b.c", "a.b.c"] {
        assert_eq!(read(value), Ok(None), "{value}");
    }
}

#[test]
fn what_is_not_one_token68_is_malformed() {
    for value in [
        "Bearer",
        "Bearer ",
        "Bearer a b",
        "Bearer a, b",
        "Bearer =",
        "Bearer a=b",
        "Bearer \"a\"",
        "Bearer a\tb",
        "Bearer\ta",
        "Bearer é",
        "",
        " Bearer a",
        ",",
        "Bearer: a",
    ] {
        assert_eq!(read(value), Err(CredentialError::Malformed), "{value:?}");
    }
}

#[test]
fn a_token_over_the_limit_is_refused() {
    assert!(read(&format!("Bearer {}", "a".repeat(64))).unwrap().is_some());
    assert_eq!(read(&format!("Bearer {}", "a".repeat(65))), Err(CredentialError::TooLarge));
}

#[test]
fn two_headers_are_refused_even_when_they_agree() {
    let mut headers = header("Bearer a");
    headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer a"));
    let result = Credential::extract(&headers, None, None, RULES);
    assert_eq!(result.unwrap_err(), CredentialError::RepeatedHeader);
}

#[test]
fn the_query_counts_only_where_it_is_accepted() {
    let none = HeaderMap::new();
    let query = |query, rules| {
        Credential::extract(&none, Some(query), None, rules)
            .map(|found| found.map(|credential| credential.expose_token().to_owned()))
    };
    assert_eq!(query("access_token=a", RULES), Ok(None));
    assert_eq!(query("x=1&access_token=a.b", WITH_QUERY), Ok(Some("a.b".to_owned())));
    assert_eq!(query("%61ccess_token=a%2Eb", WITH_QUERY), Ok(Some("a.b".to_owned())));
    assert_eq!(query("xaccess_token=a", WITH_QUERY), Ok(None));
    assert_eq!(query("access_token=a&access_token=a", WITH_QUERY), Err(CredentialError::SeveralMethods));
    assert_eq!(query("access_token=", WITH_QUERY), Err(CredentialError::Malformed));
    assert_eq!(query("access_token=a+b", WITH_QUERY), Err(CredentialError::Malformed));
}

#[test]
fn two_ways_at_once_are_refused() {
    let headers = header("Bearer a");
    for rules in [RULES, WITH_QUERY] {
        let both = Credential::extract(&headers, Some("access_token=a"), None, rules);
        assert_eq!(both.unwrap_err(), CredentialError::SeveralMethods);
    }
    let both = Credential::extract(&headers, None, Some(b"access_token=a"), RULES);
    assert_eq!(both.unwrap_err(), CredentialError::SeveralMethods);
}

#[test]
fn a_form_body_is_read_when_it_is_handed_over() {
    let none = HeaderMap::new();
    let found = Credential::extract(&none, None, Some(b"a=1&access_token=x.y"), RULES).unwrap();
    assert_eq!(found.unwrap().expose_token(), "x.y");
}

#[test]
fn a_lone_header_value_is_read_as_the_whole_request_would_be() {
    let long = format!("Bearer {}", "a".repeat(65));
    for value in ["Bearer a.b.c", "bearer  a", "Basic dTpw", "Bearer", "Bearer a b", "", "a, b", &long] {
        let headers = header(value);
        let whole = Credential::extract(&headers, None, None, RULES);
        let lone = Credential::from_authorization(value, RULES);
        let token = |found: Result<Option<Credential<'_>>, _>| {
            found.map(|credential| credential.map(|credential| credential.expose_token().to_owned()))
        };
        assert_eq!(token(lone), token(whole), "{value}");
    }
}
