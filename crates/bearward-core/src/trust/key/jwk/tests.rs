use serde_json::{Value, json};

use super::*;
use crate::mint;
use crate::mint::SigningKey;

fn read(jwk: &Value) -> Result<VerifyingKey, JwkError> {
    read_allowing(jwk, AlgorithmSet::asymmetric())
}

fn read_allowing(jwk: &Value, allowed: AlgorithmSet) -> Result<VerifyingKey, JwkError> {
    let text = jwk.to_string();
    VerifyingKey::from_jwk(&Object::parse(&text).unwrap(), allowed)
}

fn algorithms(jwk: &Value) -> Vec<&'static str> {
    read(jwk).unwrap().algorithms().map(Algorithm::name).collect()
}

/// A good key of this algorithm, without `alg`, with these members changed; `null` takes one out.
fn changed(algorithm: &'static str, members: &Value) -> Value {
    let mut jwk = SigningKey::generate(algorithm, "k", 0).jwk();
    let jwk_members = jwk.as_object_mut().unwrap();
    if algorithm.starts_with("ML") {
        jwk_members.insert("alg".into(), algorithm.into());
    } else {
        jwk_members.remove("alg");
    }
    for (name, value) in members.as_object().unwrap() {
        match value {
            Value::Null => jwk_members.remove(name),
            value => jwk_members.insert(name.clone(), value.clone()),
        };
    }
    jwk
}

const RSA: [&str; 6] = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];

#[test]
fn a_key_without_alg_serves_its_own_family_and_no_other() {
    let nothing = json!({});
    assert_eq!(algorithms(&changed("RS256", &nothing)), RSA);
    for (algorithm, family) in [
        ("ES256", &["ES256"][..]),
        ("ES384", &["ES384"]),
        ("ES512", &["ES512"]),
        ("ES256K", &["ES256K"]),
        ("Ed25519", &["EdDSA", "Ed25519"]),
        ("ML-DSA-44", &["ML-DSA-44"]),
        ("ML-DSA-65", &["ML-DSA-65"]),
        ("ML-DSA-87", &["ML-DSA-87"]),
    ] {
        assert_eq!(algorithms(&changed(algorithm, &nothing)), family);
    }
}

#[test]
fn a_key_with_alg_serves_that_one_alone() {
    for algorithm in RSA {
        assert_eq!(algorithms(&changed(algorithm, &json!({ "alg": algorithm }))), [algorithm]);
    }
    for name in ["EdDSA", "Ed25519"] {
        let both = ["EdDSA", "Ed25519"]; // two names of one algorithm
        assert_eq!(algorithms(&changed("Ed25519", &json!({ "alg": name }))), both);
    }
}

#[test]
fn an_alg_of_another_family_makes_a_key_useless() {
    for algorithm in mint::ASYMMETRIC {
        for other in mint::ASYMMETRIC {
            let found = read(&changed(algorithm, &json!({ "alg": other }))).map(drop);
            let related = RSA.contains(&algorithm) && RSA.contains(&other)
                || algorithm.starts_with("Ed") && other.starts_with("Ed")
                || algorithm == other;
            let expected = match (related, algorithm.starts_with("ML") && other.starts_with("ML")) {
                (true, _) => Ok(()),
                // The length is wrong for the name, and nothing else says what the key is.
                (false, true) => Err(JwkError::Invalid),
                (false, false) => Err(JwkError::AlgorithmMismatch),
            };
            assert_eq!(found, expected, "{algorithm} key with alg {other}");
        }
        for hmac in ["HS256", "HS384", "HS512"] {
            let found = read(&changed(algorithm, &json!({ "alg": hmac }))).map(drop);
            assert_eq!(found, Err(JwkError::AlgorithmMismatch), "{algorithm} key with alg {hmac}");
        }
    }
}

#[test]
fn an_alg_that_is_unknown_or_outside_the_allowlist_makes_a_key_useless() {
    for name in ["none", "RSA-OAEP", "ECDH-ES", "rs256", ""] {
        let jwk = changed("RS256", &json!({ "alg": name }));
        assert_eq!(read(&jwk).map(drop), Err(JwkError::AlgorithmNotAllowed), "{name:?}");
    }
    let only = AlgorithmSet::from_iter([Algorithm::ES256]);
    for alg in [json!(null), json!("RS256")] {
        let jwk = changed("RS256", &json!({ "alg": alg }));
        assert_eq!(read_allowing(&jwk, only).map(drop), Err(JwkError::AlgorithmNotAllowed), "{alg}");
    }
}

