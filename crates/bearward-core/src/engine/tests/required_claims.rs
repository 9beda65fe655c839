//! Claims that every token of an issuer must have.

use super::*;
use crate::Provider;
use crate::trust::ValidatorError;
use crate::trust::validation_policy::RequiredClaimError;

fn requiring(issuer: IssuerConfig) -> Engine {
    EngineConfig::new().issuer(issuer).audience(AUDIENCE).build().unwrap()
}

fn rejected(claim: &str) -> Rejection {
    let text = format!("the claim {claim} of this issuer's tokens must be one of the configured values");
    ClaimsError::Custom(ValidatorError::new(text)).into()
}

#[test]
fn a_token_passes_where_each_required_claim_is_one_of_its_values() {
    let engine = requiring(
        issuer()
            .require_claim("repository_owner", ["acme", "umbrella"])
            .require_claim("email_verified", [true]),
    );
    let good = json!({ "repository_owner": "umbrella", "email_verified": true });
    assert!(decide(&engine, &token(&good), at(0)).is_ok());
    assert!(decide(&engine, &token(&good), at(1)).is_ok(), "again");
    for (changes, claim) in [
        (json!({ "repository_owner": "evil", "email_verified": true }), "repository_owner"),
        (json!({ "repository_owner": "ACME", "email_verified": true }), "repository_owner"),
        (json!({ "repository_owner": ["acme"], "email_verified": true }), "repository_owner"),
        (json!({ "repository_owner": null, "email_verified": true }), "repository_owner"),
        (json!({ "email_verified": true }), "repository_owner"),
        (json!({ "repository_owner": "acme", "email_verified": "true" }), "email_verified"),
        (json!({ "repository_owner": "acme", "email_verified": false }), "email_verified"),
        (json!({ "repository_owner": "acme" }), "email_verified"),
    ] {
        assert_eq!(refusal(&engine, &token(&changes)), rejected(claim), "{changes}");
    }
}

#[test]
fn a_required_claim_that_lets_every_token_pass_or_no_token_is_refused() {
    for (claim, values, expected) in [
        ("a", vec![], RequiredClaimError::Values),
        ("a", vec![json!("")], RequiredClaimError::Values),
        ("a", vec![Value::Null], RequiredClaimError::Null),
        ("a..b", vec![json!("x")], RequiredClaimError::ClaimPath("a..b".to_owned())),
    ] {
        let config = EngineConfig::new().issuer(issuer().require_claim(claim, values)).audience(AUDIENCE);
        let expected = IssuerProblem::RequiredClaim(expected);
        let expected = ConfigError::new("issuers[0].required_claims[0]", expected);
        assert_eq!(config.build().map(drop).unwrap_err(), expected, "{claim}");
    }
}

#[test]
fn a_preset_says_who_may_ask_where_anybody_can() {
    for provider in [Provider::github_actions(AUDIENCE), Provider::google(AUDIENCE)] {
        let error = EngineConfig::new().provider(provider).build().map(drop).unwrap_err();
        assert!(matches!(error.problem, Problem::Provider(_)), "{error}");
    }
}
