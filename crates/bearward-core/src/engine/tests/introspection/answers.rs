//! What JSON answers are believed to say (RFC 7662 §2.2).

use super::*;
use crate::check::requirement::{organization, scope};
use crate::trust::url::UrlError;
use crate::wire::json::JsonError;

#[test]
fn an_active_token_passes_with_the_claims_of_the_answer() {
    let engine = asking(introspection());
    let token = after(&engine, &active(&json!({ "scope": "read write" })), at(1)).unwrap();
    assert_eq!((token.subject(), token.client_id()), (Some("subject"), Some("client")));
    assert!(token.scopes().contain("write"));
    assert_eq!(token.issuer(), ISSUER);
    assert_eq!(token.expose_token(), TOKEN, "what the client presented");
    assert_eq!((token.algorithm(), token.kid(), token.expose_jwt()), (None, None, None));
    assert_eq!(token.claim("active"), Some(&Value::Bool(true)));
}

#[test]
fn little_is_needed_beside_active_and_the_audience() {
    let engine = asking(introspection());
    let token =
        after(&engine, &json_of(json!({ "active": true, "aud": AUDIENCE }).to_string()), at(1)).unwrap();
    assert_eq!((token.issuer(), token.subject(), token.expires_at()), (ISSUER, None, None));
}

