//! What a route requires of a valid token, and the step-up of RFC 9470.
//! Rows of "The claims" in docs/threat-model.md: scopes and claim requirements.

use std::time::{Duration, SystemTime};

use bearward_tower::bearward::check::Denial;
use bearward_tower::requirement::{
    Requirement, acr, all_scopes, any_scope, auth0_permission, claim, cognito_group, custom, entra_role,
    keycloak_client_role, keycloak_realm_role, max_age, role, scope,
};
use bearward_tower::{Framework, ProtectLayer, RouteRule, Rules, RulesLayer};
use http::Uri;
use serde_json::{Value, json};
use tower::{Layer, service_fn};

use crate::support::{Body, ask, handler, mint, trusting, with_token, without_token};

/// The outcome of a requirement for a token with these claims: `None` when it passes.
async fn assert_outcome(requirement: &Requirement, claims: Value, refusal: Option<&str>) {
    let api = trusting().build().unwrap();
    let service =
        ProtectLayer::new(api.clone()).requirement(requirement.clone()).unwrap().layer(service_fn(handler));
    let members = claims.as_object().unwrap();
    let token = members.iter().fold(mint(), |token, (name, value)| token.claim(name, value.clone()));
    let case = format!("{requirement:?} {claims}");
    for _ in ["new", "cached"] {
        let answered = ask(&service, with_token(&token.sign())).await;
        match refusal {
            None => assert!(answered.failure().is_none(), "{case}: {:?}", answered.failure()),
            Some(name) => answered.assert_refused(name, &case),
        }
    }
}

#[tokio::test]
async fn a_scope_is_compared_whole_and_in_its_case() {
    let refusal = Some("insufficient_scope admin:read");
    for granted in [
        "admin:readonly",
        "xadmin:read",
        "ADMIN:READ",
        "admin:rea",
        "admin",
        "read",
        "admin:read:",
        "admin:*",
        "*",
        "",
        "admin: read",
        "admin:read,openid",
        "admin:read\u{200b}",
    ] {
        assert_outcome(&scope("admin:read"), json!({ "scope": granted }), refusal).await;
        assert_outcome(&all_scopes(["admin:read"]), json!({ "scope": granted }), refusal).await;
        assert_outcome(&any_scope(["admin:read"]), json!({ "scope": granted }), refusal).await;
    }
    for granted in
        [json!("admin:read"), json!("a admin:read b"), json!("  admin:read  "), json!(["a", "admin:read"])]
    {
        assert_outcome(&scope("admin:read"), json!({ "scope": granted }), None).await;
    }
}

#[tokio::test]
async fn every_claim_requirement_holds_although_the_first_claim_is_an_array() {
    let both = claim("groups").includes("staff").and(claim("role").equals("admin"));
    let unmet = Some("claim_unmet");
    assert_outcome(&both, json!({ "groups": ["staff"], "role": "admin" }), None).await;
    assert_outcome(&both, json!({ "groups": ["staff"], "role": "reader" }), unmet).await;
    assert_outcome(&both, json!({ "groups": ["staff"] }), unmet).await;
    assert_outcome(&both, json!({ "groups": [], "role": "admin" }), unmet).await;
    assert_outcome(&both, json!({ "role": "admin" }), unmet).await;
    let three = claim("a").includes_all([1, 2]).and(claim("b").exists()).and(claim("c").one_of(["x", "y"]));
    assert_outcome(&three, json!({ "a": [1, 2, 3], "b": [], "c": "y" }), None).await;
    assert_outcome(&three, json!({ "a": [1, 2, 3], "b": [], "c": ["y"] }), unmet).await;
    assert_outcome(&three, json!({ "a": [1, 2, 3], "b": null, "c": "y" }), unmet).await;
    assert_outcome(&three, json!({ "a": [1], "b": 1, "c": "y" }), unmet).await;
}