#[test]
fn a_key_for_something_else_than_verifying_is_not_used() {
    for members in [
        json!({ "use": "enc" }),
        json!({ "use": "SIG" }),
        json!({ "use": "x509-svid" }),
        json!({ "use": 7 }),
        json!({ "key_ops": ["sign"] }),
        json!({ "key_ops": ["encrypt", "wrapKey"] }),
        json!({ "key_ops": "verify" }),
        json!({ "key_ops": ["VERIFY"] }),
        json!({ "use": "enc", "key_ops": ["verify"] }),
    ] {
        assert_eq!(read(&changed("ES256", &members)).map(drop), Err(JwkError::NotForVerifying), "{members}");
    }
    for members in [
        json!({ "use": "sig" }),
        json!({ "use": "jwt-svid" }),
        json!({ "key_ops": ["verify"] }),
        json!({ "key_ops": ["sign", "verify"] }),
        json!({ "use": "sig", "key_ops": ["verify"] }),
    ] {
        assert_eq!(read(&changed("ES256", &members)).map(drop), Ok(()), "{members}");
    }
}

#[test]
fn a_key_with_any_private_or_symmetric_member_is_not_used() {
    for member in PRIVATE_MEMBERS {
        for value in [json!("AQAB"), json!(0), json!(""), json!([null]), json!({})] {
            for algorithm in ["RS256", "ES256", "Ed25519", "ML-DSA-44"] {
                let found = read(&changed(algorithm, &json!({ member: value }))).map(drop);
                assert_eq!(found, Err(JwkError::Private), "{algorithm} with {member}: {value}");
            }
        }
    }
    let secret = SigningKey::secret("HS256", &[7; 32]).jwk();
    assert_eq!(read(&secret).map(drop), Err(JwkError::Private));
    assert_eq!(read(&json!({ "kty": "oct" })).map(drop), Err(JwkError::Private));
}

#[test]
fn an_unknown_type_or_curve_is_told_from_a_malformed_one() {
    for (members, why) in [
        (json!({ "kty": null }), JwkError::Malformed("kty")),
        (json!({ "kty": 1 }), JwkError::Malformed("kty")),
        (json!({ "kty": "ec" }), JwkError::UnknownType),
        (json!({ "kty": "" }), JwkError::UnknownType),
        (json!({ "kty": "OKP" }), JwkError::UnknownType),
        (json!({ "kty": "RSA" }), JwkError::Malformed("n")),
        (json!({ "kty": "AKP" }), JwkError::Malformed("alg")),
        (json!({ "kty": "AKP", "alg": "ML-DSA-44" }), JwkError::Malformed("pub")),
        (json!({ "kty": "AKP", "alg": "ML-DSA-1" }), JwkError::UnknownType),
        (json!({ "crv": null }), JwkError::Malformed("crv")),
        (json!({ "crv": "P-224" }), JwkError::UnknownType),
        (json!({ "crv": "Ed25519" }), JwkError::UnknownType),
        (json!({ "crv": "p-256" }), JwkError::UnknownType),
        (json!({ "kid": 7 }), JwkError::Malformed("kid")),
        (json!({ "alg": 7 }), JwkError::Malformed("alg")),
    ] {
        assert_eq!(read(&changed("ES256", &members)).map(drop), Err(why), "{members}");
    }
    for crv in ["X25519", "Ed448", "P-256"] {
        let jwk = changed("Ed25519", &json!({ "crv": crv }));
        assert_eq!(read(&jwk).map(drop), Err(JwkError::UnknownType), "{crv}");
    }
}

