//! Every kind of requirement, held against tokens.

use super::*;
use crate::check::requirement::{
    Denial, acr, all_scopes, any_scope, auth0_permission, claim, cognito_group, custom, entra_role,
    keycloak_client_role, keycloak_realm_role, max_age, role, scope,
};

fn lacks(required: &str) -> Result<(), Failure> {
    Err(Denial::InsufficientScope { required: required.to_owned() }.into())
}

fn unmet() -> Result<(), Failure> {
    Err(Denial::ClaimUnmet.into())
}

fn role_missing() -> Result<(), Failure> {
    Err(Denial::RoleMissing.into())
}

#[test]
fn a_scope_is_compared_whole_and_in_its_case() {
    // 20.
    for granted in [
        "admin:readonly",
        "xadmin:read",
        "ADMIN:READ",
        "Admin:read",
        "admin:rea",
        "admin",
        "read",
        "admin:",
        "",
        "admin :read",
        "admin:read\u{a0}x",
        "admin:read,other",
        "admin:read\tx",
        "admin:read\nx",
        "*",
    ] {
        let found = require(scope("admin:read"), &json!({ "scope": granted }));
        assert_eq!(found, lacks("admin:read"), "{granted:?}");
    }
    for granted in ["admin:read", "a admin:read", "admin:read z", "a  admin:read  z", " admin:read "] {
        assert_eq!(require(scope("admin:read"), &json!({ "scope": granted })), Ok(()), "{granted:?}");
    }
    assert_eq!(require(scope("admin:read"), &json!({})), lacks("admin:read"));
}

#[test]
fn scopes_are_read_from_any_of_their_forms_and_scp_only_stands_in() {
    for granted in [json!({ "scope": ["a", "b"] }), json!({ "scp": "a b" }), json!({ "scp": ["a", "b"] })] {
        assert_eq!(require(all_scopes(["b", "a"]), &granted), Ok(()), "{granted}");
    }
    assert_eq!(require(scope("b"), &json!({ "scope": "a", "scp": "b" })), lacks("b"));
    assert_eq!(
        require(scope("b"), &json!({ "scope": "", "scp": "b" })),
        lacks("b"),
        "an empty grant is a grant"
    );
}

#[test]
fn all_means_all_and_any_means_one_and_the_challenge_names_what_is_required() {
    let granted = json!({ "scope": "a b" });
    assert_eq!(require(all_scopes(["a", "b"]), &granted), Ok(()));
    assert_eq!(require(all_scopes(["a", "b", "c"]), &granted), lacks("a b c"));
    assert_eq!(require(any_scope(["x", "b"]), &granted), Ok(()));
    assert_eq!(require(any_scope(["x", "y"]), &granted), lacks("x y"));
    let failure = require(scope("c").and(scope("d")), &granted).unwrap_err();
    let answer = answer_of(&engine(), &failure);
    assert_eq!(answer.status, 403);
    assert_eq!(
        answer.headers["www-authenticate"],
        "Bearer realm=\"api\", error=\"insufficient_scope\", \
         error_description=\"the access token lacks a required scope\", scope=\"c d\""
    );
}

#[test]
fn a_claim_equals_a_value_of_the_same_type() {
    for (value, expected) in [
        (json!("admin"), Ok(())),
        (json!("Admin"), unmet()),
        (json!("admin "), unmet()),
        (json!("administrator"), unmet()),
        (json!(["admin"]), unmet()),
        (json!({ "admin": true }), unmet()),
        (json!(true), unmet()),
        (json!(null), unmet()),
    ] {
        assert_eq!(require(claim("role").equals("admin"), &json!({ "role": value })), expected, "{value}");
    }
    assert_eq!(require(claim("role").equals("admin"), &json!({})), unmet());
    assert_eq!(require(claim("n").equals(1), &json!({ "n": 1 })), Ok(()));
    assert_eq!(require(claim("n").equals(1), &json!({ "n": "1" })), unmet());
    assert_eq!(require(claim("n").equals(true), &json!({ "n": true })), Ok(()));
    assert_eq!(require(claim("n").equals(json!(["a", "b"])), &json!({ "n": ["a", "b"] })), Ok(()));
    assert_eq!(require(claim("n").equals(json!(["a", "b"])), &json!({ "n": ["b", "a"] })), unmet());
}