#[tokio::test]
async fn a_claim_is_compared_by_value_and_type() {
    let unmet = Some("claim_unmet");
    for (requirement, value, refusal) in [
        (claim("a").equals("1"), json!("1"), None),
        (claim("a").equals("1"), json!(1), unmet),
        (claim("a").equals(1), json!("1"), unmet),
        (claim("a").equals(1), json!(true), unmet),
        (claim("a").equals(true), json!("true"), unmet),
        (claim("a").equals(true), json!(1), unmet),
        (claim("a").equals("x"), json!(["x"]), unmet),
        (claim("a").equals("x"), json!("X"), unmet),
        (claim("a").equals("x"), json!("x "), unmet),
        (claim("a").equals("x"), json!(null), unmet),
        (claim("a").includes("x"), json!("wx xy"), unmet),
        (claim("a").includes("x"), json!("w x y"), None),
        (claim("a").includes("x"), json!({ "x": true }), unmet),
        (claim("a").includes("x"), json!([["x"]]), unmet),
        (claim("a").one_of(["x"]), json!("y"), unmet),
        (claim("a").exists(), json!(null), unmet),
        (claim("a").exists(), json!(false), None),
    ] {
        assert_outcome(&requirement, json!({ "a": value }), refusal).await;
        if refusal == unmet {
            assert_outcome(&requirement, json!({}), unmet).await;
        }
    }
}

#[tokio::test]
async fn a_path_leads_where_it_says_and_nowhere_else() {
    let unmet = Some("claim_unmet");
    let dotted = claim("a.b").equals(1);
    assert_outcome(&dotted, json!({ "a": { "b": 1 } }), None).await;
    assert_outcome(&dotted, json!({ "a.b": 1 }), None).await;
    assert_outcome(&dotted, json!({ "a": [{ "b": 1 }] }), unmet).await;
    assert_outcome(&dotted, json!({ "b": 1 }), unmet).await;
    let segments = claim(["a", "b"]).equals(1);
    assert_outcome(&segments, json!({ "a": { "b": 1 } }), None).await;
    assert_outcome(&segments, json!({ "a.b": 1 }), unmet).await;
    let index = claim("a.0").equals("x");
    assert_outcome(&index, json!({ "a": ["x"] }), unmet).await;
}

#[tokio::test]
async fn roles_are_where_each_authorization_server_puts_them() {
    let missing = Some("role_missing");
    for (requirement, claims) in [
        (role("admin"), json!({ "roles": ["admin"] })),
        (entra_role("admin"), json!({ "roles": ["admin"] })),
        (keycloak_realm_role("admin"), json!({ "realm_access": { "roles": ["admin"] } })),
        (
            keycloak_client_role("my.app", "admin"),
            json!({ "resource_access": { "my.app": { "roles": ["admin"] } } }),
        ),
        (auth0_permission("admin"), json!({ "permissions": ["admin"] })),
        (cognito_group("admin"), json!({ "cognito:groups": ["admin"] })),
    ] {
        assert_outcome(&requirement, claims.clone(), None).await;
        let other: Value = serde_json::from_str(&claims.to_string().replace("admin", "admins")).unwrap();
        assert_outcome(&requirement, other, missing).await;
        assert_outcome(&requirement, json!({}), missing).await;
    }
    assert_outcome(&role("admin"), json!({ "roles": "admin user" }), missing).await;
    assert_outcome(&role("admin"), json!({ "roles": { "admin": 1 } }), missing).await;
    assert_outcome(&role("admin"), json!({ "roles": "admin" }), None).await;
    assert_outcome(&keycloak_realm_role("admin"), json!({ "realm_access.roles": ["admin"] }), missing).await;
}

#[tokio::test]
async fn combinations_mean_what_they_say() {
    let unmet = Some("requirement_unmet");
    let either = scope("read:messages").or(claim("role").equals("admin"));
    assert_outcome(&either, json!({ "scope": "read:messages" }), None).await;
    assert_outcome(&either, json!({ "role": "admin" }), None).await;
    assert_outcome(&either, json!({}), Some("insufficient_scope read:messages")).await;
    let not = claim("suspended").exists().not();
    assert_outcome(&not, json!({}), None).await;
    assert_outcome(&not, json!({ "suspended": true }), unmet).await;
    let twice = claim("suspended").exists().not().not();
    assert_outcome(&twice, json!({ "suspended": true }), None).await;
    assert_outcome(&twice, json!({}), unmet).await;
    let own = custom(|token, _| token.subject() == Some("root"));
    assert_outcome(&own, json!({ "sub": "root" }), None).await;
    assert_outcome(&own, json!({}), unmet).await;
}

