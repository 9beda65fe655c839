//! What a refusal says of the token, so that the log need not read it again.

use super::*;
use crate::check::requirement;

/// Issuer, foreign issuer and `kid` of a token that is refused.
fn about(engine: &Engine, token: &str, now: Now) -> (Option<String>, Option<String>, Option<String>) {
    let requirement = requirement::scope("read").check().unwrap();
    let Step::Done(Err(refusal)) =
        check_for(engine, token, Route::requiring(&requirement, &NoFacts), now).step
    else {
        panic!("it is not refused")
    };
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let issuer = refusal.issuer().map(|issuer| issuer.identifier().to_owned());
    (issuer, owned(refusal.unverified_issuer()), owned(refusal.unverified_kid()))
}

#[test]
fn it_says_whose_token_was_refused_and_which_key_that_names() {
    let engine = engine();
    let some = |text: &str| Some(text.to_owned());
    let known = (some(ISSUER), None, some("k"));
    let broken = format!("{}.x", token(&json!({})));
    assert_eq!(about(&engine, &broken, at(0)), (None, None, None), "nothing of what cannot be read");
    for (token, expected) in [
        (token(&json!({ "iss": "https://other.example" })), (None, some("https://other.example"), some("k"))),
        (token(&json!({ "iss": null })), (None, None, some("k"))),
        (SigningKey::ed25519("other", 1).token(&claims(&json!({}))), (some(ISSUER), None, some("other"))),
        (SigningKey::ed25519("k", 2).token(&claims(&json!({}))), known.clone()),
        (token(&json!({ "exp": START - 10 })), known.clone()),
        (token(&json!({ "cnf": {} })), known.clone()),
        (token(&json!({})), known.clone()),
    ] {
        assert_eq!(about(&engine, &token, at(0)), expected);
    }
}

#[test]
fn a_token_out_of_the_cache_is_named_as_well() {
    let engine = engine();
    let token = token(&json!({ "scope": "read", "exp": START + 100 }));
    assert!(decide(&engine, &token, at(0)).is_ok());
    let expected = (Some(ISSUER.to_owned()), None, Some("k".to_owned()));
    assert_eq!(about(&engine, &token, at(200)), expected, "it has run out");
    let bound = self::token(&json!({ "cnf": { "jkt": mint::base64url([0; 32]) } }));
    for _ in 0..2 {
        assert_eq!(about(&engine, &bound, at(0)), expected);
    }
}
