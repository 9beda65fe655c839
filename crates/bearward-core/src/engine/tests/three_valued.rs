//! What cannot be told permits nothing, wherever it stands: strong three-valued logic (Kleene).

use proptest::prelude::*;

use super::*;
use crate::check::requirement::{
    Denial, acr, any_scope, auth0_permission, claim, cognito_group, custom, entra_role, keycloak_client_role,
    keycloak_realm_role, max_age, organization, role, scope,
};

/// A token of which each part below can be told, or not, by what stands here.
fn strange_claims() -> Value {
    json!({
        "organization_id": ["acme"], "scope": "a b", "roles": ["admin"], "permissions": [["read"]],
        "cognito:groups": { "admin": true }, "realm_access": [{ "roles": ["admin"] }],
        "resource_access": { "app": "admin" }, "acr": 2, "auth_time": "now", "n": 1, "text": "x", "list": ["x"],
    })
}

fn token_of(claims: &Value) -> AccessToken {
    decide(&engine(), &token(claims), at(1)).unwrap()
}

fn authorize(token: &AccessToken, requirement: Requirement) -> Result<(), Failure> {
    let checked = requirement.check().unwrap();
    Ok(Route::requiring(&checked, &NoFacts).authorize(token.clone(), at(1).date()).map(drop)?)
}

#[test]
fn a_negation_over_what_cannot_be_told_admits_no_one() {
    let rule: Requirement = serde_json::from_value(json!({
        "not": { "or": [{ "scope": "zzz" }, { "organization": { "any": true } }] }
    }))
    .unwrap();
    let malformed: Result<(), Failure> = Err(ClaimsError::Malformed("organization").into());
    assert_eq!(require(rule.clone(), &json!({ "organization_id": ["acme"] })), malformed);
    assert_eq!(require(rule.clone(), &json!({ "organization_id": "acme" })), Err(Denial::Unmet.into()));
    assert_eq!(require(rule, &json!({})), Ok(()), "no organization and not the scope, for certain");
}

#[test]
fn every_part_that_cannot_be_told_refuses_under_not_as_well() {
    let token = token_of(&strange_claims());
    for (part, without_not, negated) in [
        (organization().any(), "claim_malformed", "claim_malformed"),
        (organization().is("other"), "claim_malformed", "claim_malformed"),
        (role("x").or(keycloak_realm_role("banned")), "role_missing", "requirement_unmet"),
        (keycloak_realm_role("banned"), "role_missing", "requirement_unmet"),
        (keycloak_client_role("app", "banned"), "role_missing", "requirement_unmet"),
        (auth0_permission("banned"), "role_missing", "requirement_unmet"),
        (cognito_group("banned"), "role_missing", "requirement_unmet"),
        (acr(["weak"]), "authentication_too_weak", "requirement_unmet"),
        (max_age(secs(60)), "authentication_too_old", "requirement_unmet"),
        (claim("list").equals("y"), "claim_unmet", "requirement_unmet"),
        (claim("n").equals("1"), "claim_unmet", "requirement_unmet"),
        (claim("n").equals(true), "claim_unmet", "requirement_unmet"),
        (claim("text").one_of([1, 2]), "claim_unmet", "requirement_unmet"),
        (claim("text").includes(7), "claim_unmet", "requirement_unmet"),
        (claim("n").includes(1), "claim_unmet", "requirement_unmet"),
        (claim("permissions").includes("read"), "claim_unmet", "requirement_unmet"),
        (claim("text.more").exists(), "claim_unmet", "requirement_unmet"),
        (claim(["realm_access", "roles"]).exists(), "claim_unmet", "requirement_unmet"),
        (custom(|_, _| None), "requirement_unmet", "requirement_unmet"),
    ] {
        let code = |requirement| authorize(&token, requirement).unwrap_err().code();
        assert_eq!(code(part.clone()), without_not, "{part:?}");
        assert_eq!(code(part.clone().not()), negated, "not {part:?}");
        assert_eq!(code(part.clone().not().not()), negated, "not not {part:?}");
        assert_eq!(code(scope("zzz").or(part.clone()).not()), negated, "not (denied or {part:?})");
        assert_eq!(code(part.clone().or(scope("zzz")).not()), negated, "not ({part:?} or denied)");
        assert_eq!(code(scope("a").and(part.clone()).not()), negated, "not (permitted and {part:?})");
        assert_eq!(code(part.clone().and(scope("a")).not()), negated, "not ({part:?} and permitted)");
        assert_eq!(authorize(&token, scope("a").or(part.clone())), Ok(()), "permitted or {part:?}");
        assert_eq!(authorize(&token, part.clone().or(scope("a"))), Ok(()), "{part:?} or permitted");
        assert_eq!(authorize(&token, part.clone().and(scope("zzz")).not()), Ok(()), "denied for certain");
        assert_eq!(authorize(&token, scope("zzz").and(part).not()), Ok(()), "denied for certain");
    }
    let absent: Requirement =
        serde_json::from_value(json!({ "claim": { "path": "text.more", "exists": false } })).unwrap();
    assert_eq!(authorize(&token, absent).unwrap_err().code(), "claim_unmet", "a negation by another name");
}