#[tokio::test]
async fn an_authentication_too_old_or_too_weak_asks_for_a_better_one() {
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let recent = max_age(Duration::from_secs(300));
    let old = Some("authentication_too_old 300");
    assert_outcome(&recent, json!({ "auth_time": now - 200 }), None).await;
    for auth_time in [json!(now - 400), json!(0), json!(-1), json!("now"), json!(null), json!([now])] {
        assert_outcome(&recent, json!({ "auth_time": auth_time }), old).await;
    }
    assert_outcome(&recent, json!({}), old).await;
    let strong = acr(["urn:example:mfa"]);
    let weak = Some("authentication_too_weak urn:example:mfa");
    assert_outcome(&strong, json!({ "acr": "urn:example:mfa" }), None).await;
    for acr in [json!("urn:example:pwd"), json!("urn:example:mfa2"), json!(["urn:example:mfa"]), json!(null)]
    {
        assert_outcome(&strong, json!({ "acr": acr }), weak).await;
    }
    assert_outcome(&strong, json!({}), weak).await;
}

#[tokio::test]
async fn a_requirement_sees_the_method_and_the_path_as_the_client_sent_them() {
    let api = trusting().build().unwrap();
    let seen =
        custom(|_, facts| facts.method() == Some("REPORT") && facts.path() == Some("/%66iles//a/../b;c"));
    let service = ProtectLayer::new(api).requirement(seen).unwrap().layer(service_fn(handler));
    let token = mint().sign();
    for (method, uri, passes) in [
        ("REPORT", "/%66iles//a/../b;c", true),
        ("REPORT", "/%66iles//a/../b;c?path=/", true),
        ("REPORT", "https://api.example.com/%66iles//a/../b;c", true),
        ("report", "/%66iles//a/../b;c", false),
        ("GET", "/%66iles//a/../b;c", false),
        ("REPORT", "/files//a/../b;c", false),
        ("REPORT", "/%66iles/b;c", false),
    ] {
        let request = http::Request::builder().method(method).uri(uri);
        let request = request.header("authorization", format!("Bearer {token}"));
        let answered = ask(&service, request.body(Body::default()).unwrap()).await;
        assert_eq!(answered.failure().is_none(), passes, "{method} {uri}");
    }
}

#[test]
fn what_means_nothing_is_a_config_error() {
    let api = trusting().build().unwrap();
    let none: [&str; 0] = [];
    for requirement in [
        all_scopes(none),
        any_scope(none),
        scope(""),
        claim("").exists(),
        claim("a..b").exists(),
        claim("a").equals(json!(null)),
        claim("a").equals(json!(null)).not(),
        claim("a").one_of([json!("x"), json!(null)]),
        claim("a").one_of(none),
        claim("a").includes_all(none),
        acr(none),
        role(""),
        Requirement::And(vec![]),
        Requirement::Or(vec![]),
        scope("a").and(Requirement::Or(vec![])),
        all_scopes(none).not(),
    ] {
        assert!(ProtectLayer::new(api.clone()).requirement(requirement.clone()).is_err(), "{requirement:?}");
        assert!(bearward_tower::require(requirement.clone()).is_err(), "{requirement:?}");
    }
}

/// A second requirement comes on top of the first; it does not take its place.
#[tokio::test]
async fn a_layer_with_two_requirements_requires_both() {
    let api = trusting().build().unwrap();
    let layer = ProtectLayer::new(api.clone())
        .requirement(scope("admin"))
        .unwrap()
        .requirement(scope("read"))
        .unwrap();
    let service = layer.layer(service_fn(handler));
    for (granted, passes) in [("read", false), ("admin", false), ("read admin", true)] {
        let answered = ask(&service, with_token(&mint().claim("scope", granted).sign())).await;
        assert_eq!(answered.failure().is_none(), passes, "{granted}");
    }
}

/// What no rule is for.
struct NoRule;

impl Rules for NoRule {
    fn rule(&self, _: &Uri) -> &RouteRule {
        &RouteRule::Denied
    }
}

#[tokio::test]
async fn what_is_denied_is_denied_to_a_token_that_a_layer_further_out_let_in() {
    let api = trusting().build().unwrap();
    let inner = RulesLayer::new(api.clone(), NoRule, Framework::NONE).layer(service_fn(handler));
    let token = mint().sign();
    for service in [ProtectLayer::new(api.clone()), ProtectLayer::new(trusting().build().unwrap())] {
        let service = service.layer(inner.clone());
        for _ in ["new", "cached"] {
            let answered = ask(&service, with_token(&token)).await;
            assert_eq!(answered.failure(), Some(&Denial::Unmet.into()));
            assert_eq!(answered.response.status(), 403);
        }
    }
    assert_eq!(ask(&inner, without_token()).await.response.status(), 401);
}
