//! The verified-token cache must never answer for what was not verified.
//! Rows of "The cache" in docs/threat-model.md.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bearward::ResourceServer;
use bearward::engine::Route;
use bearward::requirement::{NoFacts, organization, scope};
use bearward::trust::{Limits, ValidatorError};
use bearward_issuer::{Algorithm, SigningKey};

use crate::support::{AUDIENCE, assert_accepted, assert_refused, issuer, present, present_to, trusting};

#[tokio::test]
async fn a_cached_token_is_denied_on_a_route_that_requires_more() {
    let issuer = issuer().await;
    let api = trusting(&issuer).build().unwrap();
    let token = issuer.mint().audience(AUDIENCE).scope("read:data").sign();
    let more = scope("read:messages").check().unwrap();
    assert_accepted(present(&api, &token).await, "an open route");
    for _ in 0..2 {
        let result = present_to(&api, &token, Route::requiring(&more, &NoFacts)).await;
        assert_refused(result, "insufficient_scope read:messages", "cached");
        assert_accepted(present(&api, &token).await, "an open route again");
    }
}

#[tokio::test]
async fn an_organizations_token_cached_on_its_route_passes_no_other() {
    let issuer = issuer().await;
    let api = trusting(&issuer).build().unwrap();
    let own = organization().logto_permissions().is("org_1").check().unwrap();
    let others = organization().logto_permissions().is("org_2").check().unwrap();
    let token = issuer.mint().audience("urn:logto:organization:org_1").sign();
    for _ in 0..2 {
        assert_refused(present(&api, &token).await, "audience_mismatch", "an open route");
        let passed = present_to(&api, &token, Route::requiring(&own, &NoFacts)).await;
        assert_eq!(assert_accepted(passed, "its own route").organization(), Some("org_1"));
        let result = present_to(&api, &token, Route::requiring(&others, &NoFacts)).await;
        assert_refused(result, "organization_mismatch", "another organization's route");
    }
}

#[tokio::test]
async fn one_byte_changed_anywhere_is_another_token() {
    let issuer = issuer().await;
    let api = trusting(&issuer).build().unwrap();
    let token = issuer.mint().audience(AUDIENCE).sign();
    assert_accepted(present(&api, &token).await, "the token itself");
    for at in 0..token.len() {
        let mut changed = token.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert!(present(&api, &changed).await.is_err(), "accepted with byte {at} changed");
    }
    for changed in
        [format!("{token}A"), format!("{token}="), format!("{token}."), token[..token.len() - 1].to_owned()]
    {
        assert!(present(&api, &changed).await.is_err(), "{changed}");
    }
    assert_accepted(present(&api, &token).await, "the token itself, once more");
}

#[tokio::test]
async fn the_leftover_bits_of_the_signature_have_one_spelling() {
    let issuer = issuer().await;
    let api = trusting(&issuer).build().unwrap();
    let token = issuer.mint().audience(AUDIENCE).sign();
    assert_accepted(present(&api, &token).await, "cached");
    // 64 bytes end in a character of which four bits say nothing: 15 more spellings of the same signature.
    let (rest, last) = token.split_at(token.len() - 1);
    let alphabet: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['-', '_']).collect();
    let value = alphabet.iter().position(|character| last.starts_with(*character)).unwrap();
    assert_eq!(value & 0xf, 0, "the canonical spelling");
    for bits in 1..16 {
        let spelt = format!("{rest}{}", alphabet[value | bits]);
        assert_refused(present(&api, &spelt).await, "token_malformed", &spelt);
    }
    let with_padding = format!("{token}==");
    assert_refused(present(&api, &with_padding).await, "token_malformed", "padding");
}

#[tokio::test]
async fn a_token_cached_by_one_resource_server_means_nothing_to_another() {
    let (issuer, other) = (issuer().await, crate::support::issuer().await);
    let first = trusting(&issuer).build().unwrap();
    let builder = || ResourceServer::builder().issuer(issuer.url());
    let other_audience = builder().audience("https://other.example").build().unwrap();
    let other_issuer = trusting(&other).build().unwrap();
    let by_rs256 = bearward::IssuerConfig::new(issuer.url()).algorithms([bearward::token::Algorithm::RS256]);
    let other_algorithm = ResourceServer::builder().issuer(by_rs256).audience(AUDIENCE).build().unwrap();
    let stricter = trusting(&issuer).validator(|_| Err(ValidatorError::new("no"))).build().unwrap();
    let token = issuer.mint().audience(AUDIENCE).sign();
    for _ in 0..2 {
        assert_accepted(present(&first, &token).await, "the first");
        assert_refused(present(&other_audience, &token).await, "audience_mismatch", "");
        assert_refused(present(&other_issuer, &token).await, "issuer_unknown", "");
        let result = present(&other_algorithm, &token).await;
        assert_refused(result, "algorithm_not_allowed", "");
        assert_eq!(present(&stricter, &token).await.unwrap_err().code(), "claim_rejected");
    }
}