#[test]
fn what_is_absent_or_null_is_denied_for_certain() {
    for claims in [json!({}), json!({ "x": { "y": null } })] {
        let token = token_of(&claims);
        for part in [
            scope("a"),
            any_scope(["a", "b"]),
            role("admin"),
            entra_role("admin"),
            keycloak_realm_role("admin"),
            organization().any(),
            acr(["mfa"]),
            max_age(secs(60)),
            claim("x.y").exists(),
            claim("x.y").equals("z"),
        ] {
            assert!(authorize(&token, part.clone()).is_err(), "{part:?}");
            assert_eq!(authorize(&token, part.clone().not()), Ok(()), "not {part:?}");
        }
    }
}

/// An organization that the client leaves unnamed, or names so that it cannot be read.
#[test]
fn a_client_does_not_get_around_a_negation_by_naming_no_organization() {
    let claims = json!({ "organization_id": "acme" });
    let mismatch: Result<(), Failure> = Err(Denial::OrganizationMismatch.into());
    let unmet: Result<(), Failure> = Err(Denial::Unmet.into());
    for rule in [
        organization().from_header("x-org"),
        organization().from_host("{organization}.example.com"),
        organization().from_request(|_| None),
        organization().from_request(|_| Some(String::new())),
    ] {
        assert_eq!(require(rule.clone(), &claims), mismatch, "{rule:?}");
        assert_eq!(require(rule.clone().not(), &claims), unmet, "not {rule:?}");
        assert_eq!(require(scope("zzz").or(rule.clone()).not(), &claims), unmet, "not or {rule:?}");
        assert_eq!(require(rule.clone().not(), &json!({})), Ok(()), "no organization is {rule:?}");
    }
    let for_several = json!({ "aud": [AUDIENCE, "urn:logto:organization:a", "urn:logto:organization:b"] });
    let any = organization().logto_permissions().any();
    assert_eq!(require(any.clone(), &for_several), mismatch);
    assert_eq!(require(any.not(), &for_several), unmet);
}

/// The route lacks the parameter, or its octets are not UTF-8, whatever the token holds.
#[test]
fn a_path_parameter_that_cannot_be_read_refuses_wherever_it_stands() {
    let claims = json!({ "organization_id": "acme", "scope": "a" });
    let missing: Result<(), Failure> = Err(Misconfiguration::NoSuchPathParameter("org".into()).into());
    let rule = || organization().from_path("org");
    for rule in [
        rule(),
        rule().not(),
        scope("zzz").and(rule()),
        rule().and(scope("zzz")),
        scope("a").or(rule()),
        rule().or(scope("a")),
        scope("zzz").or(rule()).not(),
        rule().or(scope("zzz")).not(),
        rule().and(scope("zzz")).not(),
    ] {
        assert_eq!(require(rule.clone(), &claims), missing, "{rule:?}");
    }
}

#[test]
fn the_organization_that_is_confirmed_is_the_same_in_any_order_of_the_parts() {
    let claims =
        json!({ "aud": ["urn:logto:organization:one", "urn:x:two", "urn:logto:organization:three"] });
    let by_header = || organization().logto_permissions().from_request(|_| Some("three".into()));
    let by_route = || organization().logto_permissions().is("one");
    let other = || organization().in_audience("urn:x:{organization}").unwrap().is("two");
    let confirmed = |rule: Requirement| {
        let rule = rule.check().unwrap();
        let check = check_for(&engine(), &token(&claims), Route::requiring(&rule, &NoFacts), at(1));
        settled(check).unwrap().organization().map(str::to_owned)
    };
    for (first, second, expected) in
        [(by_header(), by_route(), "three"), (by_route(), other(), "one"), (by_header(), other(), "three")]
    {
        for rule in [
            first.clone().or(second.clone()),
            second.clone().or(first.clone()),
            first.clone().and(second.clone()),
            second.and(first),
        ] {
            assert_eq!(confirmed(rule.clone()).as_deref(), Some(expected), "{rule:?}");
        }
    }
}

