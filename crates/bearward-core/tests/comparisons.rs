//! The table of comparisons that Rust and Node share: `tests/conformance/comparisons.json`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bearward_core::check::NoFacts;
use bearward_core::{
    AccessToken, Credential, Engine, EngineConfig, IssuerConfig, Now, Requirement, Route, Step,
};
use serde_json::Value;

const SECRET: [u8; 32] = [7; 32];

fn now() -> Now {
    Now::new(Duration::from_secs(1_700_000_000), Duration::from_secs(1))
}

fn token_with(engine: &Engine, claim: &str) -> AccessToken {
    let claims =
        format!(r#"{{"iss":"https://issuer.example","aud":"api","exp":1700000100,"value":{claim}}}"#);
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#);
    let input = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims));
    let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &SECRET), input.as_bytes());
    let token = format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature));
    let credential = Credential::from_token(&token, engine.credential_rules()).unwrap();
    match engine.attempt(&credential, Route::open()).step(now()) {
        Step::Done(result) => result.unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_claim_is_compared_as_the_shared_table_says() {
    let issuer = IssuerConfig::new("https://issuer.example").shared_secret(SECRET);
    let engine = EngineConfig::new().issuer(issuer).audience("api").build().unwrap();
    let table: Value =
        serde_json::from_str(include_str!("../../../tests/conformance/comparisons.json")).unwrap();
    let cases = table["cases"].as_array().unwrap();
    assert!(cases.len() > 60);
    for case in cases {
        let (claim, test) = (case["claim"].as_str().unwrap(), case["test"].as_str().unwrap());
        let written = format!(r#"{{"claim":{{"path":"value",{}}}"#, &test[1..]);
        let requirement: Requirement = serde_json::from_str(&written).unwrap();
        if case["refused"] == true {
            assert!(requirement.clone().check().is_err(), "{test}");
            assert!(requirement.not().check().is_err(), "{test} negated");
            continue;
        }
        let token = token_with(&engine, claim);
        let passes = |requirement: Requirement| {
            let checked = requirement.check().unwrap();
            Route::requiring(&checked, &NoFacts).authorize(token.clone(), now().date()).is_ok()
        };
        assert_eq!(passes(requirement.clone()), case["met"].as_bool().unwrap(), "{claim} {test}");
        assert_eq!(passes(requirement.not()), case["negated"].as_bool().unwrap(), "{claim} not {test}");
    }
}
