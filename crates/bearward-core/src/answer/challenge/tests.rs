use proptest::prelude::*;

use super::*;
use crate::answer::failure::{Misconfiguration, Unavailable};
use crate::check::signature::SignatureError;
use crate::check::validation::ClaimsError;
use crate::request::credential::CredentialError;
use crate::token::error::TokenError;
use crate::trust::validation_policy::ValidatorError;

fn challenge(failure: impl Into<Failure>) -> (u16, String) {
    let answer = ChallengePolicy::default().answer(&failure.into(), Scheme::Bearer, None);
    let value = answer.headers.get(WWW_AUTHENTICATE);
    (answer.status.as_u16(), value.map_or(String::new(), |value| value.to_str().unwrap().to_owned()))
}

#[test]
fn each_failure_has_its_status_and_exact_challenge() {
    let cases: Vec<(Failure, u16, &str)> = vec![
        (Rejection::MissingCredential.into(), 401, r#"Bearer realm="api""#),
        (
            CredentialError::Malformed.into(),
            400,
            r#"Bearer realm="api", error="invalid_request", error_description="the Authorization header is malformed""#,
        ),
        (
            TokenError::UnsupportedAlgorithm.into(),
            401,
            r#"Bearer realm="api", error="invalid_token", error_description="the access token's algorithm is not supported""#,
        ),
        (
            SignatureError::Invalid.into(),
            401,
            r#"Bearer realm="api", error="invalid_token", error_description="the access token's signature is invalid""#,
        ),
        (
            ClaimsError::Missing("exp").into(),
            401,
            r#"Bearer realm="api", error="invalid_token", error_description="the access token has no claim exp""#,
        ),
        (
            Denial::InsufficientScope { required: "a b".into() }.into(),
            403,
            r#"Bearer realm="api", error="insufficient_scope", error_description="the access token lacks a required scope", scope="a b""#,
        ),
        (
            Denial::OrganizationMissing.into(),
            401,
            r#"Bearer realm="api", error="invalid_token", error_description="the access token is for no organization""#,
        ),
        (
            Denial::OrganizationMismatch.into(),
            403,
            r#"Bearer realm="api", error="insufficient_scope", error_description="the access token is for another organization""#,
        ),
        (
            Denial::AuthenticationTooWeak { acr_values: "mfa".into() }.into(),
            401,
            r#"Bearer realm="api", error="insufficient_user_authentication", error_description="a stronger authentication is required", acr_values="mfa""#,
        ),
        (
            Denial::AuthenticationTooOld { max_age: Duration::from_secs(300) }.into(),
            401,
            r#"Bearer realm="api", error="insufficient_user_authentication", error_description="a more recent authentication is required", max_age="300""#,
        ),
        (Unavailable::Keys { retry_after: Duration::from_millis(1) }.into(), 503, ""),
        (Misconfiguration::NoSuchPathParameter("org".into()).into(), 500, ""),
        (
            Rejection::MalformedPath.into(),
            400,
            r#"Bearer realm="api", error="invalid_request", error_description="the path of the request is malformed""#,
        ),
    ];
    for (failure, status, expected) in cases {
        assert_eq!(challenge(failure.clone()), (status, expected.to_owned()), "{failure:?}");
    }
}

#[test]
fn an_outage_says_when_to_come_back() {
    let retry_after = |millis| {
        let retry_after = Duration::from_millis(millis);
        let answer = ChallengePolicy::default().answer(
            &Unavailable::Keys { retry_after }.into(),
            Scheme::Bearer,
            None,
        );
        answer.headers[RETRY_AFTER].to_str().unwrap().to_owned()
    };
    assert_eq!(retry_after(0), "1");
    assert_eq!(retry_after(1000), "1");
    assert_eq!(retry_after(1001), "2");
}

#[test]
fn bodies_come_in_four_shapes() {
    let failure: Failure = Denial::InsufficientScope { required: "a".into() }.into();
    let render = |shape, failure: &Failure| {
        let answer = ChallengePolicy::default().body(shape).answer(failure, Scheme::Bearer, None);
        let content_type = answer.headers.get(CONTENT_TYPE).map(|value| value.to_str().unwrap().to_owned());
        (content_type.unwrap_or_default(), String::from_utf8(answer.body).unwrap())
    };
    let is = |content_type: &str, body: &str| (content_type.to_owned(), body.to_owned());
    assert_eq!(
        render(ErrorBody::Json, &failure),
        is(
            "application/json",
            r#"{"error":"insufficient_scope","error_description":"the access token lacks a required scope"}"#
        )
    );
    assert_eq!(
        render(ErrorBody::Message, &failure),
        is("application/json", r#"{"error":"The access token lacks a required scope"}"#)
    );
    assert_eq!(
        render(ErrorBody::Message, &Rejection::MissingCredential.into()),
        is("application/json", r#"{"error":"Authorization header is missing"}"#)
    );
    assert_eq!(
        render(ErrorBody::Problem, &failure),
        is(
            "application/problem+json",
            r#"{"code":"insufficient_scope","detail":"the access token lacks a required scope","status":403,"title":"Forbidden"}"#
        )
    );
    assert_eq!(render(ErrorBody::Empty, &failure), is("", ""));
}

#[test]
fn a_realm_or_metadata_url_that_cannot_stand_in_a_header_is_refused() {
    let policy = ChallengePolicy::default;
    for bad in ["a\r\nb", "a\nb", "a\0b", "é", "a\tb"] {
        assert_eq!(policy().realm(Some(bad.into())).unwrap_err(), ChallengeError::Realm, "{bad:?}");
        let metadata = policy().resource_metadata(Some(bad.into()));
        assert_eq!(metadata.unwrap_err(), ChallengeError::ResourceMetadata, "{bad:?}");
    }
    let answer = policy()
        .realm(Some(r#"a "b" \c"#.into()))
        .and_then(|policy| policy.resource_metadata(Some("https://api.example/.well-known/x".into())))
        .unwrap()
        .answer(&Rejection::MissingCredential.into(), Scheme::Bearer, None);
    assert_eq!(
        answer.headers[WWW_AUTHENTICATE],
        r#"Bearer realm="a \"b\" \\c", resource_metadata="https://api.example/.well-known/x""#
    );
}

/// Reads a challenge as RFC 9110 §11.2 defines it; `None` when it is not one.
fn parse(challenge: &str) -> Option<Vec<(String, String)>> {
    let mut rest = challenge.strip_prefix("Bearer ")?;
    let mut parameters = Vec::new();
    loop {
        let (name, after) = rest.split_once("=\"")?;
        let mut value = String::new();
        let mut characters = after.char_indices();
        let end = loop {
            match characters.next()? {
                (at, '"') => break at,
                (_, '\\') => value.push(characters.next()?.1),
                (_, character) => value.push(character),
            }
        };
        parameters.push((name.to_owned(), value));
        rest = &after[end + 1..];
        if rest.is_empty() {
            return Some(parameters);
        }
        rest = rest.strip_prefix(", ")?;
    }
}

proptest! {
    #[test]
    fn whatever_a_value_holds_the_challenge_stays_one(value in any::<String>()) {
        let failure = ClaimsError::Custom(ValidatorError::new(value.clone())).into();
        let answer = ChallengePolicy::default().answer(&failure, Scheme::Bearer, None);
        let header = &answer.headers[WWW_AUTHENTICATE];
        prop_assert!(header.as_bytes().iter().all(|byte| (b' '..=b'~').contains(byte)));
        let parameters = parse(header.to_str().unwrap()).unwrap();
        let names: Vec<_> = parameters.iter().map(|(name, _)| name.as_str()).collect();
        prop_assert_eq!(names, ["realm", "error", "error_description"]);
        let shown: String = value.chars()
            .map(|c| match c {
                '"' | '\\' => '\'',
                ' '..='~' => c,
                _ => '?',
            })
            .collect();
        prop_assert_eq!(&parameters[2].1, &shown);
    }
}
