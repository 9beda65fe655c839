//! What is explained of an opaque token.

use super::*;

fn failed(explanation: &Explanation) -> Vec<Rule> {
    let failed = |result: &&RuleResult| matches!(result.finding, Finding::Failed(_));
    explanation.rules.iter().filter(failed).map(|step| step.rule).collect()
}

fn finding(explanation: &Explanation, rule: Rule) -> &Finding {
    &explanation.rules.iter().find(|step| step.rule == rule).unwrap().finding
}

fn explained(reply: &Reply) -> Explanation {
    let engine = asking(introspection());
    let _ = answer(call(&engine, TOKEN, at(0)), reply, at(0));
    engine.explain(TOKEN, Route::open(), at(0))
}

#[test]
fn a_token_that_is_to_be_asked_about_is_no_broken_jwt() {
    let explanation = asking(introspection()).explain(TOKEN, Route::open(), at(0));
    assert!(matches!(explanation.step, Step::Fetch(_)));
    assert_eq!(failed(&explanation), []);
    assert_eq!(finding(&explanation, Rule::Credential), &Finding::Passed);
    assert_eq!(finding(&explanation, Rule::Introspection), &Finding::NotChecked);
    assert_eq!(explanation.issuer.unwrap().identifier(), ISSUER);
}

#[test]
fn an_answer_in_hand_is_explained_as_a_new_one() {
    let engine = asking(introspection());
    let _ = answer(call(&engine, TOKEN, at(0)), &active(&json!({})), at(0));
    let explain = |time| {
        let explanation = engine.explain(TOKEN, Route::open(), at(time));
        (explanation.source, explanation.rules)
    };
    let (new, rules) = explain(0);
    assert_eq!(explain(1), (Source::Cache, rules));
    assert_eq!(new, Source::Introspection);
}

#[test]
fn an_active_token_keeps_every_rule_but_those_of_jwts() {
    let explanation = explained(&active(&json!({})));
    for step in &explanation.rules {
        let of_jwts = [Rule::Parse, Rule::Algorithm, Rule::Key, Rule::Signature, Rule::Profile];
        let expected = if of_jwts.contains(&step.rule) { Finding::NotChecked } else { Finding::Passed };
        assert_eq!(step.finding, expected, "{}", step.rule);
    }
}

#[test]
fn the_rule_that_decided_is_the_one_that_failed() {
    for (reply, expected) in [
        (inactive(), Rule::Introspection),
        (Reply::new(500, ""), Rule::Introspection),
        (active(&json!({ "iss": "x" })), Rule::Issuer),
        (active(&json!({ "token_type": "refresh_token" })), Rule::Type),
        (active(&json!({ "aud": "x" })), Rule::Audience),
        (active(&json!({ "sub": 7 })), Rule::Claims),
        (active(&json!({ "exp": START - 10 })), Rule::Expiry),
        (active(&json!({ "nbf": START + 10 })), Rule::NotBefore),
        (active(&json!({ "iat": START + 10 })), Rule::IssuedAt),
        (active(&json!({ "cnf": {} })), Rule::Confirmation),
    ] {
        let explanation = explained(&reply);
        assert_eq!(failed(&explanation), [expected]);
        assert_eq!(finding(&explanation, Rule::Signature), &Finding::NotChecked);
        assert_eq!(finding(&explanation, Rule::Requirement), &Finding::NotChecked);
    }
}

#[test]
fn what_is_no_matter_of_introspection_is_explained_without_it() {
    let engine = engine();
    for token in [TOKEN.to_owned(), token(&json!({}))] {
        let explanation = engine.explain(&token, Route::open(), at(0));
        assert!(!explanation.rules.iter().any(|step| step.rule == Rule::Introspection));
    }
}

#[test]
fn a_broken_jwt_that_is_never_asked_about_is_explained_as_one() {
    let explanation =
        asking(introspection()).explain(&format!("{}=", token(&json!({}))), Route::open(), at(0));
    assert_eq!(failed(&explanation), [Rule::Parse]);
    assert!(!explanation.rules.iter().any(|step| step.rule == Rule::Introspection));
}
