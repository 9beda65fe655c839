//! What a stranger can make the core do before a signature was verified, in allocations: a number that no machine
//! changes. The benchmark's part `refused` has the times.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod mint;

use std::time::Duration;

use allocation_counter::{AllocationInfo, measure};
use bearward_core::{Credential, Engine, EngineConfig, Failure, IssuerConfig, Now, Route, Step};
use serde_json::{Value, json};

use self::mint::SigningKey;

const ISSUER: &str = "https://issuer.example";
const AUDIENCE: &str = "https://api.example.com";
const START: u64 = 1_700_000_000;
/// The longest token that is looked at.
const LONGEST: usize = 16 * 1024;

fn key() -> SigningKey {
    SigningKey::ed25519("k", 1)
}

fn engine() -> Engine {
    let issuer = IssuerConfig::new(ISSUER).static_keys(mint::jwks([&key()]));
    EngineConfig::new().issuer(issuer).audience(AUDIENCE).build().unwrap()
}

fn claims() -> Value {
    json!({ "iss": ISSUER, "aud": AUDIENCE, "sub": "subject", "exp": START + 3600, "iat": START, "jti": "1" })
}

fn now() -> Now {
    Now::new(Duration::from_secs(START), Duration::ZERO)
}

/// What it takes to refuse a token, and the code of the refusal.
fn refused(engine: &Engine, token: &str) -> (AllocationInfo, &'static str) {
    let mut code = "";
    let cost = measure(|| {
        let credential = Credential::from_token(token, engine.credential_rules());
        code = match credential.map(|credential| engine.attempt(&credential, Route::open()).step(now())) {
            Ok(Step::Done(Err(failure))) => failure.code(),
            Err(error) => Failure::from(error).code(),
            other => panic!("{other:?}"),
        };
    });
    (cost, code)
}

/// A token of the greatest length: this header, and as much of a payload as fits.
fn longest(header: &Value, start: &str, unit: &str, end: &str) -> String {
    let header = mint::base64url(header.to_string());
    let room = (LONGEST - header.len() - 90) / 4 * 3 - start.len() - end.len();
    let payload = mint::base64url(format!("{start}{}{end}", unit.repeat(room / unit.len().max(1))));
    format!("{header}.{payload}.{}", mint::base64url([7; 64]))
}

#[test]
fn a_refused_token_allocates_a_few_times_whatever_fills_its_16_kib() {
    let engine = engine();
    let header = json!({ "alg": "EdDSA", "kid": "k" });
    let good = claims().to_string();
    let inside = &good[..good.len() - 1];
    let payload = |start: &str, unit: &str, end: &str| {
        longest(&header, &format!("{inside},\"x\":{start}"), unit, &format!("{end}}}"))
    };
    let nested = format!("{}{},", "[".repeat(31), "]".repeat(31));
    let in_header = json!({ "alg": "EdDSA", "kid": "k", "x5c": vec![Value::from("MIIB"); 800] });
    let members: Vec<_> = (0..1000).map(|number| format!("\"{number}\":0")).collect();
    for (what, token, code) in [
        ("dots", ".".repeat(LONGEST), "token_malformed"),
        ("letters", "a".repeat(LONGEST), "token_malformed"),
        ("three parts of letters", format!("{}.a.a", "a".repeat(LONGEST - 4)), "header_too_large"),
        ("a header", longest(&in_header, "{", "", "}"), "header_malformed"),
        ("opening brackets", payload("[", "[", ""), "claims_malformed"),
        ("opening braces", payload("[", "{\"a\":", ""), "claims_malformed"),
        ("nested arrays", payload("[", &nested, "0]"), "claims_malformed"),
        ("empty arrays", payload("[", "[],", "0]"), "claims_malformed"),
        ("little objects", payload("[", "{\"a\":{}},", "0]"), "claims_malformed"),
        ("zeros", payload("[", "0,", "0]"), "claims_malformed"),
        ("quotes", payload("", "\"", ""), "claims_malformed"),
        ("strings", payload("[", "\"\",", "0]"), "claims_malformed"),
        ("one string", payload("\"", "a", "\""), "signature_invalid"),
        ("escapes", payload("\"", "\\u0061", "\""), "signature_invalid"),
        ("spaces", payload("", " ", "0"), "signature_invalid"),
        ("names", payload("{", "", &format!("{}}}", members.join(","))), "signature_invalid"),
        ("one name again and again", payload("{", "\"a\":0,", "\"b\":0}"), "claims_malformed"),
        ("names with escapes", payload("{", "\"\\n\":0,", "\"b\":0}"), "claims_malformed"),
    ] {
        assert!((LONGEST / 3..=LONGEST).contains(&token.len()), "{what}: {}", token.len());
        let (cost, found) = refused(&engine, &token);
        assert_eq!(found, code, "{what}");
        assert!(cost.count_total <= 24, "{what}: {} allocations", cost.count_total);
        assert!(cost.bytes_max <= 20 * LONGEST as u64, "{what}: {} bytes", cost.bytes_max);
    }
}

#[test]
fn a_longer_credential_costs_nothing_at_all() {
    let engine = engine();
    for token in [".".repeat(LONGEST + 1), "a".repeat(1 << 20)] {
        let (cost, code) = refused(&engine, &token);
        assert_eq!((cost.count_total, code), (0, "token_too_large"));
    }
}

#[test]
fn a_forged_token_allocates_no_more_than_a_good_one() {
    let engine = engine();
    let good = key().token(&claims());
    let (forged, _) = good.rsplit_once('.').unwrap();
    let forged = format!("{forged}.{}", mint::base64url([7; 64]));
    let (refusing, code) = refused(&engine, &forged);
    assert_eq!(code, "signature_invalid");
    let accepting = measure(|| {
        let credential = Credential::from_token(&good, engine.credential_rules()).unwrap();
        let step = engine.attempt(&credential, Route::open()).step(now());
        assert!(matches!(step, Step::Done(Ok(_))), "{step:?}");
    });
    assert!(refusing.count_total < accepting.count_total, "{refusing:?}, {accepting:?}");
}
