//! Signed answers (RFC 9701) and phantom tokens.

use bearward::token::TokenError;
use bearward::trust::{IntrospectionAnswers, IntrospectionError, Limits};
use bearward::{Failure, ResourceServer};
use bearward_issuer::{Algorithm, Endpoint, Fault, RunningIssuer, SigningKey};
use serde_json::{Value, json};

use super::{CLIENT, assert_inactive, assert_unavailable, introspection, issuer, opaque, refused};
use crate::support::{AUDIENCE, TestClock, assert_accepted, introspecting, present, trusting};

const SIGNED: &str = "application/token-introspection+jwt";

fn answering(issuer: &RunningIssuer, answers: IntrospectionAnswers) -> ResourceServer {
    introspecting(issuer, introspection().answers(answers)).build().unwrap()
}

fn answered(content_type: &str, text: String) -> Fault {
    Fault::Body { bytes: text.into_bytes(), content_type: content_type.to_owned() }
}

fn good() -> Value {
    json!({ "active": true, "aud": AUDIENCE, "sub": "subject" })
}

#[tokio::test]
async fn signed_answers_let_in_and_keep_out() {
    let issuer = issuer().await;
    let api = answering(&issuer, IntrospectionAnswers::SignedJwt);
    let token = opaque(&issuer);
    let passed = assert_accepted(present(&api, &token).await, "a signed answer");
    assert_eq!((passed.subject(), passed.expose_jwt()), (Some("subject"), None));
    assert_inactive(present(&api, "made-up").await, "signed, and inactive");
    assert_inactive(present(&api, "made-up").await, "remembered");
    assert_eq!(issuer.requests(Endpoint::Introspection), 2);
}

#[tokio::test]
async fn a_signed_answer_that_is_not_for_this_call_is_503() {
    let issuer = issuer().await;
    let stranger = SigningKey::generate(Algorithm::Es256);
    let made = |audience: &str| issuer.mint_introspection(audience, good());
    let own_kid = issuer.signing_kid();
    for (case, jwt, expected) in [
        (
            "another key of the same name",
            made(CLIENT).signed_by(&stranger).header("kid", own_kid).sign(),
            IntrospectionError::Signature,
        ),
        ("an unknown key", made(CLIENT).signed_by(&stranger).sign(), IntrospectionError::Key),
        ("for another client", made("other").sign(), IntrospectionError::Audience),
        ("for the API", made(AUDIENCE).sign(), IntrospectionError::Audience),
        (
            "of another issuer",
            made(CLIENT).claim("iss", "https://x.example").sign(),
            IntrospectionError::Issuer,
        ),
        (
            "an access token",
            made(CLIENT).header("typ", "at+jwt").sign(),
            IntrospectionError::Token(TokenError::WrongType),
        ),
        ("an old one", made(CLIENT).claim("iat", 1_000_000_000).sign(), IntrospectionError::Stale),
        ("without a date", made(CLIENT).remove("iat").sign(), IntrospectionError::Stale),
        (
            "without an introspection",
            made(CLIENT).remove("token_introspection").sign(),
            IntrospectionError::NoIntrospection,
        ),
        ("no JWT", good().to_string(), IntrospectionError::Token(TokenError::NotCompact)),
    ] {
        let api = answering(&issuer, IntrospectionAnswers::SignedJwt);
        issuer.stage(Endpoint::Introspection, answered(SIGNED, jwt));
        assert_eq!(assert_unavailable(present(&api, "token").await, case), expected, "{case}");
        issuer.heal();
    }
}

