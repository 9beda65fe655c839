//! Each numbered check of RFC 9449 §4.3, with a proof that fails it and no other.

use bearward_issuer::{Algorithm, DpopKey, ProofBuilder, SigningKey};
use http::Method;
use serde_json::json;

use crate::support::{Answer, Refusal, Scene};

type Case = (&'static str, String, Refusal);

fn claim(description: &'static str) -> Refusal {
    Refusal::of_proof("proof_claim_malformed", description)
}

/// Wrong proofs that do not depend on the request's URL.
fn wrong_proofs(scene: &Scene, proof: impl Fn() -> ProofBuilder) -> Vec<Case> {
    let other = DpopKey::generate(Algorithm::Es256);
    let malformed = Refusal::of_proof("proof_malformed", "the DPoP proof is malformed");
    let algorithm =
        Refusal::of_proof("proof_algorithm_not_allowed", "the DPoP proof's algorithm is not accepted");
    let signature = Refusal::of_proof("proof_signature_invalid", "the DPoP proof's signature is invalid");
    let key = Refusal::of_proof("proof_key_unusable", "the DPoP proof's key cannot be used");
    let kind = Refusal::of_proof("proof_type_mismatch", "the DPoP proof's typ is not dpop+jwt");
    let method = Refusal::of_proof("proof_method_mismatch", "the DPoP proof is for another method");
    let secret = SigningKey::from_secret([7; 32], Algorithm::Hs256).unwrap();
    let compact = proof().sign();
    let (signed, _) = compact.rsplit_once('.').unwrap();
    vec![
        ("2: no JWT", "proof".to_owned(), malformed),
        ("2: four parts", format!("{compact}.x"), malformed),
        ("2: no signature", format!("{signed}."), malformed),
        ("2: padding", format!("{compact}="), malformed),
        ("2: two members of one name", proof().sign_payload(br#"{"htm":"GET","htm":"GET"}"#), malformed),
        ("2: no object", proof().sign_payload(b"[]"), malformed),
        ("2: an extension", proof().header("crit", json!(["exp"])).sign(), malformed),
        (
            "3: no jti",
            proof().remove("jti").sign(),
            claim("the DPoP proof's claim jti is missing or malformed"),
        ),
        (
            "3: an empty jti",
            proof().jti("").sign(),
            claim("the DPoP proof's claim jti is missing or malformed"),
        ),
        (
            "3: a huge jti",
            proof().jti("x".repeat(1025)).sign(),
            claim("the DPoP proof's claim jti is missing or malformed"),
        ),
        (
            "3: no htm",
            proof().remove("htm").sign(),
            claim("the DPoP proof's claim htm is missing or malformed"),
        ),
        (
            "3: no htu",
            proof().remove("htu").sign(),
            claim("the DPoP proof's claim htu is missing or malformed"),
        ),
        (
            "3: no iat",
            proof().remove("iat").sign(),
            claim("the DPoP proof's claim iat is missing or malformed"),
        ),
        (
            "3: iat as text",
            proof().claim("iat", "now").sign(),
            claim("the DPoP proof's claim iat is missing or malformed"),
        ),
        (
            "3: no ath",
            proof().remove("ath").sign(),
            claim("the DPoP proof's claim ath is missing or malformed"),
        ),
        ("4: another typ", proof().header("typ", "at+jwt").sign(), kind),
        ("4: no typ", proof().remove_header("typ").sign(), kind),
        ("5: none", format!("{}x", proof().unsigned()), algorithm),
        ("5: a shared secret", proof().signed_by(&secret).sign(), algorithm),
        ("5: no alg", proof().remove_header("alg").sign(), algorithm),
        ("6: another key's signature", proof().signed_by(other.signing_key()).sign(), signature),
        ("7: no key", proof().remove_header("jwk").sign(), key),
        ("7: a private key", proof().header("jwk", scene.key.private_jwk()).sign(), key),
        ("7: a secret", proof().header("jwk", json!({ "kty": "oct", "k": "c2VjcmV0" })).sign(), key),
        ("7: a key of another kind", proof().header("jwk", json!({ "kty": "RSA", "e": "AQAB" })).sign(), key),
        ("8: another method", proof().claim("htm", "POST").sign(), method),
        ("8: the method in another case", proof().claim("htm", "get").sign(), method),
        (
            "11: five minutes old",
            proof().issued_in(-301).sign(),
            Refusal::of_proof("proof_too_old", "the DPoP proof is too old"),
        ),
        (
            "11: from the future",
            proof().issued_in(120).sign(),
            Refusal::of_proof("proof_from_future", "the DPoP proof was made in the future"),
        ),
        (
            "12: another token",
            proof().access_token("another").sign(),
            Refusal::of_proof("proof_token_mismatch", "the DPoP proof is for another access token"),
        ),
    ]
}

#[tokio::test]
async fn each_check_of_a_proof_has_its_refusal() {
    let scene = Scene::with(|api| api).await;
    let token = scene.bound();
    let proof = || scene.proof("/", &token);
    for (case, wrong, refusal) in wrong_proofs(&scene, proof) {
        scene.ask("/", &token, &wrong).await.assert_refused(&refusal, case);
    }
    scene.ask("/", &token, &proof().sign()).await.assert_passed("the right one");
    let in_tolerance = [("a little ahead", 20), ("nearly five minutes old", -280)];
    for (case, seconds) in in_tolerance {
        scene.ask("/", &token, &proof().issued_in(seconds).sign()).await.assert_passed(case);
    }
}

#[tokio::test]
async fn there_is_exactly_one_proof() {
    let scene = Scene::with(|api| api).await;
    let token = scene.bound();
    let proof = || scene.proof("/", &token).sign();
    let twice = scene.get("/", &token, &proof()).header("dpop", proof());
    let repeated = Refusal::of_proof("proof_repeated", "there is more than one DPoP proof");
    Answer::to(twice).await.assert_refused(&repeated, "check 1: two headers");
    let missing = Refusal::of_proof("proof_missing", "there is no DPoP proof");
    let none = scene.request(Method::GET, "/").header("authorization", format!("DPoP {token}"));
    Answer::to(none).await.assert_refused(&missing, "check 1: no header");
    let joined = Refusal::of_proof("proof_malformed", "the DPoP proof is malformed");
    let both = format!("{}, {}", proof(), proof());
    scene.ask("/", &token, &both).await.assert_refused(&joined, "check 2: two in one header");
}

#[tokio::test]
async fn the_proof_of_another_key_is_worth_nothing() {
    let scene = Scene::with(|api| api).await;
    let token = scene.bound();
    for algorithm in [Algorithm::Es256, Algorithm::Es384, Algorithm::Ed25519] {
        let thief = DpopKey::generate(algorithm);
        let proof = thief.proof("GET", &scene.url("/")).access_token(&token).sign();
        let refusal =
            Refusal::of_proof("proof_key_mismatch", "the DPoP proof is of another key than the access token");
        scene.ask("/", &token, &proof).await.assert_refused(&refusal, "check 12");
    }
}

#[tokio::test]
async fn every_algorithm_that_is_named_is_accepted() {
    let scene = Scene::with(|api| api).await;
    for algorithm in [
        Algorithm::Rs256,
        Algorithm::Ps256,
        Algorithm::Es256,
        Algorithm::Es384,
        Algorithm::Es512,
        Algorithm::EdDsa,
        Algorithm::Ed25519,
    ] {
        let key = DpopKey::generate(algorithm);
        let token = scene.mint().bound_to_key(key.thumbprint()).sign();
        let proof = key.proof("GET", &scene.url("/")).access_token(&token).sign();
        scene.ask("/", &token, &proof).await.assert_passed(algorithm.name());
    }
}

#[tokio::test]
async fn a_proof_that_is_too_long_is_not_read() {
    let scene = Scene::with(|api| api).await;
    let token = scene.bound();
    let long = scene.proof("/", &token).claim("x", "x".repeat(16 * 1024)).sign();
    let refusal = Refusal::of_proof("proof_too_large", "the DPoP proof is too large");
    scene.ask("/", &token, &long).await.assert_refused(&refusal, "over 16 KiB");
}
