//! An explanation agrees with the verdict, names the rule that decided, and goes on where it can.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bearward_core::check::Rule;
use bearward_core::check::{CheckedRequirement, NoFacts};
use bearward_core::engine::{Explanation, Finding, IssuerResolution};
use bearward_core::requirement::{organization, scope};
use bearward_core::trust::{FetchError, Profile, ValidatorError};
use bearward_core::{Engine, EngineConfig, IssuerConfig, Now, Requirement, Route, Step};

const ISSUER: &str = "https://a.example";
const SECRET: [u8; 32] = [7; 32];
const HEADER: &str = r#"{"alg":"HS256","typ":"at+jwt"}"#;
const GOOD: &str = r#"{"iss":"https://a.example","aud":"api","exp":1700000100,"scope":"read"}"#;

fn signed(header: &str, claims: &str, secret: &[u8]) -> String {
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), input.as_bytes());
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn token(claims: &str) -> String {
    signed(HEADER, claims, &SECRET)
}

fn config() -> EngineConfig {
    EngineConfig::new().audience("api").issuer(IssuerConfig::new(ISSUER).shared_secret(SECRET))
}

fn now() -> Now {
    Now::new(Duration::from_secs(1_700_000_000), Duration::from_secs(1))
}

fn explain(engine: &Engine, token: &str) -> Explanation {
    explain_for(engine, token, None)
}

/// Explains, and holds the steps against the verdict.
fn explain_for(engine: &Engine, token: &str, requirement: Option<&CheckedRequirement>) -> Explanation {
    let route = requirement.map_or(Route::open(), |requirement| Route::requiring(requirement, &NoFacts));
    let explanation = engine.explain(token, route, now());
    let steps = &explanation.rules;
    assert!(steps.is_sorted_by_key(|step| step.rule), "{steps:?}");
    let first_failure = steps.iter().find_map(|step| match &step.finding {
        Finding::Failed(failure) => Some(failure),
        _ => None,
    });
    match &explanation.step {
        Step::Done(Ok(_)) => assert_eq!(first_failure, None),
        Step::Done(Err(failure)) => assert_eq!(first_failure, Some(failure.failure())),
        Step::Refresh(_) | Step::Fetch(_) | Step::Wait(_) | Step::Resolve(_) | Step::Ask(_) => {}
    }
    explanation
}

/// The rules that failed, with their codes.
fn failed(explanation: &Explanation) -> Vec<(Rule, &'static str)> {
    let failed = |finding: &Finding| match finding {
        Finding::Failed(failure) => Some(failure.code()),
        _ => None,
    };
    let steps = explanation.rules.iter();
    steps.filter_map(|step| failed(&step.finding).map(|code| (step.rule, code))).collect()
}

fn not_checked(explanation: &Explanation) -> Vec<Rule> {
    let steps = explanation.rules.iter();
    steps.filter(|step| step.finding == Finding::NotChecked).map(|step| step.rule).collect()
}

#[test]
fn an_accepted_token_keeps_every_rule() {
    let engine = config().build().unwrap();
    for _ in 0..2 {
        let explanation = explain(&engine, &token(GOOD)); // the second time out of the cache
        assert!(matches!(explanation.step, Step::Done(Ok(_))));
        assert_eq!((failed(&explanation), not_checked(&explanation)), (vec![], vec![]));
        assert_eq!(explanation.rules.len(), 15, "no validators, no rule about them");
        assert_eq!(explanation.issuer.unwrap().identifier(), ISSUER);
    }
}