#[test]
fn null_fulfils_nothing() {
    // The rig takes a top-level null out, so that it stands one level down.
    let null = json!({ "x": { "y": null } });
    assert_eq!(require(claim("x.y").equals(1), &null), unmet());
    assert_eq!(require(claim("x.y").one_of([1]), &null), unmet());
    assert_eq!(require(claim("x.y").exists(), &null), unmet());
    assert_eq!(require(claim("x").exists(), &null), Ok(()));
    let absent = || serde_json::from_value(json!({ "claim": { "path": "x.y", "exists": false } })).unwrap();
    assert_eq!(require(absent(), &null), Ok(()));
    assert_eq!(require(absent(), &json!({ "x": { "y": 0 } })), unmet());
}

#[test]
fn a_claim_includes_elements_or_words_and_never_parts_of_them() {
    for (value, expected) in [
        (json!(["a", "b"]), Ok(())),
        (json!("a b"), Ok(())),
        (json!("b a"), Ok(())),
        (json!(["a"]), unmet()),
        (json!(["a b"]), unmet()),
        (json!([["a", "b"]]), unmet()),
        (json!("a"), unmet()),
        (json!("ab"), unmet()),
        (json!("aa bb"), unmet()),
        (json!({ "a": 1, "b": 1 }), unmet()),
        (json!(7), unmet()),
        (json!([]), unmet()),
        (json!(""), unmet()),
    ] {
        let found = require(claim("x").includes_all(["a", "b"]), &json!({ "x": value }));
        assert_eq!(found, expected, "{value}");
    }
    assert_eq!(require(claim("x").includes(7), &json!({ "x": [1, 7] })), Ok(()));
    assert_eq!(require(claim("x").includes(7), &json!({ "x": ["7"] })), unmet());
    assert_eq!(require(claim("x").includes(7), &json!({ "x": "7" })), unmet());
    assert_eq!(require(claim("x").includes(""), &json!({ "x": "a" })), unmet());
}

#[test]
fn a_claim_is_one_of_several_values() {
    let rule = || claim("plan").one_of(["pro", "team"]);
    assert_eq!(require(rule(), &json!({ "plan": "team" })), Ok(()));
    assert_eq!(require(rule(), &json!({ "plan": "free" })), unmet());
    assert_eq!(require(rule(), &json!({ "plan": ["pro"] })), unmet());
    assert_eq!(require(rule(), &json!({})), unmet());
}

#[test]
fn a_path_leads_down_objects_and_prefers_a_whole_name() {
    let claims =
        json!({ "a": { "b": { "c": 1 }, "list": [{ "d": 1 }] }, "https://x.example/y": 2, "a.b.z": 3 });
    assert_eq!(require(claim("a.b.c").equals(1), &claims), Ok(()));
    assert_eq!(require(claim(["a", "b", "c"]).equals(1), &claims), Ok(()));
    assert_eq!(require(claim("https://x.example/y").equals(2), &claims), Ok(()));
    assert_eq!(require(claim("a.b.z").equals(3), &claims), Ok(()));
    assert_eq!(require(claim(["a.b.z"]).equals(3), &claims), Ok(()));
    for absent in ["a.c", "a.b.c.d", "b", "a.list.0.d", "a.list.d"] {
        assert_eq!(require(claim(absent).exists(), &claims), unmet(), "{absent}");
    }
}

#[test]
fn every_claim_requirement_holds_though_the_first_is_an_array() {
    // 21.
    let rule =
        || claim("roles").includes("admin").and(claim("tenant").equals("a")).and(claim("level").equals(3));
    let good = json!({ "roles": ["user", "admin"], "tenant": "a", "level": 3 });
    assert_eq!(require(rule(), &good), Ok(()));
    for (name, value) in [("roles", json!(["user"])), ("tenant", json!("b")), ("level", json!(2))] {
        let mut claims = good.clone();
        claims[name] = value;
        assert_eq!(require(rule(), &claims), unmet(), "{name}");
        claims.as_object_mut().unwrap().remove(name);
        assert_eq!(require(rule(), &claims), unmet(), "{name} absent");
    }
}

