//! JWK Sets: whatever a server publishes, each key is used whole or skipped.

use std::sync::LazyLock;

use bearward_core::token::{Algorithm, AlgorithmSet};
use bearward_core::trust::KeySet;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::mint::{self, SigningKey};

static GOOD: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let algorithms = ["RS256", "ES256", "ES384", "ES512", "ES256K", "Ed25519", "ML-DSA-44"];
    algorithms.map(|algorithm| SigningKey::generate(algorithm, "k", 0).jwk()).to_vec()
});

fn parse(document: impl AsRef<[u8]>) -> Option<KeySet> {
    KeySet::parse(document.as_ref(), AlgorithmSet::asymmetric(), 100).ok()
}

/// Whether a key, or a member of one, is there: servers publish `null` and `[]` for what is absent.
fn is_there(value: &Value) -> bool {
    !value.is_null() && *value != json!([])
}

/// A change to a good key: a member set to something that may or may not fit.
fn change() -> impl Strategy<Value = (String, Value)> {
    let name = "kty|crv|x|y|n|e|pub|alg|use|key_ops|kid|d|k|priv|x5c|[a-z]{1,4}";
    let value = prop_oneof![
        super::claims::json(),
        "RSA|EC|OKP|AKP|oct|P-256|P-384|P-521|secp256k1|Ed25519|sig|enc|RS256|ES256|EdDSA|HS256|none"
            .prop_map(Value::from),
        proptest::collection::vec(any::<u8>(), 0..80).prop_map(|bytes| mint::base64url(bytes).into()),
        Just(json!(["verify"])),
        Just(Value::Null),
    ];
    (name, value)
}

proptest! {
    #![proptest_config(super::cases(1500))]

    #[test]
    fn no_document_panics(document in prop_oneof![
        any::<Vec<u8>>(),
        "\\{\"keys\":\\[[\\[\\]{}:,\"a-z0-9]{0,40}\\]\\}".prop_map(String::into_bytes),
    ]) {
        drop(parse(document));
    }

    #[test]
    fn each_key_is_used_or_skipped(members in proptest::collection::vec(super::claims::json(), 0..12)) {
        let document = json!({ "keys": members }).to_string();
        let set = parse(document).unwrap();
        let there = members.iter().filter(|member| is_there(member)).count();
        prop_assert_eq!(set.keys().len() + set.skipped().len(), there);
        prop_assert!(set.keys().is_empty(), "none of these is a key");
    }

    #[test]
    fn a_changed_key_is_used_for_what_it_says_or_skipped(
        place in any::<prop::sample::Index>(),
        changes in proptest::collection::vec(change(), 1..4),
    ) {
        let mut jwk = GOOD[place.index(GOOD.len())].clone();
        for (name, value) in &changes {
            jwk[name] = value.clone();
        }
        let set = parse(json!({ "keys": [jwk] }).to_string()).unwrap();
        prop_assert_eq!(set.keys().len() + set.skipped().len(), 1);
        let Some(key) = set.keys().first() else { return Ok(()) };
        prop_assert_eq!(key.kid(), jwk["kid"].as_str());
        for name in ["d", "k", "priv"] {
            prop_assert!(!jwk.get(name).is_some_and(is_there), "a key with {} is used", name);
        }
        prop_assert!(jwk.get("use").is_none_or(|purpose| !is_there(purpose) || purpose == "sig"));
        let algorithms: Vec<_> = key.algorithms().collect();
        prop_assert!(!algorithms.is_empty() && algorithms.iter().all(|algorithm| algorithm.is_asymmetric()));
        if let Some(named) = jwk.get("alg").filter(|named| is_there(named)) {
            let named: Algorithm = named.as_str().unwrap().parse().unwrap();
            prop_assert!(algorithms.contains(&named));
        }
        // None of the changes makes the key another: whoever is not asked for by name is not found.
        for algorithm in algorithms {
            prop_assert_eq!(set.candidates(key.kid(), algorithm).count(), 1);
            prop_assert_eq!(set.candidates(Some("nobody"), algorithm).count(), 0);
        }
    }

    #[test]
    fn one_flipped_bit_in_a_curve_s_point_is_no_key(place in any::<prop::sample::Index>(), bit in any::<prop::sample::Index>()) {
        let curves: Vec<_> = GOOD.iter().filter(|jwk| jwk["kty"] == "EC").collect();
        let mut jwk = (*curves[place.index(curves.len())]).clone();
        let mut y = mint::from_base64url(jwk["y"].as_str().unwrap());
        let bit = bit.index(y.len() * 8);
        y[bit / 8] ^= 1 << (bit % 8);
        jwk["y"] = mint::base64url(y).into();
        let set = parse(json!({ "keys": [jwk] }).to_string()).unwrap();
        prop_assert!(set.keys().is_empty());
    }
}
