//! Opaque tokens, through the public API and over real sockets. One file a theme.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../support/mod.rs"]
mod support;

mod asking;
mod bound;
mod caching;
mod jwt_answers;
mod outages;
mod sharing;

use bearward::answer::{Answer, Refusal, Unavailable};
use bearward::builder::ResourceServerBuilder;
use bearward::trust::{ClientAuthentication, Introspection, IntrospectionError};
use bearward::{AccessToken, Failure};
use bearward_issuer::{Algorithm, Issuer, ProtectedResource, RunningIssuer};
use support::{AUDIENCE, introspecting};

const CLIENT: &str = "orders api"; // with a space, which a form writes in another way
const SECRET: &str = "a secret: 100% & more";

/// An authorization server where this API may introspect.
async fn issuer() -> RunningIssuer {
    let api = ProtectedResource::new(CLIENT, SECRET);
    Issuer::builder().algorithms([Algorithm::Es256]).protected_resource(api).start().await.unwrap()
}

fn introspection() -> Introspection {
    Introspection::new(ClientAuthentication::secret_basic(CLIENT, SECRET))
}

fn asking(issuer: &RunningIssuer) -> ResourceServerBuilder {
    introspecting(issuer, introspection())
}

fn opaque(issuer: &RunningIssuer) -> String {
    issuer.mint_opaque(issuer.mint().audience(AUDIENCE).subject("subject").scope("read"))
}

/// The failure, and the answer to it.
#[track_caller]
fn refused(result: Result<AccessToken, Refusal>, case: &str) -> (Refusal, Answer) {
    match result {
        Ok(_) => panic!("{case}: accepted"),
        Err(failure) => {
            let answer = failure.answer();
            (failure, answer)
        }
    }
}

/// The token is inactive: 401, and told so.
#[track_caller]
fn assert_inactive(result: Result<AccessToken, Refusal>, case: &str) {
    let (failure, answer) = refused(result, case);
    assert_eq!((failure.code(), answer.status.as_u16()), ("token_inactive", 401), "{case}");
    let challenge = answer.headers["www-authenticate"].to_str().unwrap();
    assert!(challenge.contains("Bearer realm=\"api\", error=\"invalid_token\""), "{case}: {challenge}");
    assert!(!answer.headers.contains_key("retry-after"), "{case}");
}

/// Nobody can tell: 503, and when to try again; the client does not hear why.
#[track_caller]
fn assert_unavailable(result: Result<AccessToken, Refusal>, case: &str) -> IntrospectionError {
    let (failure, answer) = refused(result, case);
    assert_eq!((failure.code(), answer.status.as_u16()), ("introspection_unavailable", 503), "{case}");
    assert_eq!(answer.headers["retry-after"], "1", "{case}");
    assert!(!answer.headers.contains_key("www-authenticate"), "{case}");
    let body = String::from_utf8(answer.body).unwrap();
    let expected = "{\"error\":\"temporarily_unavailable\",\
                    \"error_description\":\"the authorization server could not be asked about the access token\"}";
    assert_eq!(body, expected, "{case}");
    match failure.into_failure() {
        Failure::Unavailable(Unavailable::Introspection { why, .. }) => why,
        other => panic!("{case}: {other:?}"),
    }
}
