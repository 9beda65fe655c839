//! Answers that are the JWT behind the token.

use super::*;

fn phantom() -> Engine {
    asking(introspection().answers(IntrospectionAnswers::PhantomJwt))
}

fn jwt(jwt: impl Into<String>) -> Reply {
    Reply::new(200, jwt).header("content-type", "application/jwt")
}

#[test]
fn the_jwt_behind_the_token_lets_it_in_and_can_be_sent_on() {
    let engine = phantom();
    let behind = token(&json!({ "scope": "read" }));
    let fetch = call(&engine, TOKEN, at(0));
    assert_eq!(fetch.request().accept, "application/jwt");
    finish_fetch(fetch, &jwt(&*behind), at(0));
    for _ in 0..2 {
        let passed = decide(&engine, TOKEN, at(0)).unwrap();
        assert_eq!((passed.expose_token(), passed.expose_jwt()), (TOKEN, Some(&*behind)));
        assert_eq!((passed.algorithm(), passed.kid()), (Some(crate::token::Algorithm::EdDSA), Some("k")));
        assert!(passed.scopes().contain("read"));
    }
}

#[test]
fn no_content_and_inactive_are_refusals() {
    for reply in [Reply::new(204, ""), inactive()] {
        assert_eq!(after(&phantom(), &reply, at(0)).unwrap_err(), TokenError::Inactive.into());
    }
}

#[test]
fn what_is_no_jwt_of_this_issuer_counts_for_nothing() {
    let stranger = SigningKey::ed25519("k", 2);
    let other = token(&json!({ "iss": "https://other.example" }));
    for (case, reply, expected) in [
        ("JSON", active(&json!({})), IntrospectionError::ContentType),
        (
            "HTML",
            Reply::new(200, "<html>").header("content-type", "text/html"),
            IntrospectionError::ContentType,
        ),
        ("JSON that says nothing", json_of("{}"), IntrospectionError::NoActive),
        ("opaque", jwt(TOKEN), IntrospectionError::Token(TokenError::NotCompact)),
        ("nothing", jwt(""), IntrospectionError::Token(TokenError::NotCompact)),
        ("not text", jwt("\u{0}"), IntrospectionError::Token(TokenError::NotCompact)),
        ("another key", jwt(stranger.token(&claims(&json!({})))), IntrospectionError::Signature),
        ("another issuer", jwt(other), IntrospectionError::Issuer),
        ("no issuer", jwt(token(&json!({ "iss": null }))), IntrospectionError::Issuer),
        (
            "an introspection answer",
            jwt(key().token_with_header(
                &json!({ "alg": "EdDSA", "kid": "k", "typ": "token-introspection+jwt" }),
                &claims(&json!({})),
            )),
            IntrospectionError::Token(TokenError::WrongType),
        ),
    ] {
        assert_eq!(useless(&phantom(), &reply, at(0)), expected, "{case}");
    }
}

#[test]
fn its_claims_are_validated_like_a_presented_ones() {
    for (changes, expected) in [
        (json!({ "exp": null }), missing("exp")),
        (json!({ "exp": START - 6 }), ClaimsError::Expired.into()),
        (json!({ "aud": "https://other.example" }), ClaimsError::AudienceMismatch.into()),
        (json!({ "sub": 7 }), malformed("sub")),
    ] {
        let failure = after(&phantom(), &jwt(token(&changes)), at(0)).unwrap_err();
        assert_eq!(failure, Failure::Rejected(expected), "{changes}");
    }
}

#[test]
fn a_key_that_is_withdrawn_takes_the_phantom_with_it() {
    let introspection = introspection().cache_for(secs(3600)).answers(IntrospectionAnswers::PhantomJwt);
    let issuer =
        IssuerConfig::new(ISSUER).jwks_uri("https://issuer.example/keys").introspection(introspection);
    let engine = EngineConfig::new().issuer(issuer).audience(AUDIENCE).build().unwrap();
    let (old, new) = (SigningKey::ed25519("old", 1), SigningKey::ed25519("new", 2));
    let lasting = claims(&json!({ "exp": START + 9999 }));
    finish_fetch(call(&engine, TOKEN, at(0)), &jwt(old.token(&lasting)), at(0));
    finish_fetch(waited_fetch(check(&engine, TOKEN, at(0))), &Reply::keys([&old]), at(0));
    assert!(decide(&engine, TOKEN, at(0)).is_ok());

    let aged = check(&engine, TOKEN, at(600));
    assert_eq!(aged.source, Source::Cache);
    assert!(matches!(aged.step, Step::Done(Ok(_))), "once more, with a refresh behind it");
    finish_fetch(aged.fetch.unwrap(), &Reply::keys([&new]), at(600));
    let Fetch::Introspection(anew) = call(&engine, TOKEN, at(601)) else { panic!("keys") };
    assert!(!anew.accepts_shared_answer(), "which may be the old one");
    finish_fetch(Fetch::Introspection(anew), &jwt(new.token(&lasting)), at(601));
    assert_eq!(decide(&engine, TOKEN, at(601)).unwrap().kid(), Some("new"));
}

#[test]
fn an_answer_of_no_use_is_not_taken_from_another_machine_again() {
    let engine = phantom();
    assert_eq!(useless(&engine, &jwt("x"), at(0)), IntrospectionError::Token(TokenError::NotCompact));
    let Fetch::Introspection(anew) = call(&engine, TOKEN, at(1)) else { panic!("keys") };
    assert!(!anew.accepts_shared_answer());
    finish_fetch(Fetch::Introspection(anew), &jwt(token(&json!({}))), at(1));
    let Fetch::Introspection(later) = call(&engine, TOKEN, at(61)) else { panic!("keys") };
    assert!(later.accepts_shared_answer());
}