#[test]
fn a_number_that_readers_of_json_round_differently_is_not_required_of_a_claim() {
    for value in [
        json!(9_007_199_254_740_992_u64),
        json!(9_007_199_254_740_993_u64),
        json!(-9_007_199_254_740_993_i64),
        json!(u64::MAX),
        json!(1e300),
        json!([1, [9_007_199_254_740_993_u64]]),
        json!({ "n": 9_007_199_254_740_993_u64 }),
    ] {
        for rule in [
            claim("n").equals(value.clone()),
            claim("n").one_of([json!(1), value.clone()]),
            claim("n").includes(value.clone()),
            claim("n").equals(value.clone()).not(),
        ] {
            let error = rule.check().unwrap_err();
            assert_eq!(error, crate::check::requirement::RequirementError::Number, "{value}");
        }
    }
    assert!(claim("n").equals(9_007_199_254_740_991_u64).check().is_ok());
}

#[test]
fn names_of_claims_are_compared_by_their_characters_after_escapes() {
    let of = |claims: &str| {
        let members = super::claims(&json!({})).to_string();
        let text = format!("{{{claims},{}", &members[1..]);
        let token = key().token_of(r#"{"alg":"EdDSA","kid":"k"}"#, &text);
        decide(&engine(), &token, at(1))
    };
    let passes = |claims: &str, rule: Requirement| authorize(&of(claims).unwrap(), rule).is_ok();
    // One form of é is another name than the other, and neither hides the other.
    let both = "\"r\u{e9}le\":\"user\",\"re\u{301}le\":\"admin\"";
    assert!(passes(both, claim("r\u{e9}le").equals("user")));
    assert!(passes(both, claim("re\u{301}le").equals("admin")));
    assert!(!passes("\"re\u{301}le\":\"admin\"", claim("r\u{e9}le").exists()));
    assert!(!passes(r#""Role":"admin","ROLE":"admin","role ":"admin""#, claim("role").exists()));
    assert!(passes(r#""\u0072ole":"\u0061dmin""#, claim("role").equals("admin")));
    for twice in [
        r#""role":"user","\u0072ole":"admin""#,
        r#""role":"user","r\u006Fle":"admin""#,
        r#""x":{"role":"user","\u0072ole":"admin"}"#,
    ] {
        assert_eq!(of(twice).unwrap_err().code(), "claims_malformed", "{twice}");
    }
    let dotted = r#""kubernetes.io":{"serviceaccount":{"name":"builder"},"namespace":"ci"}"#;
    assert!(passes(dotted, claim("kubernetes.io.serviceaccount.name").equals("builder")));
    assert!(passes(dotted, claim(["kubernetes.io", "namespace"]).equals("ci")));
    assert!(!passes(dotted, claim(["kubernetes", "io", "namespace"]).exists()));
}

/// What a part is, by the definition and not by the code under test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    Yes,
    No,
    Unknown,
}

use Known::{No, Unknown, Yes};

const NOT: [(Known, Known); 3] = [(Yes, No), (No, Yes), (Unknown, Unknown)];

/// Kleene's tables of two parts, line by line.
const AND: [(Known, Known, Known); 9] = [
    (Yes, Yes, Yes),
    (Yes, No, No),
    (Yes, Unknown, Unknown),
    (No, Yes, No),
    (No, No, No),
    (No, Unknown, No),
    (Unknown, Yes, Unknown),
    (Unknown, No, No),
    (Unknown, Unknown, Unknown),
];
const OR: [(Known, Known, Known); 9] = [
    (Yes, Yes, Yes),
    (Yes, No, Yes),
    (Yes, Unknown, Yes),
    (No, Yes, Yes),
    (No, No, No),
    (No, Unknown, Unknown),
    (Unknown, Yes, Yes),
    (Unknown, No, Unknown),
    (Unknown, Unknown, Unknown),
];

fn looked_up(table: &[(Known, Known, Known)], a: Known, b: Known) -> Known {
    table.iter().find(|line| (line.0, line.1) == (a, b)).unwrap().2
}

#[derive(Debug, Clone)]
enum Tree {
    Leaf(usize),
    And(Vec<Tree>),
    Or(Vec<Tree>),
    Not(Box<Tree>),
}

/// Parts, and what each is for the token of [`strange_claims`].
fn leaves() -> Vec<(Requirement, Known)> {
    vec![
        (scope("a"), Yes),
        (role("admin"), Yes),
        (claim("n").equals(1.0), Yes),
        (claim("list").includes("x"), Yes),
        (scope("zzz"), No),
        (role("x"), No),
        (claim("gone").exists(), No),
        (claim("text").equals("y"), No),
        (organization().any(), Unknown),
        (keycloak_realm_role("admin"), Unknown),
        (cognito_group("admin"), Unknown),
        (acr(["mfa"]), Unknown),
        (max_age(secs(60)), Unknown),
        (claim("list").equals("x"), Unknown),
        (claim("text.more").exists(), Unknown),
        (custom(|_, _| None), Unknown),
        (custom(|_, _| true), Yes),
        (custom(|_, _| Some(false)), No),
    ]
}

impl Tree {
    fn requirement(&self, leaves: &[(Requirement, Known)]) -> Requirement {
        let all = |parts: &[Self]| parts.iter().map(|part| part.requirement(leaves)).collect();
        match self {
            Self::Leaf(number) => leaves[*number].0.clone(),
            Self::And(parts) => Requirement::And(all(parts)),
            Self::Or(parts) => Requirement::Or(all(parts)),
            Self::Not(part) => part.requirement(leaves).not(),
        }
    }

    fn known(&self, leaves: &[(Requirement, Known)]) -> Known {
        let fold = |parts: &[Self], table: &[_]| {
            let known = parts.iter().map(|part| part.known(leaves));
            known.reduce(|a, b| looked_up(table, a, b)).unwrap()
        };
        match self {
            Self::Leaf(number) => leaves[*number].1,
            Self::And(parts) => fold(parts, &AND),
            Self::Or(parts) => fold(parts, &OR),
            Self::Not(part) => {
                let known = part.known(leaves);
                NOT.iter().find(|line| line.0 == known).unwrap().1
            }
        }
    }

    /// The same tree with every list turned by so many places, and the other way round.
    fn reordered(&self, turn: usize) -> Self {
        let other = |parts: &[Self]| {
            let mut parts: Vec<_> = parts.iter().map(|part| part.reordered(turn)).collect();
            let places = turn % parts.len();
            parts.rotate_left(places);
            parts.reverse();
            parts
        };
        match self {
            Self::Leaf(number) => Self::Leaf(*number),
            Self::And(parts) => Self::And(other(parts)),
            Self::Or(parts) => Self::Or(other(parts)),
            Self::Not(part) => Self::Not(Box::new(part.reordered(turn))),
        }
    }
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = (0..leaves().len()).prop_map(Tree::Leaf);
    leaf.prop_recursive(5, 40, 4, |inner| {
        let some = proptest::collection::vec(inner.clone(), 1..5);
        prop_oneof![
            some.clone().prop_map(Tree::And),
            some.prop_map(Tree::Or),
            inner.prop_map(|part| Tree::Not(Box::new(part))),
        ]
    })
}

#[test]
fn no_nesting_permits_what_cannot_be_told_and_the_order_of_the_parts_changes_nothing() {
    let (token, leaves) = (token_of(&strange_claims()), leaves());
    let config = ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(tree in tree(), turn in 0_usize..5)| {
        let known = tree.known(&leaves);
        let requirement = tree.requirement(&leaves);
        let passes = |requirement: Requirement| authorize(&token, requirement).is_ok();
        prop_assert_eq!(passes(requirement.clone()), known == Yes, "{:?}", requirement);
        prop_assert_eq!(passes(requirement.clone().not()), known == No, "not {:?}", requirement);
        let reordered = tree.reordered(turn).requirement(&leaves);
        prop_assert_eq!(passes(reordered.clone()), known == Yes, "{:?}", reordered);
        prop_assert_eq!(passes(reordered.clone().not()), known == No, "not {:?}", reordered);
    });
}
