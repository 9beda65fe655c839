//! The rules that an attempt says it has come to: the order of the checks, which is written nowhere else.

use super::*;
use crate::check::requirement;
use crate::check::revocation::Revocation;
use crate::memory::revocations::RevocationList;
use crate::token::claims::ClaimsSet;
use crate::trust::validation_policy::{Profile, ValidatorError};

/// An engine that holds a token against every rule but that of introspection.
fn every_rule() -> Engine {
    let validator = |claims: &ClaimsSet| match claims.get("v") {
        None => Ok(()),
        Some(_) => Err(ValidatorError::new("no")),
    };
    let list = RevocationList::new(10);
    list.revoke(&Revocation::subject(ISSUER, "revoked"), at(9000).date(), at(0).date()).unwrap();
    let list = Arc::new(list);
    config().profile(Profile::Rfc9068).validator(validator).revocation_list(list).build().unwrap()
}

/// The rules that an attempt comes to, and whether it accepts the token.
fn reached(engine: &Engine, token: &str, requirement: &CheckedRequirement) -> (Vec<Rule>, Option<Rule>) {
    let credential = Credential::from_token(token, engine.credential_rules()).unwrap();
    let mut attempt = engine.attempt(&credential, Route::requiring(requirement, &NoFacts));
    let accepted = matches!(attempt.step(at(0)), Step::Done(Ok(_)));
    let trail = attempt.trail();
    let reached = Rule::ALL.into_iter().filter(|rule| trail.has_reached(*rule));
    (reached.collect(), (!accepted).then_some(trail.last()))
}

fn with_header(changes: &Value) -> String {
    let mut header = json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": "k" });
    header.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    key().token_with_header(&header, &claims(&json!({})))
}

#[test]
fn a_token_that_breaks_a_rule_came_to_all_before_it_and_to_none_behind_it() {
    let requirement = requirement::scope("read").check().unwrap();
    let broken_signature = {
        let good = token(&json!({ "scope": "read" }));
        let (input, _) = good.rsplit_once('.').unwrap();
        format!("{input}.{}", mint::base64url([0; 64]))
    };
    let rules = Rule::ALL.into_iter().filter(|rule| *rule != Rule::Introspection);
    for (token, broken) in [
        ("a.b".to_owned(), Rule::Parse),
        (with_header(&json!({ "typ": "dpop+jwt" })), Rule::Type),
        (token(&json!({ "iss": "https://other.example" })), Rule::Issuer),
        (SigningKey::secret("HS256", &[7; 32]).token(&claims(&json!({}))), Rule::Algorithm),
        (with_header(&json!({ "kid": "other" })), Rule::Key),
        (broken_signature, Rule::Signature),
        (token(&json!({ "jti": null })), Rule::Profile),
        (token(&json!({ "aud": "other" })), Rule::Audience),
        (token(&json!({ "sub": 7 })), Rule::Claims),
        (token(&json!({ "exp": START - 10 })), Rule::Expiry),
        (token(&json!({ "nbf": START + 10 })), Rule::NotBefore),
        (token(&json!({ "iat": START + 10 })), Rule::IssuedAt),
        (token(&json!({ "v": 1 })), Rule::Validators),
        (token(&json!({ "sub": "revoked" })), Rule::Revocation),
        (token(&json!({ "cnf": { "jkt": mint::base64url([0; 32]) } })), Rule::Confirmation),
        (token(&json!({})), Rule::Requirement),
    ] {
        let expected: Vec<_> = rules.clone().filter(|rule| *rule <= broken).collect();
        assert_eq!(reached(&every_rule(), &token, &requirement), (expected, Some(broken)));
    }
    let good = token(&json!({ "scope": "read" }));
    assert_eq!(reached(&every_rule(), &good, &requirement), (rules.collect(), None));
}

#[test]
fn a_token_out_of_the_cache_came_to_the_rules_that_let_it_in() {
    let (engine, requirement) = (every_rule(), requirement::scope("read").check().unwrap());
    let token = token(&json!({ "scope": "read" }));
    let new = reached(&engine, &token, &requirement);
    assert_eq!(check(&engine, &token, at(0)).source, Source::Cache);
    assert_eq!(reached(&engine, &token, &requirement), new);
}
