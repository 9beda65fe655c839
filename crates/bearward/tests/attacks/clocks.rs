//! Clocks that are stepped, and the edges of time claims.
//! Rows of docs/threat-model.md: `exp`, `nbf`, `iat`, "the clock steps by an hour", a cached token after `exp`.

use std::time::Duration;

use bearward::engine::Problem;
use bearward::{IssuerConfig, ResourceServer};
use bearward_issuer::Endpoint;
use serde_json::{Value, json};

use crate::support::{AUDIENCE, TestClock, assert_accepted, assert_refused, issuer, present, trusting};

#[tokio::test]
async fn a_calendar_that_is_stepped_moves_the_claims_and_not_the_keys() {
    let issuer = issuer().await;
    let clock = TestClock::new();
    let api = trusting(&issuer).clock(clock.reader()).build().unwrap();
    let token = issuer.mint().audience(AUDIENCE).expires_in(1800).sign();
    assert_accepted(present(&api, &token).await, "now");
    clock.step_date(3600);
    assert_refused(present(&api, &token).await, "token_expired", "an hour ahead");
    clock.step_date(-3600);
    assert_accepted(present(&api, &token).await, "and back");
    clock.step_date(-3600);
    assert_refused(present(&api, &token).await, "token_issued_in_future", "an hour behind");
    clock.step_date(3600);
    assert_accepted(present(&api, &token).await, "and back");
    // Decades: the set is as old as its uptime says, neither gone nor eternal.
    clock.step_date(30 * 365 * 24 * 3600);
    let later = issuer.mint().audience(AUDIENCE).expires_in(60 * 365 * 24 * 3600).sign();
    assert_accepted(present(&api, &later).await, "thirty years ahead");
    assert_eq!(issuer.requests(Endpoint::Jwks), 1);
}

#[tokio::test]
async fn time_claims_hold_to_the_second() {
    let issuer = issuer().await;
    let clock = TestClock::new();
    let api = trusting(&issuer).clock(clock.reader()).build().unwrap();
    let now = clock.reader()().date().seconds();
    for (claim, offset, refusal) in [
        ("exp", -4.9, None),
        ("exp", -5.1, Some("token_expired")),
        ("exp", -3600.0, Some("token_expired")),
        ("nbf", 4.9, None),
        ("nbf", 5.1, Some("token_not_yet_valid")),
        ("iat", 4.9, None),
        ("iat", 5.1, Some("token_issued_in_future")),
        ("iat", -1e9, None),
    ] {
        let token = issuer.mint().audience(AUDIENCE).claim(claim, now + offset).sign();
        let case = format!("{claim} {offset}");
        for _ in ["new", "perhaps from cache"] {
            match refusal {
                None => drop(assert_accepted(present(&api, &token).await, &case)),
                Some(name) => assert_refused(present(&api, &token).await, name, &case),
            }
        }
    }
}

#[tokio::test]
async fn a_cached_token_runs_out_like_any_other() {
    let issuer = issuer().await;
    let clock = TestClock::new();
    let api = trusting(&issuer).clock(clock.reader()).max_age(Duration::from_secs(600)).build().unwrap();
    let short = issuer.mint().audience(AUDIENCE).expires_in(60).sign();
    let long = issuer.mint().audience(AUDIENCE).expires_in(6000).sign();
    assert_accepted(present(&api, &short).await, "new");
    assert_accepted(present(&api, &long).await, "new");
    clock.advance(64.0);
    assert_accepted(present(&api, &short).await, "within the tolerance");
    clock.advance(3.0);
    assert_refused(present(&api, &short).await, "token_expired", "cached");
    assert_refused(present(&api, &short).await, "token_expired", "no longer cached");
    clock.advance(540.0);
    assert_refused(present(&api, &long).await, "token_too_old", "cached");
    clock.step_date(-1200);
    assert_refused(present(&api, &long).await, "token_issued_in_future", "stepped back");
}

#[tokio::test]
async fn only_a_future_number_of_seconds_is_an_expiry() {
    let issuer = issuer().await;
    let api = trusting(&issuer).build().unwrap();
    for (exp, refusal) in [
        (json!(99_999_999_999_u64), None),
        (json!(100_000_000_000_u64), Some("claim_malformed exp")),
        (json!(4_000_000_000_000_u64), Some("claim_malformed exp")),
        (json!(1e308), Some("claim_malformed exp")),
        (json!(9_223_372_036_854_775_808_u64), Some("claim_malformed exp")),
        (json!(u64::MAX), Some("claim_malformed exp")),
        (json!(4e9 + 0.5), None),
        (json!(0), Some("token_expired")),
        (json!(-1), Some("token_expired")),
        (json!(-1e308), Some("token_expired")),
        (json!(0.5), Some("token_expired")),
        (json!(i64::MIN), Some("token_expired")),
        (json!("4000000000"), Some("claim_malformed exp")),
        (json!(true), Some("claim_malformed exp")),
        (Value::Null, Some("claim_malformed exp")),
        (json!([4_000_000_000_u64]), Some("claim_malformed exp")),
        (json!({}), Some("claim_malformed exp")),
    ] {
        let token = issuer.mint().audience(AUDIENCE).claim("exp", exp.clone()).sign();
        let case = exp.to_string();
        match refusal {
            None => drop(assert_accepted(present(&api, &token).await, &case)),
            Some(name) => assert_refused(present(&api, &token).await, name, &case),
        }
    }
    for exp in ["1e309", "1e999999999", "-1e309", "NaN", "Infinity", "0x7fffffff", "+4000000000", "4e", "04"]
    {
        let claims = format!(r#"{{"iss":"{}","aud":"{AUDIENCE}","exp":{exp}}}"#, issuer.url());
        let token = issuer.mint().sign_payload(claims.as_bytes());
        assert_refused(present(&api, &token).await, "claims_malformed", exp);
    }
    let token = issuer.mint().audience(AUDIENCE).remove("exp").sign();
    assert_refused(present(&api, &token).await, "claim_missing exp", "no exp");
}

#[tokio::test]
async fn tokens_without_expiry_pass_only_where_that_is_dangerously_allowed() {
    let issuer = issuer().await;
    let api = trusting(&issuer).dangerous().allow_tokens_without_expiry().build().unwrap();
    let token = issuer.mint().audience(AUDIENCE).remove("exp").sign();
    assert_eq!(assert_accepted(present(&api, &token).await, "allowed").expires_at(), None);
    let expired = issuer.mint().audience(AUDIENCE).expires_in(-60).sign();
    assert_refused(present(&api, &expired).await, "token_expired", "an expiry still counts");
}

#[test]
fn a_tolerance_over_a_minute_is_dangerous() {
    let builder = || {
        let issuer = IssuerConfig::new("https://issuer.example").shared_secret([1; 32]);
        ResourceServer::builder().issuer(issuer).audience(AUDIENCE)
    };
    let hour = Duration::from_secs(3600);
    let error = builder().clock_tolerance(hour).build().unwrap_err();
    assert_eq!(error.path, "clock_tolerance");
    assert!(matches!(error.problem, Problem::Duration(_)), "{error}");
    builder().clock_tolerance(Duration::from_secs(60)).build().unwrap();
    builder().dangerous().clock_tolerance(hour).build().unwrap();
}
