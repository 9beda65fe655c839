//! The credential of a request: one, in one place, of one form.

use bearward_core::Credential;
use bearward_core::request::{CredentialError, CredentialRules, QueryTokens};
use http::{HeaderMap, HeaderValue};
use proptest::prelude::*;

const LONGEST: usize = 64;
const RULES: CredentialRules<'_> = CredentialRules::new(QueryTokens::Accept, LONGEST);

fn from_header(value: &[u8]) -> Option<Result<Option<String>, CredentialError>> {
    let mut headers = HeaderMap::new();
    headers.insert("authorization", HeaderValue::from_bytes(value).ok()?);
    let found = Credential::extract(&headers, None, None, RULES);
    Some(found.map(|credential| credential.map(|credential| credential.expose_token().to_owned())))
}

fn is_token68(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let legal = |character: char| character.is_ascii_alphanumeric() || "-._~+/".contains(character);
    !body.is_empty() && body.chars().all(legal)
}

/// Bytes that look like a header's value now and then.
fn value() -> impl Strategy<Value = Vec<u8>> {
    let text = prop_oneof![
        "[Bb][Ee][Aa][Rr][Ee][Rr] {0,3}[A-Za-z0-9._~+/-]{0,70}={0,3}",
        "(Basic|DPoP|Bearer|bearer|Bear|,|) ?[ -~]{0,20}",
        "[ -~]{0,30}",
    ];
    prop_oneof![text.prop_map(String::into_bytes), any::<Vec<u8>>()]
}

proptest! {
    #![proptest_config(super::cases(4000))]

    #[test]
    fn a_header_s_credential_is_its_one_token68(value in value()) {
        let Some(found) = from_header(&value) else { return Ok(()) };
        if let Ok(Some(token)) = found {
            prop_assert!(is_token68(&token) && token.len() <= LONGEST);
            let text = std::str::from_utf8(&value).unwrap();
            let (scheme, rest) = text.split_once(' ').unwrap();
            prop_assert!(scheme.eq_ignore_ascii_case("bearer"));
            prop_assert_eq!(rest.trim_start_matches(' '), token);
        } else if let Ok(None) = found {
            prop_assert!(!value.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bearer ")));
        }
    }

    #[test]
    fn a_good_credential_is_taken_in_any_case_of_its_scheme(
        scheme in "[Bb][Ee][Aa][Rr][Ee][Rr]", spaces in " {1,5}", token in "[A-Za-z0-9._~+/-]{1,60}={0,2}",
    ) {
        let found = from_header(format!("{scheme}{spaces}{token}").as_bytes()).unwrap();
        prop_assert_eq!(found, Ok(Some(token)));
    }

    #[test]
    fn two_headers_are_refused_whatever_they_say(one in value(), other in value()) {
        let mut headers = HeaderMap::new();
        for value in [one, other] {
            let Ok(value) = HeaderValue::from_bytes(&value) else { return Ok(()) };
            headers.append("authorization", value);
        }
        let found = Credential::extract(&headers, None, None, RULES);
        prop_assert_eq!(found.unwrap_err(), CredentialError::RepeatedHeader);
    }

    #[test]
    fn no_query_and_no_form_panics(text in prop_oneof![
        any::<Vec<u8>>(),
        "(&|=|%|access_token|%61ccess_token|a|%zz|%2|\\+){0,12}".prop_map(String::into_bytes),
    ]) {
        let none = HeaderMap::new();
        let in_form = Credential::extract(&none, None, Some(&text), RULES);
        if let Ok(Some(credential)) = &in_form {
            prop_assert!(is_token68(credential.expose_token()));
        }
        if let Ok(query) = std::str::from_utf8(&text) {
            let in_query = Credential::extract(&none, Some(query), None, RULES);
            let token = |found: &Result<Option<Credential<'_>>, _>| {
                found.as_ref().ok().map(|found| found.as_ref().map(|found| found.expose_token().to_owned()))
            };
            prop_assert_eq!(token(&in_query), token(&in_form), "both are read alike");
        }
    }

    #[test]
    fn a_token_is_found_in_a_form_however_its_name_and_value_are_written(
        token in "[A-Za-z0-9._~/-]{1,40}", escape_name in any::<u16>(), escape_value in any::<u64>(),
        around in "([a-z]{1,3}=[a-z]{0,3}&){0,3}",
    ) {
        let written = |text: &str, escape: u64| -> String {
            text.bytes().enumerate().map(|(place, byte)| match escape >> (place % 64) & 1 {
                1 => format!("%{byte:02X}"),
                _ => char::from(byte).to_string(),
            }).collect()
        };
        let form = format!("{around}{}={}", written("access_token", escape_name.into()), written(&token, escape_value));
        let headers = HeaderMap::new();
        let found = Credential::extract(&headers, None, Some(form.as_bytes()), RULES).unwrap().unwrap();
        prop_assert_eq!(found.expose_token(), token);
    }

    #[test]
    fn a_text_is_a_token_or_none(text in prop_oneof![any::<String>(), "[A-Za-z0-9=._~+/-]{0,70}"]) {
        let found = Credential::from_token(&text, RULES);
        let expected = match (text.len() <= LONGEST, is_token68(&text)) {
            (true, true) => Ok(&*text),
            (true, false) => Err(CredentialError::Malformed),
            (false, _) => Err(CredentialError::TooLarge),
        };
        prop_assert_eq!(found.as_ref().map(Credential::expose_token).map_err(|error| *error), expected);
    }
}