#[test]
fn an_rsa_key_is_bounded_on_every_side() {
    let good = mint::from_base64url(changed("RS256", &json!({}))["n"].as_str().unwrap());
    let even = |n: &[u8]| {
        let mut n = n.to_vec();
        *n.last_mut().unwrap() &= 0xfe;
        n
    };
    let of_bits = |bits: usize| {
        let mut n = vec![0xff_u8; bits.div_ceil(8)];
        n[0] = 0xff >> (n.len() * 8 - bits);
        n
    };
    let zero_first = |n: &[u8]| [&[0], n].concat();
    for (n, e, why) in [
        (good.clone(), vec![1], JwkError::WeakRsa),
        (good.clone(), vec![0], JwkError::WeakRsa),
        (good.clone(), vec![], JwkError::WeakRsa),
        (good.clone(), vec![2], JwkError::WeakRsa),
        (good.clone(), vec![0, 0, 1], JwkError::WeakRsa),
        (good.clone(), vec![1, 0, 0], JwkError::WeakRsa),
        (good.clone(), vec![1, 0, 0, 0, 1], JwkError::WeakRsa),
        (good.clone(), good.clone(), JwkError::WeakRsa),
        (even(&good), vec![1, 0, 1], JwkError::WeakRsa),
        (vec![], vec![1, 0, 1], JwkError::WeakRsa),
        (vec![0; 256], vec![1, 0, 1], JwkError::WeakRsa),
        (of_bits(1024), vec![1, 0, 1], JwkError::WeakRsa),
        (of_bits(2047), vec![1, 0, 1], JwkError::WeakRsa),
        (zero_first(&of_bits(2047)), vec![1, 0, 1], JwkError::WeakRsa),
        (zero_first(&of_bits(8193)), vec![1, 0, 1], JwkError::WeakRsa),
        (of_bits(8193), vec![1, 0, 1], JwkError::WeakRsa),
        (of_bits(16384), vec![1, 0, 1], JwkError::WeakRsa),
    ] {
        let members = json!({ "n": mint::base64url(&n), "e": mint::base64url(&e) });
        assert_eq!(read(&changed("RS256", &members)).map(drop), Err(why), "{} bytes, e {e:?}", n.len());
    }
    let three = json!({ "e": "Aw" });
    assert_eq!(read(&changed("RS256", &three)).map(drop), Ok(()), "3 is an exponent some still use");
}

#[test]
fn a_member_that_is_not_canonical_base64url_is_malformed() {
    for text in ["AQAB=", "AQA B", "AQAB\n", "AR", "AR==", "AQ=A", "A", "é"] {
        let jwk = changed("RS256", &json!({ "e": text }));
        assert_eq!(read(&jwk).map(drop), Err(JwkError::Malformed("e")), "{text:?}");
    }
    for value in [json!(7), json!(["AQAB"]), json!(null)] {
        let jwk = changed("RS256", &json!({ "n": value }));
        assert_eq!(read(&jwk).map(drop), Err(JwkError::Malformed("n")), "{value}");
    }
}

/// The same key, however it is spelled: tokens verified with it stay known when a server changes the spelling.
fn assert_same_key(good: &Value, members: &Value) {
    let mut respelled = good.clone();
    for (name, value) in members.as_object().unwrap() {
        respelled[name] = value.clone();
    }
    let (good, respelled) = (read(good).unwrap(), read(&respelled).map_err(|why| (why, members)).unwrap());
    assert!(good.same_key(&respelled), "{members}");
}

#[test]
fn a_member_that_is_null_or_an_empty_array_is_absent() {
    for algorithm in ["RS256", "ES256", "Ed25519"] {
        let good = changed(algorithm, &json!({}));
        for absent in [json!(null), json!([])] {
            for name in ["use", "key_ops", "alg", "x5c", "x5u"].into_iter().chain(PRIVATE_MEMBERS) {
                assert_same_key(&good, &json!({ name: absent }));
            }
        }
    }
}

#[test]
fn rsa_integers_may_have_leading_zero_octets() {
    let good = changed("RS256", &json!({}));
    let zeros_first = |name: &str, zeros: usize| {
        mint::base64url([&vec![0; zeros][..], &mint::from_base64url(good[name].as_str().unwrap())].concat())
    };
    for zeros in [1, 2, 8] {
        assert_same_key(&good, &json!({ "n": zeros_first("n", zeros) }));
        assert_same_key(&good, &json!({ "e": zeros_first("e", zeros) }));
    }
}

#[test]
fn coordinates_may_lack_leading_zero_octets_or_have_more() {
    for (algorithm, length) in [("ES256", 32), ("ES384", 48), ("ES512", 66), ("ES256K", 32)] {
        // One key in 128 has a coordinate that begins with a zero octet; with P-521 it is every second one.
        let short = (0..).map(|seed| SigningKey::generate(algorithm, "k", seed).jwk()).find(|jwk| {
            ["x", "y"].iter().any(|name| mint::from_base64url(jwk[*name].as_str().unwrap())[0] == 0)
        });
        let good = short.unwrap();
        for name in ["x", "y"] {
            let octets = mint::from_base64url(good[name].as_str().unwrap());
            assert_eq!(octets.len(), length);
            assert_same_key(&good, &json!({ name: mint::base64url([&[0], &octets[..]].concat()) }));
            let zeros = octets.iter().take_while(|octet| **octet == 0).count();
            assert_same_key(&good, &json!({ name: mint::base64url(&octets[zeros..]) }));
        }
    }
}