#[test]
fn a_role_is_one_element_or_the_whole_string() {
    for (roles, expected) in [
        (json!(["user", "admin"]), Ok(())),
        (json!("admin"), Ok(())),
        (json!(["ADMIN", "administrator", "xadmin", "admin "]), role_missing()),
        (json!("user admin"), role_missing()), // a role's name may hold spaces
        (json!([["admin"]]), role_missing()),
        (json!({ "admin": true }), role_missing()),
        (json!([]), role_missing()),
        (json!(true), role_missing()),
    ] {
        assert_eq!(require(role("admin"), &json!({ "roles": roles })), expected, "{roles}");
    }
    assert_eq!(require(role("admin"), &json!({})), role_missing());
    assert_eq!(require(role("team lead"), &json!({ "roles": "team lead" })), Ok(()));
}

#[test]
fn each_preset_reads_the_claim_of_its_authorization_server() {
    for (rule, good, foreign) in [
        (
            keycloak_realm_role("admin"),
            json!({ "realm_access": { "roles": ["admin"] } }),
            json!({ "resource_access": { "realm_access": { "roles": ["admin"] } }, "roles": ["admin"] }),
        ),
        (
            keycloak_client_role("my.client", "admin"),
            json!({ "resource_access": { "my.client": { "roles": ["admin"] } } }),
            json!({
                "resource_access": { "other": { "roles": ["admin"] }, "my": { "client": { "roles": ["admin"] } } },
                "realm_access": { "roles": ["admin"] },
            }),
        ),
        (entra_role("admin"), json!({ "roles": ["admin"] }), json!({ "groups": ["admin"] })),
        (
            auth0_permission("read:x"),
            json!({ "permissions": ["read:x"] }),
            json!({ "permissions": ["read:xy"], "scope": "read:x" }),
        ),
        (
            cognito_group("admin"),
            json!({ "cognito:groups": ["admin"] }),
            json!({ "cognito": { "groups": ["admin"] } }),
        ),
    ] {
        assert_eq!(require(rule.clone(), &good), Ok(()), "{rule:?}");
        assert_eq!(require(rule.clone(), &foreign), role_missing(), "{rule:?}");
    }
}

#[test]
fn an_authentication_context_is_one_of_those_accepted() {
    let weak = || Err(Denial::AuthenticationTooWeak { acr_values: "mfa hw".into() }.into());
    let rule = || acr(["mfa", "hw"]);
    assert_eq!(require(rule(), &json!({ "acr": "hw" })), Ok(()));
    for other in [json!("pwd"), json!("MFA"), json!("mfa hw"), json!(["mfa"]), json!(2), json!("")] {
        assert_eq!(require(rule(), &json!({ "acr": other })), weak(), "{other}");
    }
    assert_eq!(require(rule(), &json!({})), weak());
    let answer = answer_of(&engine(), &weak().unwrap_err());
    assert_eq!(answer.status, 401);
    let challenge = answer.headers["www-authenticate"].to_str().unwrap();
    assert!(challenge.contains("error=\"insufficient_user_authentication\""), "{challenge}");
    assert!(challenge.ends_with("acr_values=\"mfa hw\""), "{challenge}");
}

#[test]
fn an_authentication_is_recent_and_not_to_come() {
    // The rig asks one second after the start.
    let old = || Err(Denial::AuthenticationTooOld { max_age: secs(300) }.into());
    let now = START + 1;
    for (auth_time, expected) in [
        (json!(now), Ok(())),
        (json!(now - 300), Ok(())),
        (json!(now - 301), old()),
        (json!(now as f64 - 300.5), old()),
        (json!(now + 5), Ok(())), // within the tolerance
        (json!(now + 6), old()),
        (json!(now * 1000), old()), // milliseconds
        (json!(1e308), old()),
        (json!(0), old()),
        (json!(-1), old()),
        (json!(now.to_string()), old()),
        (json!(true), old()),
        (json!([now]), old()),
    ] {
        assert_eq!(require(max_age(secs(300)), &json!({ "auth_time": auth_time })), expected, "{auth_time}");
    }
    assert_eq!(require(max_age(secs(300)), &json!({})), old());
    let answer = answer_of(&engine(), &old().unwrap_err());
    assert_eq!(answer.status, 401);
    let challenge = answer.headers["www-authenticate"].to_str().unwrap();
    assert!(challenge.ends_with("max_age=\"300\""), "{challenge}");
}

