//! Tokens without `aud`, and what takes its place.

use super::*;
use crate::trust::{AudienceSubstitute, Profile};

fn cognito() -> AudienceSubstitute {
    AudienceSubstitute::client_id(["web", "mobile"]).and_claim("token_use", "access")
}

/// An issuer whose tokens need no audience, and no audience anywhere.
fn without(substitute: AudienceSubstitute) -> EngineConfig {
    EngineConfig::new().issuer(issuer().tokens_without_audience(substitute))
}

fn good(changes: &Value) -> Value {
    let mut claims = json!({ "aud": null, "client_id": "web", "token_use": "access" });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
}

fn substitute_mismatch() -> Rejection {
    ClaimsError::SubstituteMismatch.into()
}

#[test]
fn a_token_without_audience_passes_where_its_client_is_listed() {
    let engine = without(cognito()).build().unwrap();
    for client in ["web", "mobile"] {
        let token = token(&good(&json!({ "client_id": client })));
        assert!(decide(&engine, &token, at(0)).is_ok(), "{client}");
        assert!(decide(&engine, &token, at(1)).is_ok(), "{client} again");
    }
    assert!(decide(&engine, &token(&good(&json!({ "aud": [] }))), at(0)).is_ok(), "an empty list names none");
}

#[test]
fn a_token_without_audience_is_refused_where_nothing_takes_its_place() {
    for changes in [
        json!({ "client_id": "other" }),
        json!({ "client_id": "WEB" }),
        json!({ "client_id": "web " }),
        json!({ "client_id": null }),
        // The claim that is named decides, and no other in its place.
        json!({ "client_id": null, "azp": "web" }),
        json!({ "client_id": null, "cid": "web", "appid": "web" }),
        json!({ "client_id": "other", "azp": "web" }),
        json!({ "token_use": null }),
        json!({ "token_use": "refresh" }),
        json!({ "token_use": "id" }),
        json!({ "token_use": ["access"] }),
        json!({ "aud": [], "client_id": "other" }),
    ] {
        let engine = without(cognito()).build().unwrap();
        assert_eq!(refusal(&engine, &token(&good(&changes))), substitute_mismatch(), "{changes}");
    }
}

#[test]
fn a_substitute_of_a_wrong_type_is_refused_and_never_compared() {
    let engine = without(AudienceSubstitute::azp(["7", "true"])).build().unwrap();
    for text in ["7", "true", "null", "[\"7\"]", "{\"7\":{}}"] {
        let mut members = claims(&json!({ "aud": null })).to_string();
        members.insert_str(1, &format!("\"azp\":{text},"));
        let token = key().token_of(r#"{"alg":"EdDSA","kid":"k"}"#, &members);
        assert_eq!(refusal(&engine, &token), substitute_mismatch(), "azp {text}");
    }
}

#[test]
fn each_of_the_four_claims_may_be_the_one() {
    for (name, substitute) in [
        ("client_id", AudienceSubstitute::client_id(["a"])),
        ("azp", AudienceSubstitute::azp(["a"])),
        ("appid", AudienceSubstitute::appid(["a"])),
        ("cid", AudienceSubstitute::cid(["a"])),
    ] {
        let engine = without(substitute).build().unwrap();
        assert!(decide(&engine, &token(&json!({ "aud": null, name: "a" })), at(0)).is_ok(), "{name}");
        let other = token(&json!({ "aud": null, name: "b" }));
        assert_eq!(refusal(&engine, &other), substitute_mismatch(), "{name}");
    }
}

#[test]
fn a_token_that_has_an_audience_must_name_a_configured_one_whatever_its_client() {
    let malformed = || Rejection::Claims(ClaimsError::Malformed("aud"));
    let (none, one) = (without(cognito()), without(cognito()).audience(AUDIENCE));
    for (engine, own) in [(none, Err(ClaimsError::AudienceMismatch.into())), (one, Ok(()))] {
        let engine = engine.build().unwrap();
        let own_audience = token(&good(&json!({ "aud": AUDIENCE })));
        let found = decide(&engine, &own_audience, at(0)).map(drop);
        assert_eq!(found, own);
        for aud in [json!("https://other.example"), json!([""]), json!(""), json!("web"), json!(["web"])] {
            let foreign = token(&good(&json!({ "aud": aud })));
            assert_eq!(refusal(&engine, &foreign), ClaimsError::AudienceMismatch.into(), "{aud}");
        }
        for text in ["null", "7", "{}", "[7]", "[null]"] {
            let mut members = claims(&good(&json!({}))).to_string();
            members.insert_str(1, &format!("\"aud\":{text},"));
            let token = key().token_of(r#"{"alg":"EdDSA","kid":"k"}"#, &members);
            assert_eq!(refusal(&engine, &token), malformed(), "aud {text}");
        }
    }
    // The client need not be listed where the audience is the API.
    let engine = without(cognito()).audience(AUDIENCE).build().unwrap();
    assert!(decide(&engine, &token(&json!({ "client_id": "other" })), at(0)).is_ok());
}

#[test]
fn the_setting_is_one_issuers_and_no_others() {
    let other_issuer = "https://other.example";
    let other = IssuerConfig::new(other_issuer).static_keys(mint::jwks([&key()])).audience(AUDIENCE);
    let engine = without(cognito()).issuer(other).build().unwrap();
    assert!(decide(&engine, &token(&good(&json!({}))), at(0)).is_ok());
    let foreign = token(&good(&json!({ "iss": other_issuer })));
    assert_eq!(refusal(&engine, &foreign), ClaimsError::Missing("aud").into());
}

#[test]
fn the_strict_profile_has_an_audience_in_every_token() {
    let strict = without(cognito()).profile(Profile::Rfc9068).build().unwrap();
    assert_eq!(refusal(&strict, &token(&good(&json!({})))), ClaimsError::Missing("aud").into());
}

#[test]
fn a_substitute_that_checks_nothing_is_an_error_at_the_start() {
    let none: [&str; 0] = [];
    for (config, why) in [
        (without(AudienceSubstitute::client_id(none)), "the list of accepted clients is empty"),
        (without(AudienceSubstitute::azp([""])), "one of the accepted clients is empty"),
        (without(AudienceSubstitute::azp(["a", ""])), "one of the accepted clients is empty"),
        (without(cognito().and_claim("", "x")), "the name or the value of a further claim is empty"),
        (without(cognito().and_claim("x", "")), "the name or the value of a further claim is empty"),
        (
            without(cognito()).dangerous().allow_any_audience(),
            "any audience is dangerously allowed, so it checks nothing",
        ),
    ] {
        let expected = IssuerProblem::TokensWithoutAudience(why);
        let expected = ConfigError::new("issuers[0].tokens_without_audience", expected);
        assert_eq!(config.build().unwrap_err(), expected);
    }
    let empty = without(cognito()).audience("").build().unwrap_err();
    assert_eq!(empty, ConfigError::new("audiences[0]", Problem::Audience));
}

#[test]
fn an_explanation_says_that_the_audience_decides() {
    let engine = without(cognito()).build().unwrap();
    let explanation = engine.explain(&token(&good(&json!({ "client_id": "other" }))), Route::open(), at(0));
    let failed: Vec<_> = explanation
        .rules
        .iter()
        .filter(|step| matches!(step.finding, Finding::Failed(_)))
        .map(|step| (step.rule, step.finding.clone()))
        .collect();
    assert_eq!(failed, [(Rule::Audience, Finding::Failed(substitute_mismatch().into()))]);
}