#[tokio::test]
async fn custom_validators_are_asked_on_every_hit() {
    let issuer = issuer().await;
    let revoked = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&revoked);
    let api = trusting(&issuer)
        .validator(move |_| match flag.load(Ordering::SeqCst) {
            true => Err(ValidatorError::new("the access token was revoked")),
            false => Ok(()),
        })
        .build()
        .unwrap();
    let token = issuer.mint().audience(AUDIENCE).sign();
    assert_accepted(present(&api, &token).await, "new");
    assert_accepted(present(&api, &token).await, "cached");
    revoked.store(true, Ordering::SeqCst);
    let failure = present(&api, &token).await.unwrap_err();
    assert_eq!(failure.code(), "claim_rejected");
    let answer = failure.answer();
    assert_eq!(
        answer.headers["www-authenticate"],
        "Bearer realm=\"api\", error=\"invalid_token\", error_description=\"the access token was revoked\""
    );
    revoked.store(false, Ordering::SeqCst);
    assert_accepted(present(&api, &token).await, "a refusal is not remembered");
}

#[tokio::test]
async fn a_refused_token_is_judged_anew_each_time() {
    let issuer = issuer().await;
    let clock = crate::support::TestClock::new();
    let api = trusting(&issuer).clock(clock.reader()).build().unwrap();
    let early = issuer.mint().audience(AUDIENCE).not_before_in(60).sign();
    assert_refused(present(&api, &early).await, "token_not_yet_valid", "too early");
    clock.advance(60.0);
    assert_accepted(present(&api, &early).await, "in time");
}

#[tokio::test]
async fn a_bound_token_needs_its_proof_from_cache_too() {
    let issuer = issuer().await;
    let api = trusting(&issuer).build().unwrap();
    let thumbprint = "A".repeat(43);
    for (cnf, code) in [
        (serde_json::json!({ "jkt": thumbprint }), "proof_required"),
        (serde_json::json!({ "x5t#S256": thumbprint }), "certificate_required"),
        (serde_json::json!({ "jkt": "AAAA" }), "confirmation_unsupported"),
        (serde_json::json!({ "mystery": 1 }), "confirmation_unsupported"),
        (serde_json::json!({}), "confirmation_unsupported"),
        (serde_json::json!(null), "confirmation_unsupported"),
    ] {
        let token = issuer.mint().audience(AUDIENCE).claim("cnf", cnf.clone()).sign();
        for _ in 0..2 {
            assert_refused(present(&api, &token).await, code, &cnf.to_string());
        }
    }
}

#[tokio::test]
async fn a_cache_of_any_size_gives_the_same_answers() {
    let issuer = issuer().await;
    let foreign = SigningKey::generate(Algorithm::Es256).with_kid(issuer.signing_kid());
    let good: Vec<_> =
        (0..40).map(|n| issuer.mint().audience(AUDIENCE).subject(n.to_string()).sign()).collect();
    let forged = issuer.mint().audience(AUDIENCE).signed_by(&foreign).sign();
    for (tokens, bytes) in [(0, 1 << 20), (1, 1 << 20), (7, 1 << 20), (10_000, 0), (10_000, 4096)] {
        let mut limits = Limits::default();
        (limits.max_cached_tokens, limits.max_cached_token_bytes) = (tokens, bytes);
        let api = trusting(&issuer).limits(limits).build().unwrap();
        for token in good.iter().chain(&good) {
            let accepted = assert_accepted(present(&api, token).await, "good");
            let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
            assert_eq!(accepted.claims_json().as_bytes(), claims, "somebody else's claims");
            assert_refused(present(&api, &forged).await, "signature_invalid", "forged");
        }
    }
}
