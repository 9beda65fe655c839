//! Scopes that include others, the scopes that a challenge asks for, and the resource as an audience.

use super::*;
use crate::answer::resource_metadata::{ProtectedResource, ResourceError};
use crate::check::requirement::{Denial, all_scopes, any_scope, claim, scope};
use crate::engine::{Problem, Settings};
use crate::trust::ImpliedScopesError;

fn hierarchy() -> EngineConfig {
    config().implies("admin", ["files:write", "audit"]).implies("files:write", ["files:read"])
}

fn outcome(engine: &Engine, requirement: Requirement, granted: &str) -> Result<(), Failure> {
    let requirement = requirement.check().unwrap();
    let token = token(&json!({ "scope": granted }));
    let route = || Route::requiring(&requirement, &NoFacts);
    let new = settled(check_for(engine, &token, route(), at(1))).map(drop);
    let again = settled(check_for(engine, &token, route(), at(1))).map(drop);
    assert_eq!(new, again, "the answer to a cached token is another");
    new
}

#[test]
fn every_scope_requirement_honours_what_a_scope_implies() {
    let engine = hierarchy().build().unwrap();
    for (requirement, granted, passes) in [
        (scope("files:read"), "files:read", true),
        (scope("files:read"), "files:write", true),
        (scope("files:read"), "admin", true),
        (scope("files:write"), "files:read", false),
        (scope("audit"), "files:write", false),
        (all_scopes(["files:read", "audit"]), "admin", true),
        (all_scopes(["files:read", "audit"]), "files:write audit", true),
        (all_scopes(["files:read", "audit"]), "files:write", false),
        (any_scope(["files:read", "x"]), "files:write", true),
        (any_scope(["files:read", "x"]), "audit", false),
        // What a token may do by way of another scope it may do, and must not pass where it may not.
        (scope("files:read").not(), "files:write", false),
        (scope("files:read").not(), "admin", false),
        (scope("files:read").not(), "audit", true),
        (claim("scope").includes("files:read"), "files:write", false),
    ] {
        let found = outcome(&engine, requirement.clone(), granted);
        assert_eq!(found.is_ok(), passes, "{requirement:?} {granted:?}: {found:?}");
    }
}

#[test]
fn a_challenge_asks_for_what_is_required_and_the_token_says_what_it_said() {
    let engine = hierarchy().build().unwrap();
    let denied = Denial::InsufficientScope { required: "files:read audit".to_owned() };
    assert_eq!(outcome(&engine, all_scopes(["files:read", "audit"]), "files:write"), Err(denied.into()));
    let token = decide(&engine, &token(&json!({ "scope": "admin" })), at(1)).unwrap();
    assert_eq!(token.scopes().collect::<Vec<_>>(), ["admin"]);
}

#[test]
fn a_hierarchy_as_data_is_read_and_refused_at_its_path() {
    let settings = |implies: Value| {
        let issuer = json!({ "issuer": ISSUER, "static_keys": mint::jwks([&key()]) });
        Settings::from_value(json!({ "issuers": [issuer], "audiences": [AUDIENCE], "implies": implies }))
    };
    let read = settings(json!({ "files:write": ["files:read"] })).unwrap();
    let engine = read.engine_config().unwrap().build().unwrap();
    assert_eq!(outcome(&engine, scope("files:read"), "files:write"), Ok(()));
    for (implies, path, why) in [
        (json!({ "a": ["b"], "b": ["a"] }), "implies.a", ImpliedScopesError::Itself),
        (json!({ "a": [] }), "implies.a", ImpliedScopesError::Nothing),
        (json!({ "a": ["b c"] }), "implies.a", ImpliedScopesError::Scope("b c".to_owned())),
    ] {
        let read = settings(implies).unwrap();
        let error = read.engine_config().unwrap().build().unwrap_err();
        assert_eq!((&*error.path, error.problem), (path, Problem::ImpliedScopes(why)));
    }
    for implies in [json!({ "a": "b" }), json!(["a"]), json!("a")] {
        assert!(settings(implies.clone()).is_err(), "{implies}");
    }
}

#[test]
fn a_request_without_a_token_is_told_the_scopes_of_its_route() {
    let engine = config().build().unwrap();
    let challenges = |refusal: &Refusal| {
        let answer = refusal.answer();
        let values = answer.headers.get_all("www-authenticate").iter();
        values.map(|value| value.to_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let requirement = all_scopes(["a", "b"]).and(scope("c").not()).check().unwrap();
    let missing = engine.missing_credential(Route::requiring(&requirement, &NoFacts));
    for challenge in challenges(&missing) {
        assert!(challenge.contains(r#"realm="api", scope="a b""#), "{challenge}");
        assert!(!challenge.contains("error"), "{challenge}");
    }
    // RFC 6750 §3.1: what is wrong with a token that was presented, no scope mends.
    let other = engine.refuse(missing_claim(), Scheme::Bearer).asking_for("a b");
    let open = engine.missing_credential(Route::open());
    for challenge in challenges(&other).into_iter().chain(challenges(&open)) {
        assert!(!challenge.contains("scope="), "{challenge}");
    }
}

fn missing_claim() -> Failure {
    missing("aud").into()
}

#[test]
fn a_refresh_token_is_neither_offered_nor_asked_for() {
    let resource = ProtectedResource::new(AUDIENCE).scopes(["read", "offline_access"]);
    let error = config().resource(resource).build().unwrap_err();
    assert_eq!(error.path, "resource.scopes");
    let Problem::Resource(ResourceError::Member { member, why }) = error.problem else { panic!() };
    assert_eq!(member, "scopes_supported");
    assert!(why.contains("offline_access"), "{why}");
    assert!(scope("offline_access").check().is_err());
}

#[test]
fn the_resource_is_an_audience_in_each_spelling_of_its_uri() {
    const RESOURCE: &str = "https://mcp.example.com/notes";
    let admits =
        |engine: &Engine, audience: Value| match decide(engine, &token(&json!({ "aud": audience })), at(1)) {
            Ok(_) => true,
            Err(failure) => {
                assert_eq!(failure, ClaimsError::AudienceMismatch.into());
                false
            }
        };
    let described = config().audience(RESOURCE).resource(ProtectedResource::new(RESOURCE)).build().unwrap();
    for same in [RESOURCE, "https://mcp.example.com/notes/", "HTTPS://MCP.Example.COM/notes"] {
        assert!(admits(&described, json!(same)), "{same}");
        assert!(admits(&described, json!(["x", same])), "{same}");
    }
    for other in [
        "https://mcp.example.com/Notes",
        "https://mcp.example.com/",
        "https://mcp.example.com/notes/x",
        "https://other.example.com/notes",
        "http://mcp.example.com/notes",
    ] {
        assert!(!admits(&described, json!(other)), "{other}");
    }
    // Another audience is compared as it is written, as is the same one where no resource is described.
    assert!(!admits(&described, json!(format!("{AUDIENCE}/"))));
    let plain = config().audience(RESOURCE).build().unwrap();
    assert!(admits(&plain, json!(RESOURCE)) && !admits(&plain, json!("https://mcp.example.com/notes/")));
    // A resource that is no audience admits nobody.
    let elsewhere = config().resource(ProtectedResource::new(RESOURCE)).build().unwrap();
    assert!(!admits(&elsewhere, json!(RESOURCE)));
}
