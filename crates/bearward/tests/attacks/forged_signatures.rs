//! Signatures that no key of the issuer made.
//! Rows of "The token and its key" in docs/threat-model.md: HMAC with a public key, ECDSA, Ed25519.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bearward::{IssuerConfig, ResourceServer};
use bearward_issuer::{Algorithm, Issuer, RunningIssuer, SigningKey};
use serde_json::{Value, json};

use crate::support::{AUDIENCE, assert_accepted, assert_refused, issuer, present, trusting};

/// Every way to write a public key down that somebody might have fed to an HMAC.
fn spellings(key: &SigningKey) -> Vec<(&'static str, Vec<u8>)> {
    let pem = key.public_pem().unwrap();
    let der = key.public_der().unwrap();
    let jwk = key.public_jwk();
    let set = json!({ "keys": [jwk] });
    let text = |value: &Value| value.to_string().into_bytes();
    let one_line: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    vec![
        ("PEM", pem.clone().into_bytes()),
        ("PEM without its last line feed", pem.trim_end().as_bytes().to_vec()),
        ("PEM with a line feed too many", format!("{pem}\n").into_bytes()),
        ("PEM with spaces around it", format!("  {pem}  ").into_bytes()),
        ("PEM with CRLF", pem.replace('\n', "\r\n").into_bytes()),
        ("PEM with CRLF, trimmed", pem.trim_end().replace('\n', "\r\n").into_bytes()),
        ("PEM on one line", one_line.into_bytes()),
        ("DER", der.clone()),
        ("DER in base64", STANDARD.encode(&der).into_bytes()),
        ("DER in base64url", URL_SAFE_NO_PAD.encode(&der).into_bytes()),
        ("JWK", text(&jwk)),
        ("JWK with a line feed", format!("{jwk}\n").into_bytes()),
        ("JWK, indented", serde_json::to_vec_pretty(&jwk).unwrap()),
        ("JWK Set", text(&set)),
        ("JWK Set, indented", serde_json::to_vec_pretty(&set).unwrap()),
        ("no secret", Vec::new()),
        ("one zero", vec![0]),
    ]
}