#[tokio::test]
async fn no_kind_of_answer_stands_in_for_another() {
    let issuer = issuer().await;
    let token = opaque(&issuer);
    let signed = || answered(SIGNED, issuer.mint_introspection(CLIENT, good()).sign());
    let phantom = || answered("application/jwt", issuer.mint().audience(AUDIENCE).sign());
    let plain = || Fault::json(&good());
    for (case, answers, fault) in [
        ("plain for signed", IntrospectionAnswers::SignedJwt, plain()),
        ("phantom for signed", IntrospectionAnswers::SignedJwt, phantom()),
        ("signed for plain", IntrospectionAnswers::Json, signed()),
        ("phantom for plain", IntrospectionAnswers::Json, phantom()),
        ("plain for phantom", IntrospectionAnswers::PhantomJwt, plain()),
        ("signed for phantom", IntrospectionAnswers::PhantomJwt, signed()),
    ] {
        let api = answering(&issuer, answers);
        issuer.stage(Endpoint::Introspection, fault);
        let why = assert_unavailable(present(&api, &token).await, case);
        assert_eq!(why, IntrospectionError::ContentType, "{case}");
        issuer.heal();
    }
}

#[tokio::test]
async fn a_phantom_token_is_verified_and_can_be_sent_on() {
    let issuer = issuer().await;
    let api = answering(&issuer, IntrospectionAnswers::PhantomJwt);
    let token = opaque(&issuer);
    let passed = assert_accepted(present(&api, &token).await, "a phantom token");
    assert_eq!(passed.expose_token(), token);
    let jwt = passed.expose_jwt().expect("the phantom token").to_owned();
    assert_eq!(passed.kid(), Some(&*issuer.signing_kid()));
    // What it is sent on to knows nothing of opaque tokens.
    let next = trusting(&issuer).build().unwrap();
    assert_eq!(assert_accepted(present(&next, &jwt).await, "sent on").subject(), Some("subject"));
    assert_inactive(present(&api, "made-up").await, "204");
}

#[tokio::test]
async fn a_phantom_token_that_does_not_hold_is_refused_and_one_that_is_not_the_issuers_is_503() {
    let issuer = issuer().await;
    let api = answering(&issuer, IntrospectionAnswers::PhantomJwt);
    let foreign = issuer.mint_opaque(issuer.mint().audience("https://other.example"));
    let (failure, answer) = refused(present(&api, &foreign).await, "for another API");
    assert_eq!((failure.code(), answer.status.as_u16()), ("audience_mismatch", 401));
    let stranger = SigningKey::generate(Algorithm::Es256);
    for (case, jwt, expected) in [
        (
            "an unknown key",
            issuer.mint().audience(AUDIENCE).signed_by(&stranger).sign(),
            IntrospectionError::Key,
        ),
        (
            "another issuer",
            issuer.mint().audience(AUDIENCE).claim("iss", "https://x.example").sign(),
            IntrospectionError::Issuer,
        ),
    ] {
        issuer.stage_once(Endpoint::Introspection, answered("application/jwt", jwt));
        let token = case.replace(' ', "-");
        assert_eq!(assert_unavailable(present(&api, &token).await, case), expected);
    }
}

#[tokio::test]
async fn a_withdrawn_key_takes_phantom_tokens_with_it() {
    let issuer = issuer().await;
    let clock = TestClock::new();
    let mut limits = Limits::default();
    limits.max_cached_tokens = 10;
    let hour = introspection()
        .answers(IntrospectionAnswers::PhantomJwt)
        .cache_for(std::time::Duration::from_secs(3600));
    let api = introspecting(&issuer, hour).limits(limits).clock(clock.reader()).build().unwrap();
    let token = issuer.mint_opaque(issuer.mint().audience(AUDIENCE).expires_in(9 * 3600));
    assert_accepted(present(&api, &token).await, "signed with the first key");
    issuer.rotate_and_withdraw();
    clock.advance(1300.0);
    // The server still answers with the JWT of the withdrawn key, which verifies no more.
    let failure = present(&api, &token).await.unwrap_err();
    assert!(matches!(failure.failure(), Failure::Unavailable(_)), "{failure:?}");
    assert_eq!(issuer.requests(Endpoint::Introspection), 2, "asked again, since its key is gone");
}
