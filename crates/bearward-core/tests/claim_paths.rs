//! The table of claim paths that Rust and Node share: `tests/conformance/claim-paths.json`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::borrow::Cow;
use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bearward_core::check::{NoFacts, RequestFacts};
use bearward_core::requirement::organization;
use bearward_core::token::{ClaimPath, OrganizationClaim};
use bearward_core::{
    AccessToken, Credential, Engine, EngineConfig, Failure, IssuerConfig, Now, Requirement, Route, Step,
};
use serde_json::{Value, json};

const SECRET: [u8; 32] = [7; 32];

struct Named<'n>(&'n str);

impl RequestFacts for Named<'_> {
    fn path_parameter(&self, name: &str) -> Option<Cow<'_, str>> {
        (name == "org").then_some(Cow::Borrowed(self.0))
    }

    fn header(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }

    fn host(&self) -> Option<Cow<'_, str>> {
        None
    }
}

fn table() -> Value {
    serde_json::from_str(include_str!("../../../tests/conformance/claim-paths.json")).unwrap()
}

fn config() -> EngineConfig {
    EngineConfig::new()
        .issuer(IssuerConfig::new("https://issuer.example").shared_secret(SECRET))
        .audience("api")
}

fn ask(
    engine: &Engine,
    claims: &Value,
    requirement: Requirement,
    facts: &dyn RequestFacts,
) -> Result<AccessToken, Failure> {
    let mut all = json!({ "iss": "https://issuer.example", "aud": "api", "exp": 1_700_000_100 });
    for (name, value) in claims.as_object().unwrap() {
        all.as_object_mut().unwrap().insert(name.clone(), value.clone());
    }
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#);
    let input = format!("{header}.{}", URL_SAFE_NO_PAD.encode(all.to_string()));
    let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &SECRET), input.as_bytes());
    let token = format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature));
    let credential = Credential::from_token(&token, engine.credential_rules()).unwrap();
    let requirement = requirement.check().unwrap();
    let now = Now::new(Duration::from_secs(1_700_000_000), Duration::from_secs(1));
    match engine.attempt(&credential, Route::requiring(&requirement, facts)).step(now) {
        Step::Done(result) => result.map_err(Into::into),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_claim_is_found_where_the_shared_table_says() {
    let (table, engine) = (table(), config().build().unwrap());
    let cases = table["requirements"].as_array().unwrap();
    assert!(cases.len() > 30);
    for case in cases {
        let requirement: Requirement = serde_json::from_value(case["requirement"].clone()).unwrap();
        let passes = |requirement| ask(&engine, &case["claims"], requirement, &NoFacts).is_ok();
        assert_eq!(passes(requirement.clone()), case["met"], "{case}");
        assert_eq!(passes(requirement.not()), case["negated"], "{case} negated");
    }
    for written in table["refused"].as_array().unwrap() {
        let built = serde_json::from_value::<Requirement>(written.clone()).map(Requirement::check);
        assert!(!matches!(built, Ok(Ok(_))), "{written}");
    }
}

#[test]
fn an_organization_claim_is_read_as_the_shared_table_says() {
    let table = table();
    let cases = table["organizations"].as_array().unwrap();
    assert!(cases.len() > 20);
    for case in cases {
        let claim = match &case["claim"] {
            Value::Object(members) => {
                assert_eq!(members["several"], true);
                OrganizationClaim::several(
                    serde_json::from_value::<ClaimPath>(members["path"].clone()).unwrap(),
                )
            }
            path => serde_json::from_value::<ClaimPath>(path.clone()).unwrap().into(),
        };
        let engine = config().organization_claim(claim).build().unwrap();
        let named = Named(case["named"].as_str().unwrap());
        let answer = ask(&engine, &case["claims"], organization().from_path("org"), &named);
        let code = answer.as_ref().map_or_else(Failure::code, |_| "accepted");
        assert_eq!(code, case["code"], "{case}");
        let read = answer.ok().and_then(|token| token.organization().map(str::to_owned));
        assert_eq!(read.as_deref(), case["organization"].as_str(), "{case}");
    }
}