fn with_signature(token: &str, signature: &[u8]) -> String {
    let (signed, _) = token.rsplit_once('.').unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

async fn assert_no_hmac_passes(issuer: &RunningIssuer, api: &ResourceServer, api_name: &str) {
    for key in [issuer.signing_key(), issuer.signing_key().without_kid()] {
        for (spelling, secret) in spellings(&key) {
            for algorithm in Algorithm::SYMMETRIC {
                let secret = SigningKey::from_secret(secret.clone(), algorithm).unwrap();
                let token = issuer.mint().audience(AUDIENCE).signed_by(&secret);
                let case = format!("{api_name}: {algorithm} with the public key as {spelling}");
                let result = present(api, &token.sign()).await;
                assert_refused(result, "algorithm_not_allowed", &case);
                let named = token.header("kid", issuer.signing_kid()).sign();
                assert_refused(present(api, &named).await, "algorithm_not_allowed", &case);
            }
        }
    }
}

#[tokio::test]
async fn an_hmac_with_the_public_key_as_its_secret_is_refused_in_every_spelling() {
    for algorithm in [Algorithm::Rs256, Algorithm::Es256, Algorithm::Ed25519] {
        let issuer = Issuer::builder().algorithms([algorithm]).start().await.unwrap();
        let key = issuer.signing_key();
        let config = || IssuerConfig::new(issuer.url());
        for (name, config) in [
            ("discovery", config()),
            ("jwks_uri", config().jwks_uri(issuer.jwks_uri())),
            ("static set", config().static_keys(issuer.jwk_set().to_string())),
            ("static key", config().static_keys(key.public_jwk().to_string())),
            ("PEM", config().public_key_pem(key.public_pem().unwrap())),
        ] {
            let api = ResourceServer::builder().issuer(config).audience(AUDIENCE).build().unwrap();
            assert_no_hmac_passes(&issuer, &api, name).await;
            let good = issuer.mint().audience(AUDIENCE).sign();
            assert_accepted(present(&api, &good).await, name);
        }
    }
}

#[tokio::test]
async fn an_hmac_is_refused_before_any_key_is_fetched() {
    let issuer = issuer().await;
    let api = trusting(&issuer).build().unwrap();
    assert_no_hmac_passes(&issuer, &api, "cold").await;
    assert_eq!(issuer.requests(bearward_issuer::Endpoint::All), 0);
}

#[tokio::test]
async fn only_the_whole_mac_of_the_right_secret_passes() {
    let secret = vec![7; 64];
    let api = ResourceServer::builder()
        .issuer(IssuerConfig::new("https://issuer.example").shared_secret(secret.clone()))
        .audience(AUDIENCE)
        .build()
        .unwrap();
    let token = |secret: &[u8], algorithm| {
        let key = SigningKey::from_secret(secret, algorithm).unwrap();
        key.mint("https://issuer.example").audience(AUDIENCE).sign()
    };
    let good = token(&secret, Algorithm::Hs256);
    assert_accepted(present(&api, &good).await, "the right secret");
    let mac = URL_SAFE_NO_PAD.decode(good.rsplit_once('.').unwrap().1).unwrap();
    let mut last_byte_wrong = mac.clone();
    last_byte_wrong[31] ^= 1;
    let twice = [&mac[..], &mac[..]].concat();
    for (case, token) in [
        ("another secret", token(&[8; 64], Algorithm::Hs256)),
        ("an empty secret", token(&[], Algorithm::Hs256)),
        ("half of the secret", token(&secret[..32], Algorithm::Hs256)),
        ("a truncated MAC", with_signature(&good, &mac[..31])),
        ("one byte of the MAC", with_signature(&good, &mac[..1])),
        ("a MAC with something after it", with_signature(&good, &twice)),
        ("the last byte wrong", with_signature(&good, &last_byte_wrong)),
    ] {
        assert_refused(present(&api, &token).await, "signature_invalid", case);
    }
    let longer_hash = token(&secret, Algorithm::Hs512);
    assert_refused(present(&api, &longer_hash).await, "algorithm_not_allowed", "HS512");
}

#[tokio::test]
async fn an_ecdsa_signature_out_of_range_or_of_the_wrong_length_is_refused() {
    let orders = [
        (Algorithm::Es256, "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"),
        (
            Algorithm::Es384,
            "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
        ),
        (
            Algorithm::Es512,
            "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
        ),
        (Algorithm::Es256K, "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"),
    ];
    let algorithms = orders.map(|(algorithm, _)| algorithm);
    let issuer = Issuer::builder().algorithms(algorithms).start().await.unwrap();
    let api = trusting(&issuer).build().unwrap();
    for (algorithm, order) in orders {
        let order = hex(order);
        let length = order.len();
        let good = issuer.mint_with(algorithm).audience(AUDIENCE).sign();
        assert_accepted(present(&api, &good).await, algorithm.name());
        let signature = URL_SAFE_NO_PAD.decode(good.rsplit_once('.').unwrap().1).unwrap();
        let (r, s) = signature.split_at(length);
        let (zero, ones) = (vec![0; length], vec![0xff; length]);
        let mut one = zero.clone();
        one[length - 1] = 1;
        let mut der = vec![0x30, 0, 0x02, u8::try_from(length).unwrap()];
        der.extend([r, &[0x02, u8::try_from(length).unwrap()], s].concat());
        der[1] = u8::try_from(der.len() - 2).unwrap();
        for (case, signature) in [
            ("r = s = 0", [&zero[..], &zero].concat()),
            ("r = 0", [&zero, s].concat()),
            ("s = 0", [r, &zero].concat()),
            ("r = 0, s = 1", [&zero[..], &one].concat()),
            ("r = 1, s = 0", [&one[..], &zero].concat()),
            ("r = n", [&order, s].concat()),
            ("s = n", [r, &order].concat()),
            ("r = s = n", [&order[..], &order].concat()),
            ("all ones", [&ones[..], &ones].concat()),
            ("r and s exchanged", [s, r].concat()),
            ("r twice", [r, r].concat()),
            ("r alone", r.to_vec()),
            ("a byte missing", signature[..2 * length - 1].to_vec()),
            ("a byte too many", [&signature[..], &[0]].concat()),
            ("a zero in front", [&[0], &signature[..]].concat()),
            ("as DER", der),
        ] {
            let case = format!("{algorithm}: {case}");
            let result = present(&api, &with_signature(&good, &signature)).await;
            assert_refused(result, "signature_invalid", &case);
        }
    }
}

#[tokio::test]
async fn an_eddsa_signature_has_one_spelling() {
    let issuer = Issuer::builder().algorithms([Algorithm::EdDsa]).start().await.unwrap();
    let api = trusting(&issuer).build().unwrap();
    let good = issuer.mint().audience(AUDIENCE).sign();
    assert_accepted(present(&api, &good).await, "good");
    let signature = URL_SAFE_NO_PAD.decode(good.rsplit_once('.').unwrap().1).unwrap();
    // The order of the group, in the byte order of RFC 8032 §5.1.
    let order = hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    let mut larger = signature.clone();
    let mut carry = 0;
    for (byte, addend) in larger[32..].iter_mut().zip(&order) {
        let sum = u16::from(*byte) + u16::from(*addend) + carry;
        (*byte, carry) = ((sum & 0xff) as u8, sum >> 8);
    }
    for (case, signature) in [
        ("S + L, which leads to the same point", larger),
        ("S = 0", [&signature[..32], &[0; 32]].concat()),
        ("all zero", vec![0; 64]),
        ("S = L", [&signature[..32], &order].concat()),
        ("R alone", signature[..32].to_vec()),
        ("a byte too many", [&signature[..], &[0]].concat()),
    ] {
        let result = present(&api, &with_signature(&good, &signature)).await;
        assert_refused(result, "signature_invalid", case);
    }
}

#[tokio::test]
async fn an_rsa_or_ml_dsa_signature_of_another_length_is_refused() {
    let algorithms = [Algorithm::Rs256, Algorithm::Ps256, Algorithm::MlDsa44];
    let issuer = Issuer::builder().algorithms(algorithms).start().await.unwrap();
    let api = trusting(&issuer).build().unwrap();
    for algorithm in algorithms {
        let good = issuer.mint_with(algorithm).audience(AUDIENCE).sign();
        assert_accepted(present(&api, &good).await, algorithm.name());
        let signature = URL_SAFE_NO_PAD.decode(good.rsplit_once('.').unwrap().1).unwrap();
        for (case, signature) in [
            ("a byte missing", signature[1..].to_vec()),
            ("a zero in front", [&[0], &signature[..]].concat()),
            ("a zero at the end", [&signature[..], &[0]].concat()),
            ("all zero", vec![0; signature.len()]),
            ("one", [&vec![0; signature.len() - 1][..], &[1]].concat()),
            ("all ones", vec![0xff; signature.len()]),
            ("one byte", vec![1]),
        ] {
            let case = format!("{algorithm}: {case}");
            let result = present(&api, &with_signature(&good, &signature)).await;
            assert_refused(result, "signature_invalid", &case);
        }
    }
}

#[tokio::test]
async fn an_algorithm_of_the_same_key_type_does_not_stand_in_for_the_one_the_key_names() {
    let issuer = Issuer::builder().algorithms([Algorithm::Rs256]).start().await.unwrap();
    let api = trusting(&issuer).build().unwrap();
    for other in [Algorithm::Rs384, Algorithm::Rs512, Algorithm::Ps256, Algorithm::Ps512] {
        let key = issuer.signing_key().with_algorithm(other).unwrap();
        let token = issuer.mint().audience(AUDIENCE).signed_by(&key);
        let case = format!("{other} with the key of RS256");
        assert_refused(present(&api, &token.sign()).await, "key_unknown", &case);
        let renamed = token.header("alg", "RS256").sign();
        assert_refused(present(&api, &renamed).await, "signature_invalid", &case);
    }
}

#[tokio::test]
async fn a_signature_over_other_bytes_is_refused() {
    let issuer = issuer().await;
    let api = trusting(&issuer).build().unwrap();
    let one = issuer.mint().audience(AUDIENCE).subject("one").sign();
    let two = issuer.mint().audience(AUDIENCE).subject("two").sign();
    let (one, two): (Vec<_>, Vec<_>) = (one.split('.').collect(), two.split('.').collect());
    let swapped_signature = [one[0], one[1], two[2]].join(".");
    let swapped_claims = [one[0], two[1], one[2]].join(".");
    // The same header, differently spelt: JSON alike, bytes not.
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(one[0]).unwrap()).unwrap();
    let respelt = URL_SAFE_NO_PAD.encode(serde_json::to_string_pretty(&header).unwrap());
    let swapped_header = [&respelt, one[1], one[2]].join(".");
    for token in [swapped_signature, swapped_claims, swapped_header] {
        assert_refused(present(&api, &token).await, "signature_invalid", &token);
    }
}

fn hex(text: &str) -> Vec<u8> {
    let byte = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(byte).collect()
}
