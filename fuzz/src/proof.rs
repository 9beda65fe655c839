//! DPoP proofs, as the engine meets them.

use std::sync::LazyLock;
use std::time::Duration;

use bearward_core::answer::Rejection;
use bearward_core::request::{Connection, Sender};
use bearward_core::trust::Limits;
use bearward_core::{Credential, Engine, EngineConfig, Failure, IssuerConfig, Now, Route, Step};
use http::{HeaderMap, HeaderValue};

/// A token under the secret below, bound to the key of RFC 9449's examples and good until 2100.
const TOKEN: &str = concat!(
    "DPoP eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9",
    ".eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwiYXVkIjoiaHR0cHM6Ly9hcGkuZXhhbXBsZS5jb20iLCJleHAiOjQxMDI0NDQ4MDAsImNuZiI6eyJqa3QiOiIwWmNPQ09SWk5ZeS1EV3BxcTMwalp5SkdIVE4wZDJIZ2xCVjN1aWd1QTRJIn19",
    ".4bvrMZYBlVHArLn0ef4twkrguNZcHK_0o9RC_04bvw8",
);

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let mut limits = Limits::default();
    limits.max_cached_tokens = 16;
    EngineConfig::new()
        .issuer(IssuerConfig::new("https://issuer.example").shared_secret([7; 32]))
        .audience("https://api.example.com")
        .limits(limits)
        .public_origin("https://api.example.com")
        .build()
        .expect("the settings work")
});

/// Presents the bytes as the proof of a bound token: whatever they are, what is said of them is about the proof.
pub fn dpop_proof(data: &[u8]) {
    let Ok(proof) = HeaderValue::from_bytes(data) else { return };
    let mut headers = HeaderMap::new();
    headers.insert("authorization", HeaderValue::from_static(TOKEN));
    headers.insert("dpop", proof);
    let credential = Credential::extract(&headers, None, None, ENGINE.credential_rules());
    let credential = credential.expect("a credential").expect("a credential");
    let sender = Sender::new("GET", "/", &headers, Connection::unknown());
    let now = Now::new(Duration::from_secs(1_562_262_616), Duration::ZERO);
    let credential = credential.sent_by(sender);
    match ENGINE.attempt(&credential, Route::open()).step(now) {
        Step::Done(Err(refusal))
            if matches!(refusal.failure(), Failure::Rejected(Rejection::Confirmation(_))) =>
        {
            assert!(refusal.code().starts_with("proof_"), "{refusal:?}");
            assert_eq!(refusal.answer().status, 401);
        }
        // RFC 9449 gives proofs of this key, for another URL and token: none is good here.
        other => panic!("{other:?}"),
    }
}