#[test]
fn an_inactive_token_is_refused_with_a_challenge() {
    let engine = asking(introspection());
    let failure = after(&engine, &inactive(), at(0)).unwrap_err();
    assert_eq!(failure, TokenError::Inactive.into());
    assert_eq!(failure.code(), "token_inactive");
    let told = answer_of(&engine, &failure);
    assert_eq!(told.status, 401);
    let challenge = told.headers["www-authenticate"].to_str().unwrap();
    assert!(challenge.contains(r#"error="invalid_token""#), "{challenge}");
}

#[test]
fn an_answer_without_a_boolean_active_tells_nothing_and_is_held_against_nobody() {
    for body in [
        r#"{"active":"true"}"#,
        r#"{"active":"false"}"#,
        r#"{"active":1}"#,
        r#"{"active":0}"#,
        r#"{"active":null}"#,
        r#"{"active":[true]}"#,
        r#"{"Active":true}"#,
        r#"{"error":"invalid_client"}"#,
        "{}",
    ] {
        let engine = asking(introspection());
        let fetch = call(&engine, TOKEN, at(0));
        let expected = FetchError::Introspection(IntrospectionError::NoActive);
        assert_eq!(answer(fetch, &json_of(body), at(0)).unwrap_err(), expected, "{body}: nothing to share");
        assert_eq!(useless(&engine, &json_of(body), at(1)), IntrospectionError::NoActive, "{body}");
    }
}

#[test]
fn what_cannot_be_used_is_the_servers_fault() {
    let typed =
        |content_type: &str| Reply::new(200, r#"{"active":true}"#).header("content-type", content_type);
    let json = |body: String| json_of(body);
    for (reply, expected) in [
        (Reply::new(400, ""), IntrospectionError::Status(400)),
        (Reply::new(404, ""), IntrospectionError::Status(404)),
        (Reply::new(500, ""), IntrospectionError::Status(500)),
        (Reply::new(204, ""), IntrospectionError::Status(204)),
        (Reply::new(206, "{}"), IntrospectionError::Status(206)),
        (Reply::new(401, ""), IntrospectionError::ClientRefused(401)),
        (Reply::new(403, ""), IntrospectionError::ClientRefused(403)),
        (Reply::new(302, "").header("location", "https://attacker.example"), IntrospectionError::Redirect),
        (Reply::new(307, "").header("location", ENDPOINT), IntrospectionError::Redirect),
        (Reply::new(304, ""), IntrospectionError::Redirect),
        (Reply::new(200, r#"{"active":true}"#), IntrospectionError::ContentType),
        (typed("text/html"), IntrospectionError::ContentType),
        (typed("application/jwt"), IntrospectionError::ContentType),
        (typed("application/token-introspection+jwt"), IntrospectionError::ContentType),
        (typed("application/jsonp"), IntrospectionError::ContentType),
        (json("<html>".into()), IntrospectionError::Json(JsonError::Syntax)),
        (json(String::new()), IntrospectionError::Json(JsonError::Syntax)),
        (json("[true]".into()), IntrospectionError::Json(JsonError::NotAnObject)),
        (
            json(r#"{"active":true,"active":true}"#.into()),
            IntrospectionError::Json(JsonError::DuplicateMember),
        ),
        (
            json(r#"{"active":false,"active":true}"#.into()),
            IntrospectionError::Json(JsonError::DuplicateMember),
        ),
        (json(r#"{"active":true} {}"#.into()), IntrospectionError::Json(JsonError::Syntax)),
        (json(format!("{{\"a\":{}", "[".repeat(60_000))), IntrospectionError::Json(JsonError::TooDeep)),
        (json(" ".repeat(64 * 1024 + 1)), IntrospectionError::TooLarge),
    ] {
        assert_eq!(useless(&asking(introspection()), &reply, at(0)), expected);
    }
}

#[test]
fn a_content_type_may_have_parameters_and_capitals_but_be_no_second() {
    for content_type in ["application/json;charset=UTF-8", "Application/JSON ; charset=utf-8"] {
        let engine = asking(introspection());
        let mut reply = active(&json!({}));
        reply.headers.insert("content-type", content_type.parse().unwrap());
        assert!(after(&engine, &reply, at(0)).is_ok(), "{content_type}");
    }
    let mut twice = active(&json!({}));
    twice.headers.append("content-type", "text/html".parse().unwrap());
    assert_eq!(useless(&asking(introspection()), &twice, at(0)), IntrospectionError::ContentType);
}

#[test]
fn the_claims_of_the_answer_are_validated_like_a_jwts() {
    for (changes, expected) in [
        (json!({ "iss": "https://issuer.example/" }), IssuerError::Unknown.into()),
        (json!({ "iss": "https://other.example" }), IssuerError::Unknown.into()),
        (json!({ "iss": [ISSUER] }), IssuerError::Malformed.into()),
        (json!({ "aud": null }), missing("aud")),
        (json!({ "aud": 7 }), malformed("aud")),
        (json!({ "aud": [] }), ClaimsError::AudienceMismatch.into()),
        (json!({ "aud": "https://other.example" }), ClaimsError::AudienceMismatch.into()),
        (json!({ "exp": START - 6 }), ClaimsError::Expired.into()),
        (json!({ "exp": "soon" }), malformed("exp")),
        (json!({ "exp": (START + 60) * 1000 }), malformed("exp")), // milliseconds
        (json!({ "nbf": START + 6 }), ClaimsError::NotYetValid.into()),
        (json!({ "nbf": true }), malformed("nbf")),
        (json!({ "iat": START + 6 }), ClaimsError::IssuedInFuture.into()),
        (json!({ "sub": 7 }), malformed("sub")),
        (json!({ "client_id": [] }), malformed("client_id")),
        (json!({ "jti": 7 }), malformed("jti")),
        (json!({ "scope": 7 }), malformed("scope")),
        (json!({ "token_type": 7 }), malformed("token_type")),
        (json!({ "token_type": "refresh_token" }), TokenError::WrongType.into()),
        (json!({ "token_type": "" }), TokenError::WrongType.into()),
        (json!({ "token_use": "refresh_token" }), TokenError::WrongType.into()),
        (json!({ "token_use": "id" }), TokenError::WrongType.into()),
        (json!({ "typ": "Refresh" }), TokenError::WrongType.into()),
        (json!({ "events": {} }), TokenError::WrongType.into()),
    ] {
        let engine = asking(introspection());
        let failure = after(&engine, &active(&changes), at(0)).unwrap_err();
        assert_eq!(failure, Failure::Rejected(expected), "{changes}");
        assert_eq!(answer_of(&engine, &failure).status, 401, "{changes}");
    }
    for changes in [
        json!({ "iss": null, "exp": null, "iat": null, "sub": null }),
        json!({ "exp": START - 4 }),
        json!({ "aud": ["x", AUDIENCE] }),
        json!({ "token_type": "bearer" }),
        json!({ "token_type": "Bearer", "token_use": "access_token" }),
        json!({ "scope": ["a", "b"] }),
    ] {
        assert!(after(&asking(introspection()), &active(&changes), at(0)).is_ok(), "{changes}");
    }
}

#[test]
fn a_bound_token_is_not_a_bearer_token_because_it_is_opaque() {
    let engine = asking(introspection());
    let failure = after(&engine, &active(&json!({ "cnf": { "jkt": "x" } })), at(0)).unwrap_err();
    assert!(matches!(failure, Failure::Rejected(Rejection::Confirmation(_))), "{failure:?}");
    let again = decide(&engine, TOKEN, at(1)).unwrap_err();
    assert_eq!(failure, again, "nor the second time");
}

#[test]
fn the_audience_is_unchecked_only_where_that_is_dangerously_so() {
    let issuer = issuer().introspection(introspection());
    let engine = EngineConfig::new().issuer(issuer).dangerous().allow_any_audience().build().unwrap();
    assert!(after(&engine, &active(&json!({ "aud": null })), at(0)).is_ok());
}

#[test]
fn the_maximum_age_holds_for_opaque_tokens_too() {
    let old = |iat: Value| {
        let engine = configured(introspection()).max_age(secs(60)).build().unwrap();
        after(&engine, &active(&json!({ "iat": iat })), at(0)).map(drop)
    };
    assert_eq!(old(json!(START - 65)), Err(ClaimsError::TooOld.into()));
    assert_eq!(old(Value::Null), Err(ClaimsError::Missing("iat").into()));
    assert_eq!(old(json!(START - 64)), Ok(()));
}

#[test]
fn the_profile_of_jwts_asks_nothing_of_an_answer() {
    let engine = configured(introspection()).profile(crate::trust::Profile::Rfc9068).build().unwrap();
    assert!(after(&engine, &active(&json!({ "jti": null, "iat": null })), at(0)).is_ok());
}

#[test]
fn a_requirement_is_met_by_the_answer_or_not() {
    let requirement = scope("write").check().unwrap();
    let engine = asking(introspection());
    assert!(after(&engine, &active(&json!({ "scope": "read" })), at(0)).is_ok());
    let route = Route::requiring(&requirement, &NoFacts);
    let failure = settled(check_for(&engine, TOKEN, route, at(0))).unwrap_err();
    assert_eq!((failure.code(), answer_of(&engine, &failure).status.as_u16()), ("insufficient_scope", 403));
    assert!(decide(&engine, TOKEN, at(0)).is_ok(), "and passes where it did");
}

#[test]
fn an_organizations_audience_counts_on_its_route_whichever_is_asked_first() {
    let audience = json!({ "aud": "urn:logto:organization:org_1" });
    let own = organization().logto_permissions().is("org_1").check().unwrap();
    let other = organization().logto_permissions().is("org_2").check().unwrap();
    let engine = asking(introspection());
    let refused = after(&engine, &active(&audience), at(0)).unwrap_err();
    assert_eq!(refused, ClaimsError::AudienceMismatch.into(), "a route without organizations");
    for _ in 0..2 {
        let ask =
            |requirement| settled(check_for(&engine, TOKEN, Route::requiring(requirement, &NoFacts), at(0)));
        assert_eq!(ask(&own).unwrap().organization(), Some("org_1"));
        assert_eq!(ask(&other).unwrap_err().code(), "organization_mismatch");
        assert_eq!(decide(&engine, TOKEN, at(0)).unwrap_err(), ClaimsError::AudienceMismatch.into());
    }
}

#[test]
fn an_unavailable_answer_says_nothing_of_its_reason_to_the_client() {
    let why = IntrospectionError::Endpoint(UrlError::PlainHttp);
    let failure = Failure::from(Unavailable::Introspection { retry_after: secs(3), why });
    let told = answer_of(&engine(), &failure);
    assert_eq!((told.status.as_u16(), told.headers["retry-after"].to_str().unwrap()), (503, "3"));
    let body = String::from_utf8(told.body).unwrap();
    assert!(body.contains("the authorization server could not be asked about the access token"), "{body}");
    assert!(!body.contains("http"), "{body}");
}
