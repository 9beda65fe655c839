//! Signed answers (RFC 9701).

use super::*;

fn signed() -> Engine {
    asking(introspection().answers(IntrospectionAnswers::SignedJwt))
}

fn body(introspection: &Value) -> Value {
    json!({ "iss": ISSUER, "aud": "api", "iat": START, "token_introspection": introspection })
}

fn jwt_of(key: &SigningKey, header: &Value, claims: &Value) -> Reply {
    typed(key.token_with_header(header, claims))
}

fn typed(jwt: impl Into<String>) -> Reply {
    Reply::new(200, jwt).header("content-type", "application/token-introspection+jwt")
}

fn header() -> Value {
    json!({ "alg": "EdDSA", "kid": "k", "typ": "token-introspection+jwt" })
}

fn good() -> Value {
    json!({ "active": true, "iss": ISSUER, "aud": AUDIENCE, "sub": "subject", "scope": "read" })
}

#[test]
fn a_signed_answer_lets_the_token_in() {
    let engine = signed();
    let fetch = call(&engine, TOKEN, at(0));
    assert_eq!(fetch.request().accept, "application/token-introspection+jwt");
    finish_fetch(fetch, &jwt_of(&key(), &header(), &body(&good())), at(0));
    let token = decide(&engine, TOKEN, at(0)).unwrap();
    assert_eq!((token.subject(), token.expose_token()), (Some("subject"), TOKEN));
    assert!(token.scopes().contain("read"));
    assert_eq!((token.algorithm(), token.expose_jwt()), (None, None), "the answer is no token to send on");
    assert_eq!(check(&engine, TOKEN, at(1)).source, Source::Cache);
}

#[test]
fn a_signed_answer_can_say_that_the_token_is_inactive() {
    let engine = signed();
    let reply = jwt_of(&key(), &header(), &body(&json!({ "active": false })));
    assert_eq!(after(&engine, &reply, at(0)).unwrap_err(), TokenError::Inactive.into());
    assert_eq!(decide(&engine, TOKEN, at(4)).unwrap_err(), TokenError::Inactive.into());
    assert!(check(&engine, TOKEN, at(5)).fetch.is_some());
}

#[test]
fn a_signed_answer_without_a_boolean_active_tells_nothing() {
    for introspection in [json!({}), json!({ "active": "true" }), json!({ "active": 1 })] {
        let reply = jwt_of(&key(), &header(), &body(&introspection));
        assert_eq!(useless(&signed(), &reply, at(0)), IntrospectionError::NoActive, "{introspection}");
    }
}

#[test]
fn claims_within_it_are_validated() {
    for (introspection, expected) in [
        (json!({ "active": true }), missing("aud")),
        (json!({ "active": true, "aud": AUDIENCE, "iss": "x" }), IssuerError::Unknown.into()),
        (json!({ "active": true, "aud": AUDIENCE, "exp": START - 6 }), ClaimsError::Expired.into()),
    ] {
        let reply = jwt_of(&key(), &header(), &body(&introspection));
        assert_eq!(after(&signed(), &reply, at(0)).unwrap_err(), Failure::Rejected(expected));
    }
}