#[test]
fn base64url_may_be_padded_or_in_the_standard_alphabet() {
    for algorithm in ["RS256", "ES256", "ES512", "Ed25519", "ML-DSA-44"] {
        let good = changed(algorithm, &json!({}));
        for name in ["n", "e", "x", "y", "pub"].into_iter().filter(|name| good.get(name).is_some()) {
            let text = good[name].as_str().unwrap();
            let padding = "=".repeat((4 - text.len() % 4) % 4);
            let standard = text.replace('-', "+").replace('_', "/");
            for spelling in [format!("{text}{padding}"), format!("{standard}{padding}"), standard] {
                assert_same_key(&good, &json!({ name: spelling }));
            }
        }
    }
}

#[test]
fn a_point_must_lie_on_its_curve() {
    for (algorithm, length) in [("ES256", 32), ("ES384", 48), ("ES512", 66), ("ES256K", 32)] {
        let good = changed(algorithm, &json!({}));
        let y = mint::from_base64url(good["y"].as_str().unwrap());
        let mut off = y.clone();
        off[length - 1] ^= 1;
        let zeros = mint::base64url(vec![0; length]);
        let ones = mint::base64url(vec![0xff; length]);
        for (members, why) in [
            (json!({ "y": mint::base64url(&off) }), JwkError::Invalid),
            (json!({ "x": zeros, "y": zeros }), JwkError::Invalid), // the point at infinity, to some
            (json!({ "x": ones, "y": ones }), JwkError::Invalid),   // beyond the field
            (json!({ "x": good["y"], "y": good["x"] }), JwkError::Invalid),
            (json!({ "y": mint::base64url(&y[..length - 1]) }), JwkError::Invalid),
            (json!({ "y": mint::base64url([&[1], &y[..]].concat()) }), JwkError::Malformed("y")),
            (json!({ "x": "" }), JwkError::Malformed("x")),
            (json!({ "y": null }), JwkError::Malformed("y")),
        ] {
            let mut jwk = good.clone();
            for (name, value) in members.as_object().unwrap() {
                jwk[name] = value.clone();
            }
            assert_eq!(read(&jwk).map(drop), Err(why), "{algorithm}: {members}");
        }
    }
    // Two curves of one length: a point of the one is not on the other.
    let foreign = changed("ES256", &json!({ "crv": "secp256k1" }));
    assert_eq!(read(&foreign).map(drop), Err(JwkError::Invalid));
}

#[test]
fn an_ed25519_key_is_32_bytes_and_not_of_small_order() {
    for (x, why) in [
        (vec![], JwkError::Malformed("x")),
        (vec![9; 31], JwkError::Malformed("x")),
        (vec![9; 33], JwkError::Malformed("x")),
        (vec![0; 32], JwkError::Invalid),
        ([&[1][..], &[0; 31]].concat(), JwkError::Invalid),
        ([&[0xec][..], &[0xff; 30], &[0x7f]].concat(), JwkError::Invalid),
    ] {
        let jwk = changed("Ed25519", &json!({ "x": mint::base64url(&x) }));
        assert_eq!(read(&jwk).map(drop), Err(why), "{x:?}");
    }
}

#[test]
fn an_ml_dsa_key_has_the_length_of_its_parameter_set() {
    for algorithm in ["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"] {
        let good = mint::from_base64url(changed(algorithm, &json!({}))["pub"].as_str().unwrap());
        for public in [&[][..], &good[1..], &[&good[..], &[0]].concat()] {
            let jwk = changed(algorithm, &json!({ "pub": mint::base64url(public) }));
            assert_eq!(read(&jwk).map(drop), Err(JwkError::Invalid), "{algorithm}, {} bytes", public.len());
        }
        let unnamed = changed(algorithm, &json!({ "alg": null }));
        assert_eq!(read(&unnamed).map(drop), Err(JwkError::Malformed("alg")));
    }
}

#[test]
fn certificates_and_where_to_find_them_are_not_looked_at() {
    let members = json!({
        "x5u": "https://attacker.example/", "x5c": ["%"], "x5t": 7, "x5t#S256": [], "jku": "x", "ext": true,
    });
    assert_eq!(read(&changed("ES256", &members)).map(drop), Ok(()));
}

#[test]
fn debug_shows_no_key_material() {
    let jwk = changed("ES256", &json!({ "alg": "ES256" }));
    let shown = format!("{:?}", read(&jwk).unwrap());
    assert_eq!(shown, r#"VerifyingKey { kid: Some("k"), algorithms: [ES256], .. }"#);
}