#[test]
fn the_rule_that_decides_is_named_and_what_needs_it_is_left_open() {
    let engine = config().build().unwrap();
    let with = |claims: &str| token(&format!(r#"{{"iss":"https://a.example","aud":"api",{claims}}}"#));
    let beyond_parsing = [Rule::Issuer, Rule::Algorithm, Rule::Key, Rule::Signature];
    let key_and_signature = [Rule::Key, Rule::Signature];
    let everything_but = |kept: &[Rule]| {
        let good = explain(&engine, &token(GOOD));
        good.rules.iter().map(|step| step.rule).filter(|rule| !kept.contains(rule)).collect::<Vec<_>>()
    };
    for (token, rule, code, open) in [
        (
            "white space".to_owned(),
            Rule::Credential,
            "authorization_malformed",
            everything_but(&[Rule::Credential]),
        ),
        ("a".repeat(20_000), Rule::Credential, "token_too_large", everything_but(&[Rule::Credential])),
        ("a.b".to_owned(), Rule::Parse, "token_malformed", everything_but(&[Rule::Credential, Rule::Parse])),
        (
            "a.b.c.d.e".to_owned(),
            Rule::Parse,
            "token_encrypted",
            everything_but(&[Rule::Credential, Rule::Parse]),
        ),
        (
            signed(r#"{"alg":"none"}"#, GOOD, &SECRET),
            Rule::Algorithm,
            "algorithm_unsupported",
            everything_but(&[Rule::Credential, Rule::Parse, Rule::Algorithm]),
        ),
        (
            signed(r#"{"alg":"HS256","typ":"dpop+jwt"}"#, GOOD, &SECRET),
            Rule::Type,
            "token_type_mismatch",
            everything_but(&[Rule::Credential, Rule::Parse, Rule::Type]),
        ),
        (
            token(r#"{"iss":"https://a.example/","aud":"api","exp":1700000100}"#),
            Rule::Issuer,
            "issuer_unknown",
            [&beyond_parsing[1..], &[Rule::Requirement]].concat(),
        ),
        (
            signed(r#"{"alg":"HS384"}"#, GOOD, &SECRET),
            Rule::Algorithm,
            "algorithm_not_allowed",
            [&key_and_signature[..], &[Rule::Requirement]].concat(),
        ),
        (signed(HEADER, GOOD, &[8; 32]), Rule::Signature, "signature_invalid", vec![Rule::Requirement]),
        (
            token(r#"{"iss":"https://a.example","aud":"b","exp":1700000100}"#),
            Rule::Audience,
            "audience_mismatch",
            vec![Rule::Requirement],
        ),
        (with(r#""exp":1700000100,"sub":7"#), Rule::Claims, "claim_malformed", vec![Rule::Requirement]),
        (with(r#""exp":1699999990"#), Rule::Expiry, "token_expired", vec![Rule::Requirement]),
        (with(r#""a":1"#), Rule::Expiry, "claim_missing", vec![Rule::Requirement]),
        (
            with(r#""exp":1700000100,"nbf":1700000010"#),
            Rule::NotBefore,
            "token_not_yet_valid",
            vec![Rule::Requirement],
        ),
        (
            with(r#""exp":1700000100,"iat":1700000010"#),
            Rule::IssuedAt,
            "token_issued_in_future",
            vec![Rule::Requirement],
        ),
        (
            with(r#""exp":1700000100,"cnf":{"jkt":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#),
            Rule::Confirmation,
            "proof_required",
            vec![Rule::Requirement],
        ),
    ] {
        let explanation = explain(&engine, &token);
        assert_eq!(failed(&explanation), [(rule, code)], "{code}");
        assert_eq!(not_checked(&explanation), open, "{code}");
    }
}

#[test]
fn what_is_wrong_besides_is_told_too() {
    let engine = config().build().unwrap();
    let wrong = r#"{"iss":"https://b.example","aud":"b","exp":1,"nbf":1800000000,"cnf":{"jkt":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}}"#;
    assert_eq!(
        failed(&explain(&engine, &token(wrong))),
        [
            (Rule::Issuer, "issuer_unknown"),
            (Rule::Audience, "audience_mismatch"),
            (Rule::Expiry, "token_expired"),
            (Rule::NotBefore, "token_not_yet_valid"),
            (Rule::Confirmation, "proof_required"),
        ]
    );
}

#[test]
fn a_requirement_is_looked_at_once_everything_else_holds() {
    let engine = config().build().unwrap();
    let requiring = |requirement: Requirement| requirement.check().unwrap();
    for (requirement, expected) in [
        (requiring(scope("read")), vec![]),
        (requiring(scope("write")), vec![(Rule::Requirement, "insufficient_scope")]),
        (requiring(organization().is("a")), vec![(Rule::Requirement, "organization_missing")]),
        (requiring(organization().from_path("org")), vec![(Rule::Requirement, "path_parameter_missing")]),
    ] {
        let explanation = explain_for(&engine, &token(GOOD), Some(&requirement));
        assert_eq!(failed(&explanation), expected);
    }
    let expired = token(r#"{"iss":"https://a.example","aud":"api","exp":1}"#);
    let explanation = explain_for(&engine, &expired, Some(&requiring(scope("write"))));
    assert_eq!(failed(&explanation), [(Rule::Expiry, "token_expired")]);
    assert_eq!(not_checked(&explanation), [Rule::Requirement]);
}

#[test]
fn an_organization_s_audience_that_no_rule_confirms_fails_where_it_would_have_been_confirmed() {
    let engine = config().build().unwrap();
    let either = organization().logto_permissions().is("a").or(scope("read")).check().unwrap();
    let for_another = token(
        r#"{"iss":"https://a.example","aud":"urn:logto:organization:b","exp":1700000100,"scope":"read"}"#,
    );
    let explanation = explain_for(&engine, &for_another, Some(&either));
    assert_eq!(failed(&explanation), [(Rule::Requirement, "audience_mismatch")]);
}

#[test]
fn the_strict_profile_and_validators_have_their_rules() {
    let engine = config()
        .profile(Profile::Rfc9068)
        .validator(|_| Err(ValidatorError::new("not today")))
        .build()
        .unwrap();
    let explanation = explain(&engine, &token(GOOD));
    assert_eq!(
        failed(&explanation),
        [(Rule::Profile, "claim_missing"), (Rule::Validators, "claim_rejected")]
    );
    let untyped = signed(r#"{"alg":"HS256"}"#, GOOD, &SECRET);
    assert_eq!(failed(&explain(&engine, &untyped))[0], (Rule::Profile, "token_type_mismatch"));
}

#[test]
fn what_waits_for_keys_or_an_issuer_is_open_and_the_claims_are_told() {
    let expired = token(r#"{"iss":"https://a.example","aud":"api","exp":1}"#);
    let resolving =
        EngineConfig::new().audience("api").issuer_resolution(IssuerResolution::On).build().unwrap();
    let explanation = explain(&resolving, &expired);
    assert!(matches!(explanation.step, Step::Resolve(_)));
    assert_eq!(failed(&explanation), [(Rule::Expiry, "token_expired")]);
    assert_eq!(
        not_checked(&explanation),
        [Rule::Issuer, Rule::Algorithm, Rule::Key, Rule::Signature, Rule::Requirement]
    );

    let published = signed(r#"{"alg":"RS256"}"#, GOOD, &SECRET);
    let fetching = EngineConfig::new().audience("api").issuer(ISSUER).build().unwrap();
    let explanation = explain(&fetching, &published);
    assert_eq!(not_checked(&explanation), [Rule::Key, Rule::Signature, Rule::Requirement]);
    // The fetch fails: nobody can tell, and that is what the rule about keys says.
    let Step::Fetch(fetch) = explanation.step else { panic!("{:?}", explanation.step) };
    fetch.failed(FetchError::Transport, now());
    let explanation = explain(&fetching, &published);
    assert_eq!(failed(&explanation), [(Rule::Key, "keys_unavailable")]);
}

#[test]
fn rules_that_are_switched_off_do_not_count_as_kept() {
    let engine = EngineConfig::new()
        .issuer(IssuerConfig::new(ISSUER).shared_secret(SECRET))
        .dangerous()
        .allow_any_audience()
        .dangerous()
        .allow_any_issuer()
        .build()
        .unwrap();
    let explanation = explain(&engine, &token(r#"{"exp":1700000100}"#));
    assert!(matches!(explanation.step, Step::Done(Ok(_))));
    assert_eq!(not_checked(&explanation), [Rule::Issuer, Rule::Audience]);
}