#[test]
fn an_authentication_ages_while_the_token_is_cached() {
    let rule = max_age(secs(300)).check().unwrap();
    let (engine, token) = (engine(), token(&json!({ "auth_time": START })));
    let ask = |now| settled(check_for(&engine, &token, Route::requiring(&rule, &NoFacts), now)).map(drop);
    assert_eq!(ask(at(1)), Ok(()));
    assert_eq!(ask(at(300)), Ok(()));
    assert_eq!(ask(at(301)).unwrap_err().code(), "authentication_too_old");
}

#[test]
fn not_is_the_opposite_and_or_is_either() {
    let granted = json!({ "scope": "a", "banned": true });
    assert_eq!(require(scope("b").not(), &granted), Ok(()));
    assert_eq!(require(scope("a").not(), &granted), Err(Denial::Unmet.into()));
    assert_eq!(require(claim("banned").exists().not(), &granted), Err(Denial::Unmet.into()));
    assert_eq!(require(scope("b").not().not(), &granted), Err(Denial::Unmet.into()));
    assert_eq!(require(scope("b").or(scope("a")), &granted), Ok(()));
    assert_eq!(require(scope("b").or(scope("c")).or(role("x")), &granted), lacks("b c"), "the first denial");
    assert_eq!(require(role("x").or(scope("b")), &granted), role_missing());
    assert_eq!(require(scope("a").and(scope("b").or(claim("banned").exists())), &granted), Ok(()));
    assert_eq!(require(scope("a").and(scope("b")).not(), &granted), Ok(()));
}

#[test]
fn a_subject_s_own_object_in_the_token_hides_no_other_claim() {
    // serde_json would read the whole claims set as nothing, and a negated requirement would pass.
    let mut members = claims(&json!({ "banned": true })).to_string();
    members.insert_str(1, r#""user_metadata":{"$serde_json::private::RawValue":"not JSON"},"#);
    let token = key().token_of(r#"{"alg":"EdDSA","kid":"k"}"#, &members);
    let rule = claim("banned").exists().not().check().unwrap();
    let check = check_for(&engine(), &token, Route::requiring(&rule, &NoFacts), at(1));
    assert_eq!(settled(check).unwrap_err().code(), "claims_malformed");
}

#[test]
fn a_function_decides_with_the_token_and_the_request() {
    let own = || custom(|token, _| token.subject() == Some("subject"));
    assert_eq!(require(own(), &json!({})), Ok(()));
    assert_eq!(require(own(), &json!({ "sub": "other" })), Err(Denial::Unmet.into()));
    assert_eq!(require(own().not(), &json!({})), Err(Denial::Unmet.into()));
    assert_eq!(require(custom(|_, facts| facts.host().is_some()), &json!({})), Err(Denial::Unmet.into()));
}

#[test]
fn denials_are_403_and_name_no_value_of_the_token() {
    let secret = "sensitive-value";
    for rule in [
        claim("x").equals("wanted"),
        claim("x").includes("wanted"),
        role("wanted"),
        scope("wanted"),
        scope("x").or(role("wanted")),
        claim("x").exists().not(),
    ] {
        let failure =
            require(rule.clone(), &json!({ "x": secret, "roles": [secret], "scope": secret })).unwrap_err();
        let answer = answer_of(&engine(), &failure);
        assert_eq!(answer.status, 403, "{rule:?}");
        let body = String::from_utf8(answer.body).unwrap();
        let challenge = answer.headers["www-authenticate"].to_str().unwrap();
        assert!(!body.contains(secret) && !challenge.contains(secret), "{rule:?}: {challenge} {body}");
    }
}

#[test]
fn a_closed_route_lets_no_token_pass_and_tells_a_client_without_one_nothing() {
    let engine = engine();
    let token = token(&json!({ "scope": "a" }));
    for _ in ["new", "cached"] {
        let failure = settled(check_for(&engine, &token, Route::closed(), at(1))).unwrap_err();
        assert_eq!(failure, Failure::from(Denial::Unmet));
        assert_eq!(answer_of(&engine, &failure).status, 403);
    }
    let admitted = decide(&engine, &token, at(1)).unwrap();
    assert_eq!(Route::closed().authorize(admitted, at(1).date()).unwrap_err(), Denial::Unmet.into());
    let expired = check_for(&engine, &token, Route::closed(), at(4000));
    assert_eq!(settled(expired).unwrap_err(), Failure::from(Rejection::from(ClaimsError::Expired)));
    let refusal = engine.missing_credential(Route::closed());
    assert_eq!(refusal.answer(), engine.missing_credential(Route::open()).answer());
}
