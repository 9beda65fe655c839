use std::time::Duration;

use serde_json::json;

use super::*;
use crate::check::requirement::RequirementError;
use crate::wire::redacted::RedactedUrl;

#[test]
fn what_would_let_everyone_pass_is_refused_when_it_is_checked() {
    let none: [&str; 0] = [];
    for requirement in [
        all_scopes(none),
        any_scope(none),
        claim("x").includes_all(none),
        claim("x").one_of(none),
        Requirement::And(vec![]),
        Requirement::Or(vec![]),
        acr(none),
        scope("a").and(Requirement::Or(vec![])),
        any_scope(none).not(),
    ] {
        let error = requirement.clone().check().unwrap_err();
        assert!(matches!(error, RequirementError::Empty(_)), "{requirement:?}");
    }
}

#[test]
fn null_is_not_required_of_a_claim_since_its_negation_would_let_everyone_pass() {
    for value in [json!(null), json!([1, null]), json!({ "a": [null] })] {
        for rule in [
            claim("x").equals(value.clone()),
            claim("x").includes(value.clone()),
            claim("x").one_of([json!(1), value.clone()]),
        ] {
            assert_eq!(rule.clone().check().unwrap_err(), RequirementError::Null, "{value}");
            assert_eq!(rule.not().check().unwrap_err(), RequirementError::Null, "not {value}");
        }
    }
}

#[test]
fn an_organization_that_may_be_any_is_said_with_true_alone() {
    let of = |any| serde_json::from_value::<Requirement>(json!({ "organization": { "any": any } })).unwrap();
    assert!(of(true).check().is_ok());
    for requirement in [of(false), of(false).not(), scope("a").or(of(false))] {
        assert_eq!(requirement.check().unwrap_err(), RequirementError::AnyFalse);
    }
}

#[test]
fn names_that_cannot_occur_are_refused() {
    for (requirement, why) in [
        (scope("a b"), RequirementError::Scope("a b".into())),
        (scope(""), RequirementError::Scope(String::new())),
        (scope("a\""), RequirementError::Scope("a\"".into())),
        (scope("a\r\nx"), RequirementError::Scope("a\r\nx".into())),
        (scope("é"), RequirementError::Scope("é".into())),
        (scope("offline_access"), RequirementError::OfflineAccess),
        (all_scopes(["a", "offline_access"]).not(), RequirementError::OfflineAccess),
        (claim("a..b").exists(), RequirementError::ClaimPath("a..b".into())),
        (role(""), RequirementError::EmptyName("role")),
        (acr(["a b"]), RequirementError::Acr("a b".into())),
        (organization().from_path(""), RequirementError::EmptyName("path parameter")),
        (organization().from_header("a b"), RequirementError::HeaderName("a b".into())),
        (
            organization().from_host("example.com"),
            RequirementError::HostTemplate(RedactedUrl::of("example.com")),
        ),
    ] {
        assert_eq!(requirement.check().unwrap_err(), why);
    }
}

#[test]
fn the_challenge_asks_for_each_scope_once_and_for_no_negated_one() {
    let requirement = scope("a").and(any_scope(["b", "a"]).or(scope("c"))).and(scope("d").not());
    assert_eq!(requirement.check().unwrap().challenge_scopes(&NoFacts), "a b c");
}

#[test]
fn configuration_and_code_are_the_same_requirement() {
    let cases = [
        (scope("a"), json!({"scope": "a"})),
        (all_scopes(["a", "b"]), json!({"all_scopes": ["a", "b"]})),
        (any_scope(["a", "b"]), json!({"any_scope": ["a", "b"]})),
        (claim("role").equals("admin"), json!({"claim": {"path": "role", "equals": "admin"}})),
        (claim("r").includes("x"), json!({"claim": {"path": "r", "includes": ["x"]}})),
        (claim("r").exists(), json!({"claim": {"path": "r", "exists": true}})),
        (role("admin"), json!({"role": {"name": "admin", "claim": "roles"}})),
        (
            keycloak_realm_role("admin"),
            json!({"role": {"name": "admin", "claim": ["realm_access", "roles"]}}),
        ),
        (
            role_in("https://example.com/roles", "admin"),
            json!({"role": {"name": "admin", "claim": "https://example.com/roles"}}),
        ),
        (
            zitadel_role("admin"),
            json!({"role": {
                "name": "admin", "claim": "urn:zitadel:iam:org:project:roles", "listed_as": "keys",
            }}),
        ),
        (
            role_key_in(["a.b", "c"], "admin"),
            json!({"role": {"name": "admin", "claim": ["a.b", "c"], "listed_as": "keys"}}),
        ),
        (organization().from_path("org"), json!({"organization": {"from_path": "org"}})),
        (
            organization().logto_permissions().from_path("org"),
            json!({"organization": {
                "from_path": "org",
                "audience": "urn:logto:organization:{organization}",
            }}),
        ),
        (acr(["mfa"]), json!({"acr": ["mfa"]})),
        (max_age(Duration::from_secs(300)), json!({"max_age": 300})),
        (
            scope("a").and(scope("b")).or(scope("c").not()),
            json!({"or": [{"and": [{"scope": "a"}, {"scope": "b"}]}, {"not": {"scope": "c"}}]}),
        ),
    ];
    for (code, configuration) in cases {
        assert_eq!(serde_json::to_value(&code).unwrap(), configuration);
        assert_eq!(serde_json::from_value::<Requirement>(configuration).unwrap(), code);
    }
}

#[test]
fn misspelt_configuration_is_an_error() {
    for configuration in [
        json!({"scopes": ["a"]}),
        json!({"role": {"name": "a", "claims": "b"}}),
        json!({"role": {"name": "a", "listed_as": "key"}}),
        json!({"role": {"name": "a", "listed_as": null}}),
        json!({"role": {"name": "a", "keys": true}}),
        json!({"claim": {"path": "a", "equal": 1}}),
        json!({"organization": {"path": "org"}}),
        json!({"organization": {"from_path": "org", "audience": "urn:x"}}),
        json!({"scope": "a", "role": {"name": "b"}}),
        json!({"claim": {"path": "a", "equals": 1, "includes": ["b"]}}),
        json!({"claim": {"path": "a", "equals": 1, "equal": 2}}),
        json!({"claim": {"path": "a"}}),
        json!({"organization": {"from_path": "a", "from_header": "b"}}),
        json!({"organization": {"from_path": "a", "audiance": "urn:o:{organization}"}}),
        json!({"organization": {"any": true, "is": "b"}}),
    ] {
        assert!(serde_json::from_value::<Requirement>(configuration.clone()).is_err(), "{configuration}");
    }
}

#[test]
fn a_template_without_one_placeholder_is_refused() {
    for template in ["", "urn:x", "{organization}", "{organization}:x", "urn:{organization}:{organization}"] {
        assert!(AudienceTemplate::new(template).is_err(), "{template}");
    }
    let template = AudienceTemplate::new("urn:o:{organization}").unwrap();
    assert_eq!(template.organization_of("urn:o:1"), Some("1"));
    for foreign in ["urn:o:", "urn:o", "xurn:o:1", "URN:O:1"] {
        assert_eq!(template.organization_of(foreign), None, "{foreign}");
    }
}