#[test]
fn what_is_not_this_issuers_fresh_answer_to_this_client_counts_for_nothing() {
    let stranger = SigningKey::ed25519("k", 2);
    let unknown = SigningKey::ed25519("x", 2);
    let with = |name: &str, value: Value| {
        let mut body = body(&good());
        match value {
            Value::Null => body.as_object_mut().unwrap().remove(name),
            value => body.as_object_mut().unwrap().insert(name.to_owned(), value),
        };
        jwt_of(&key(), &header(), &body)
    };
    let headed =
        |typ: &str| jwt_of(&key(), &json!({ "alg": "EdDSA", "kid": "k", "typ": typ }), &body(&good()));
    let unsigned = {
        let part = |value: &Value| mint::base64url(value.to_string());
        format!(
            "{}.{}.",
            part(&json!({ "alg": "none", "typ": "token-introspection+jwt" })),
            part(&body(&good()))
        )
    };
    for (case, reply, expected) in [
        ("another key", jwt_of(&stranger, &header(), &body(&good())), IntrospectionError::Signature),
        (
            "an unknown key",
            jwt_of(
                &unknown,
                &json!({ "alg": "EdDSA", "kid": "x", "typ": "token-introspection+jwt" }),
                &body(&good()),
            ),
            IntrospectionError::Key,
        ),
        ("an access token", headed("at+jwt"), IntrospectionError::Token(TokenError::WrongType)),
        ("a JWT of no kind", headed("JWT"), IntrospectionError::Token(TokenError::WrongType)),
        ("unsigned", typed(unsigned), IntrospectionError::Token(TokenError::UnsupportedAlgorithm)),
        ("no JWT", typed(r#"{"active":true}"#), IntrospectionError::Token(TokenError::NotCompact)),
        ("another issuer", with("iss", json!("https://other.example")), IntrospectionError::Issuer),
        ("no issuer", with("iss", Value::Null), IntrospectionError::Issuer),
        ("another client", with("aud", json!("other")), IntrospectionError::Audience),
        ("the API", with("aud", json!(AUDIENCE)), IntrospectionError::Audience),
        ("no audience", with("aud", Value::Null), IntrospectionError::Audience),
        ("no date", with("iat", Value::Null), IntrospectionError::Stale),
        ("no date but a text", with("iat", json!("now")), IntrospectionError::Stale),
        ("from the future", with("iat", json!(START + 6)), IntrospectionError::Stale),
        ("an old one", with("iat", json!(START - 65)), IntrospectionError::Stale),
        ("run out", with("exp", json!(START - 5)), IntrospectionError::Stale),
        ("nothing in it", with("token_introspection", Value::Null), IntrospectionError::NoIntrospection),
        ("no object in it", with("token_introspection", json!([true])), IntrospectionError::NoIntrospection),
        ("active outside", with("active", json!(true)), IntrospectionError::NoIntrospection),
    ] {
        let reply = match case {
            "active outside" => {
                let outside = json!({ "iss": ISSUER, "aud": "api", "iat": START, "active": true });
                jwt_of(&key(), &header(), &outside)
            }
            _ => reply,
        };
        assert_eq!(useless(&signed(), &reply, at(0)), expected, "{case}");
    }
    for (case, reply) in [
        ("several audiences", with("aud", json!(["x", "api"]))),
        ("a minute old", with("iat", json!(START - 64))),
        ("in full", headed("application/token-introspection+jwt")),
    ] {
        assert!(after(&signed(), &reply, at(0)).is_ok(), "{case}");
    }
}

#[test]
fn an_unsigned_answer_does_not_stand_in_for_a_signed_one_nor_the_other_way_round() {
    assert_eq!(useless(&signed(), &active(&json!({})), at(0)), IntrospectionError::ContentType);
    assert_eq!(useless(&signed(), &inactive(), at(0)), IntrospectionError::ContentType);
    let jwt = jwt_of(&key(), &header(), &body(&good()));
    assert_eq!(useless(&asking(introspection()), &jwt, at(0)), IntrospectionError::ContentType);
    let disguised = json_of(jwt.body.clone());
    let syntax = IntrospectionError::Json(crate::wire::JsonError::Syntax);
    assert_eq!(useless(&asking(introspection()), &disguised, at(0)), syntax);
}

#[test]
fn an_answer_presented_as_a_token_is_none() {
    let jwt = jwt_of(&key(), &header(), &claims(&json!({}))).body;
    assert_eq!(refusal(&signed(), &jwt), TokenError::WrongType.into());
}

#[test]
fn the_keys_are_fetched_when_the_answer_needs_them() {
    let introspection = introspection().answers(IntrospectionAnswers::SignedJwt);
    let issuer =
        IssuerConfig::new(ISSUER).jwks_uri("https://issuer.example/keys").introspection(introspection);
    let engine = EngineConfig::new().issuer(issuer).audience(AUDIENCE).build().unwrap();
    finish_fetch(call(&engine, TOKEN, at(0)), &jwt_of(&key(), &header(), &body(&good())), at(0));
    let fetch = waited_fetch(check(&engine, TOKEN, at(0)));
    assert!(matches!(fetch, Fetch::Keys(_)));
    assert!(waits(&check(&engine, TOKEN, at(0))), "the others wait");
    finish_fetch(fetch, &Reply::keys([&key()]), at(0));
    assert!(decide(&engine, TOKEN, at(0)).is_ok());
}

#[test]
fn without_keys_a_signed_answer_tells_nothing() {
    let introspection = introspection().answers(IntrospectionAnswers::SignedJwt);
    let issuer =
        IssuerConfig::new(ISSUER).jwks_uri("https://issuer.example/keys").introspection(introspection);
    let engine = EngineConfig::new().issuer(issuer).audience(AUDIENCE).build().unwrap();
    finish_fetch(call(&engine, TOKEN, at(0)), &jwt_of(&key(), &header(), &body(&good())), at(0));
    waited_fetch(check(&engine, TOKEN, at(0))).failed(FetchError::Transport, at(0));
    assert_eq!(decide(&engine, TOKEN, at(0)).unwrap_err().code(), "keys_unavailable");
}

#[test]
fn an_algorithm_that_the_issuer_may_not_use_is_not_used_here_either() {
    let issuer = issuer()
        .algorithms([crate::token::Algorithm::EdDSA])
        .introspection(introspection().answers(IntrospectionAnswers::SignedJwt));
    let engine = EngineConfig::new().issuer(issuer).audience(AUDIENCE).build().unwrap();
    let header = json!({ "alg": "ES256", "kid": "k", "typ": "token-introspection+jwt" });
    let reply = jwt_of(&SigningKey::generate("ES256", "k", 0), &header, &body(&good()));
    let expected = IntrospectionError::Token(TokenError::AlgorithmNotAllowed(crate::token::Algorithm::ES256));
    assert_eq!(useless(&engine, &reply, at(0)), expected);
}

#[test]
fn a_signed_answer_of_another_machine_was_fresh_when_it_was_made() {
    let engine = signed();
    let reply = jwt_of(&key(), &header(), &body(&good()));
    assert!(answered_before(&engine, &reply, secs(40), at(100)).is_ok());
    assert!(decide(&engine, TOKEN, at(100)).is_ok(), "sixty seconds old when it got there, a hundred here");
}

#[test]
fn a_signed_refusal_is_shared_no_longer_than_any_other() {
    let asked = || {
        let settings = introspection().cache_for(secs(20)).cache_refusals_for(secs(2));
        asking(settings.answers(IntrospectionAnswers::SignedJwt))
    };
    let signed = |introspection| jwt_of(&key(), &header(), &body(&introspection));
    for (reply, life) in [
        (signed(good()), 20),
        (signed(json!({ "active": false })), 2),
        (signed(json!({ "active": "true" })), 2),
        (signed(json!({})), 2),
        (typed("no JWT"), 2),
    ] {
        let outcome = finish_fetch(call(&asked(), TOKEN, at(0)), &reply, at(0));
        assert_eq!(outcome, FetchOutcome::Introspected { keep_for: secs(life) }, "{}", reply.body);
        // As an older machine shares it: for longer.
        assert!(answered_before(&asked(), &reply, secs(life - 1), at(0)).is_ok());
        assert!(answered_before(&asked(), &reply, secs(life), at(0)).is_err());
    }
}
