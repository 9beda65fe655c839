//! Whom an introspected token is bound to.

use super::*;

/// Two thumbprints.
const ONE: &str = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";
const OTHER: &str = "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2";

fn every() -> Introspection {
    introspection().tokens(IntrospectedTokens::Every)
}

/// What is decided about this token whose issuer answers so.
fn decided(introspection: Introspection, token: &str, reply: &Reply) -> Result<AccessToken, Failure> {
    let engine = asking(introspection);
    finish_fetch(call(&engine, token, at(0)), reply, at(0));
    decide(&engine, token, at(0))
}

fn servers_fault(result: Result<AccessToken, Failure>) -> IntrospectionError {
    match result.unwrap_err() {
        Failure::Unavailable(Unavailable::Introspection { why, .. }) => why,
        other => panic!("{other:?}"),
    }
}

fn needs_a_proof(result: Result<AccessToken, Failure>) -> bool {
    result.unwrap_err().code() == "proof_required"
}

#[test]
fn a_token_that_is_called_dpop_bound_is_no_bearer_token_for_want_of_a_key() {
    for token_type in ["DPoP", "dpop", "DPOP"] {
        for cnf in [json!(null), json!({ "x5t#S256": ONE }), json!({}), json!({ "jkt": 7 })] {
            let reply = active(&json!({ "token_type": token_type, "cnf": cnf }));
            let why = useless(&asking(introspection()), &reply, at(0));
            assert_eq!(why, IntrospectionError::KeyNotNamed, "{token_type} {cnf}");
        }
        let reply = active(&json!({ "token_type": token_type, "cnf": { "jkt": ONE } }));
        assert!(needs_a_proof(decided(introspection(), TOKEN, &reply)), "{token_type}");
    }
}

#[test]
fn a_signed_answer_says_to_which_key_too() {
    let header = json!({ "alg": "EdDSA", "kid": "k", "typ": "token-introspection+jwt" });
    let body = json!({
        "iss": ISSUER, "aud": "api", "iat": START,
        "token_introspection": { "active": true, "aud": AUDIENCE, "token_type": "DPoP" },
    });
    let reply = Reply::new(200, key().token_with_header(&header, &body))
        .header("content-type", "application/token-introspection+jwt");
    let signed = asking(introspection().answers(IntrospectionAnswers::SignedJwt));
    assert_eq!(useless(&signed, &reply, at(0)), IntrospectionError::KeyNotNamed);
}

#[test]
fn a_jwt_does_not_lose_its_own_cnf_because_its_issuer_is_asked() {
    for (own, answered) in [
        (json!({ "jkt": ONE }), json!(null)),
        (json!({ "jkt": ONE }), json!({ "jkt": OTHER })),
        (json!({ "jkt": ONE }), json!({ "x5t#S256": ONE })),
        (json!({ "jkt": ONE, "x5t#S256": ONE }), json!({ "jkt": ONE })),
        (json!({ "x5t#S256": ONE }), json!(null)),
        (json!({ "kid": "1" }), json!(null)),
        (json!({}), json!({ "jkt": ONE })),
        (json!(7), json!(null)),
    ] {
        let jwt = token(&json!({ "cnf": own }));
        let why = servers_fault(decided(every(), &jwt, &active(&json!({ "cnf": answered }))));
        assert_eq!(why, IntrospectionError::Binding, "{own} {answered}");
    }
    let jwt = token(&json!({ "cnf": { "jkt": ONE } }));
    assert!(needs_a_proof(decided(every(), &jwt, &active(&json!({ "cnf": { "jkt": ONE } })))));
    let unsupported = json!({ "cnf": { "kid": "1" } });
    let failure = decided(every(), &token(&unsupported), &active(&unsupported)).unwrap_err();
    assert!(matches!(failure, Failure::Rejected(Rejection::Confirmation(_))), "{failure:?}");
}

#[test]
fn the_answer_may_bind_a_jwt_that_says_nothing_of_it() {
    let reply = active(&json!({ "cnf": { "jkt": ONE } }));
    assert!(needs_a_proof(decided(every(), &token(&json!({})), &reply)));
    assert!(decided(every(), &token(&json!({})), &active(&json!({}))).is_ok());
}

#[test]
fn the_jwt_that_another_one_stands_for_is_bound_as_that_is() {
    let phantom = |cnf: Value| {
        Reply::new(200, token(&json!({ "cnf": cnf, "jti": "2" }))).header("content-type", "application/jwt")
    };
    let settings = || every().answers(IntrospectionAnswers::PhantomJwt);
    let jwt = token(&json!({ "cnf": { "jkt": ONE } }));
    assert_eq!(servers_fault(decided(settings(), &jwt, &phantom(json!(null)))), IntrospectionError::Binding);
    assert!(needs_a_proof(decided(settings(), &jwt, &phantom(json!({ "jkt": ONE })))));
}
