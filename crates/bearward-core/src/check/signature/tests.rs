use serde_json::json;

use super::*;
use crate::mint;
use crate::mint::SigningKey;
use crate::token::algorithm::AlgorithmSet;
use crate::trust::key::KeySet;

fn set(keys: &[&SigningKey]) -> KeySet {
    KeySet::parse(mint::jwks(keys.iter().copied()).as_bytes(), AlgorithmSet::asymmetric(), 100).unwrap()
}

/// Whether a set verifies a token, by way of the choice of keys.
fn verifies(set: &KeySet, token: &str) -> bool {
    let token = UnverifiedToken::parse(token).unwrap();
    VerifiedToken::verify(token, set, usize::MAX, &mut Trail::start()).is_ok()
}

fn with_signature(token: &str, signature: impl AsRef<[u8]>) -> String {
    let (input, _) = token.rsplit_once('.').unwrap();
    format!("{input}.{}", mint::base64url(signature))
}

fn signature_of(token: &str) -> Vec<u8> {
    mint::from_base64url(token.rsplit_once('.').unwrap().1)
}

#[test]
fn every_algorithm_verifies_its_own_signature_and_nothing_else() {
    let claims = json!({ "sub": "a" });
    for algorithm in mint::ASYMMETRIC {
        let (key, other) = (SigningKey::generate(algorithm, "k", 0), SigningKey::generate(algorithm, "k", 1));
        let (own, foreign) = (set(&[&key]), set(&[&other]));
        let token = key.token(&claims);
        assert!(verifies(&own, &token), "{algorithm}");
        assert!(!verifies(&foreign, &token), "{algorithm} with another key");

        let signature = signature_of(&token);
        for at in [0, 1, signature.len() / 2, signature.len() - 1] {
            for bit in [0, 7] {
                let mut flipped = signature.clone();
                flipped[at] ^= 1 << bit;
                assert!(
                    !verifies(&own, &with_signature(&token, &flipped)),
                    "{algorithm} byte {at} bit {bit}"
                );
            }
        }
        for wrong in [
            signature[1..].to_vec(),
            signature[..signature.len() - 1].to_vec(),
            [&[0], &signature[..]].concat(),
            [&signature[..], &[0]].concat(),
            vec![0; signature.len()],
            vec![0xff; signature.len()],
            vec![0],
        ] {
            assert!(!verifies(&own, &with_signature(&token, &wrong)), "{algorithm}, {} bytes", wrong.len());
        }

        let other_claims = key.token(&json!({ "sub": "b" }));
        assert!(!verifies(&own, &with_signature(&other_claims, &signature)), "{algorithm}, other claims");
    }
}

#[test]
fn a_signature_counts_under_no_other_algorithm_s_name() {
    let claims = json!({});
    for algorithm in mint::ASYMMETRIC {
        let key = SigningKey::generate(algorithm, "k", 0);
        let named = set(&[&key]);
        // The same key without `alg`, which then serves its whole family.
        let mut jwk = key.jwk();
        if !algorithm.starts_with("ML") {
            jwk.as_object_mut().unwrap().remove("alg");
        }
        let document = json!({ "keys": [jwk] }).to_string();
        let unnamed = KeySet::parse(document.as_bytes(), AlgorithmSet::asymmetric(), 100).unwrap();
        for other in mint::ASYMMETRIC.into_iter().chain(["HS256", "HS384", "HS512"]) {
            let token = key.token_with_header(&json!({ "alg": other, "kid": "k" }), &claims);
            let same = other == algorithm || (algorithm.starts_with("Ed") && other.starts_with("Ed"));
            assert_eq!(verifies(&named, &token), same, "{algorithm} as {other}");
            assert_eq!(verifies(&unnamed, &token), same, "{algorithm} as {other}, key without alg");
        }
    }
}

#[test]
fn a_published_key_is_never_a_secret() {
    // 2016-5431: HS256 with whatever form of the public key an attacker can get hold of.
    let key = SigningKey::generate("RS256", "k", 0);
    let jwk = key.jwk();
    let set = set(&[&key]);
    let modulus = mint::from_base64url(jwk["n"].as_str().unwrap());
    for secret in [jwk.to_string().into_bytes(), modulus, jwk["n"].as_str().unwrap().into(), vec![]] {
        for algorithm in ["HS256", "HS384", "HS512"] {
            let forger = SigningKey::secret(algorithm, &secret);
            let token = forger.token_with_header(&json!({ "alg": algorithm, "kid": "k" }), &json!({}));
            assert!(!verifies(&set, &token));
        }
    }
}

/// The order of each curve's group, from SEC 2.
const ORDERS: [(&str, &str); 4] = [
    ("ES256", "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"),
    (
        "ES384",
        "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
    ),
    (
        "ES512",
        "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\
         fa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
    ),
    ("ES256K", "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"),
];

fn hex(text: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap() as u8;
    text.as_bytes().chunks(2).map(|pair| digit(pair[0]) * 16 + digit(pair[1])).collect()
}

/// The DER form of an integer pair, which JWS does not use.
fn der(r: &[u8], s: &[u8]) -> Vec<u8> {
    let integer = |number: &[u8]| {
        let digits: Vec<u8> = number.iter().copied().skip_while(|byte| *byte == 0).collect();
        let sign = digits.first().is_some_and(|byte| *byte >= 0x80).then_some(0);
        let digits: Vec<u8> = sign.into_iter().chain(digits).collect();
        [&[2, digits.len() as u8][..], &digits].concat()
    };
    let body = [integer(r), integer(s)].concat();
    let length = if body.len() < 0x80 { vec![body.len() as u8] } else { vec![0x81, body.len() as u8] };
    [&[0x30][..], &length, &body].concat()
}

#[test]
fn ecdsa_signatures_out_of_range_are_refused() {
    for (algorithm, order) in ORDERS {
        let n = hex(order);
        let key = SigningKey::generate(algorithm, "k", 0);
        let own = set(&[&key]);
        let token = key.token(&json!({}));
        let signature = signature_of(&token);
        assert_eq!(signature.len(), 2 * n.len());
        let (r, s) = signature.split_at(n.len());
        let zero = vec![0; n.len()];
        let mut one = zero.clone();
        one[n.len() - 1] = 1;
        let mut below = n.clone();
        *below.last_mut().unwrap() -= 1;
        let mut above = n.clone();
        *above.last_mut().unwrap() += 1;
        let most = vec![0xff; n.len()];
        let values: [&[u8]; 8] = [&zero, &one, &below, &n, &above, &most, r, s];
        for first in values {
            for second in values {
                let forged = [first, second].concat();
                let good = forged == signature;
                assert_eq!(
                    verifies(&own, &with_signature(&token, &forged)),
                    good,
                    "{algorithm} {forged:02x?}"
                );
            }
        }
        for wrong in [der(r, s), r.to_vec(), [r, s, &[0]].concat(), [&[0], r, &[0], s].concat()] {
            assert!(!verifies(&own, &with_signature(&token, &wrong)), "{algorithm}, {} bytes", wrong.len());
        }
    }
}

#[test]
fn an_rsa_signature_is_as_long_as_its_modulus_and_smaller() {
    for algorithm in ["RS256", "PS256"] {
        let key = SigningKey::generate(algorithm, "k", 0);
        let own = set(&[&key]);
        let token = key.token(&json!({}));
        let modulus = mint::from_base64url(key.jwk()["n"].as_str().unwrap());
        let signature = signature_of(&token);
        // s + n is congruent to s, one byte longer or not.
        let mut sum = vec![0; 257];
        let mut carry = 0;
        for at in (0..256).rev() {
            let digit = u16::from(signature[at]) + u16::from(modulus[at]) + carry;
            sum[at + 1] = digit.to_le_bytes()[0];
            carry = digit >> 8;
        }
        sum[0] = carry.to_le_bytes()[0];
        let mut one = vec![0; 256];
        one[255] = 1;
        for wrong in [sum.clone(), sum[1..].to_vec(), modulus.clone(), one, vec![0; 256]] {
            assert!(!verifies(&own, &with_signature(&token, &wrong)), "{algorithm} {wrong:02x?}");
        }
    }
}

#[test]
fn an_ed25519_signature_has_one_form() {
    // RFC 8032 §5.1.7: S + L would be a second signature of the same message.
    let order = hex("1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed");
    let key = SigningKey::ed25519("k", 1);
    let token = key.token(&json!({}));
    let mut forged = signature_of(&token);
    let mut carry = 0;
    for at in 0..32 {
        let digit = u16::from(forged[32 + at]) + u16::from(order[31 - at]) + carry;
        forged[32 + at] = digit.to_le_bytes()[0];
        carry = digit >> 8;
    }
    assert_eq!(carry, 0);
    assert!(!verifies(&set(&[&key]), &with_signature(&token, &forged)));
}

#[test]
fn hmac_verifies_with_the_configured_secret_alone() {
    for (algorithm, length) in [("HS256", 32), ("HS384", 48), ("HS512", 64)] {
        let secret: Vec<u8> = (0..length).collect();
        let allowed = AlgorithmSet::from_iter([algorithm.parse().unwrap()]);
        let key = KeySet::of_one(VerifyingKey::from_secret(&secret, allowed).unwrap());
        let verify = |token: &str| {
            VerifiedToken::verify(UnverifiedToken::parse(token).unwrap(), &key, 1, &mut Trail::start())
                .is_ok()
        };
        let token = SigningKey::secret(algorithm, &secret).token(&json!({}));
        assert!(verify(&token));
        let mac = signature_of(&token);
        assert!(!verify(&with_signature(&token, &mac[..mac.len() - 1])), "a cut MAC is none");
        assert!(!verify(&with_signature(&token, &mac[..1])));
        assert!(!verify(&with_signature(&token, [&mac[..], &[0]].concat())));
        assert!(!verify(&SigningKey::secret(algorithm, &secret[1..]).token(&json!({}))));
        assert!(!verify(&SigningKey::secret(algorithm, b"").token(&json!({}))));
        for other in ["HS256", "HS384", "HS512"] {
            let token = SigningKey::secret(other, &secret).token(&json!({}));
            assert_eq!(verify(&token), other == algorithm, "{algorithm} as {other}");
        }
    }
}

#[test]
fn a_token_without_a_name_is_tried_with_each_key_in_turn() {
    let (a, b) = (SigningKey::ed25519("a", 1), SigningKey::ed25519("b", 2));
    let (both, c) = (set(&[&a, &b]), SigningKey::ed25519("c", 3));
    assert!(verifies(&both, &a.unnamed().token(&json!({}))));
    assert!(verifies(&both, &b.unnamed().token(&json!({}))));
    assert!(!verifies(&both, &c.unnamed().token(&json!({}))));
}

/// Published examples: (key, algorithm, signing input, signature).
#[test]
fn published_signatures_verify() {
    const JOE: &str =
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let rsa = json!({
        "kty": "RSA", "e": "AQAB",
        "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZ\
              S-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2\
              R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcD\
              TW9gb54h4FRWyuXpoQ",
    });
    let p256 = json!({
        "kty": "EC", "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    });
    let p521 = json!({
        "kty": "EC", "crv": "P-521",
        "x": "AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk",
        "y": "ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2",
    });
    let ed25519 =
        json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
    for (source, jwk, algorithm, input, signature) in [
        (
            "RFC 7515 appendix A.2",
            &rsa,
            "RS256",
            format!("eyJhbGciOiJSUzI1NiJ9.{JOE}"),
            "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CU\
             Ar7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_d\
             O--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0ig\
             cN_IoypGlUPQGe77Rw",
        ),
        (
            "RFC 7515 appendix A.3",
            &p256,
            "ES256",
            format!("eyJhbGciOiJFUzI1NiJ9.{JOE}"),
            "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
        ),
        (
            "RFC 7515 appendix A.4",
            &p521,
            "ES512",
            "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA".to_owned(),
            "AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2Y\
             BJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn",
        ),
        (
            "RFC 8037 appendix A.4",
            &ed25519,
            "EdDSA",
            "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc".to_owned(),
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
        ),
    ] {
        let document = json!({ "keys": [jwk] }).to_string();
        let set = KeySet::parse(document.as_bytes(), AlgorithmSet::asymmetric(), 1).unwrap();
        let accepts = |input: &str, algorithm: &str| {
            let verifier = set.keys()[0].verifier(algorithm.parse().unwrap()).unwrap();
            verifier.accepts(input.as_bytes(), &mint::from_base64url(signature))
        };
        assert!(accepts(&input, algorithm), "{source}");
        assert!(!accepts(&input[1..], algorithm), "{source}");
    }

    // RFC 7515 appendix A.1.
    let secret = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    let hs256 = AlgorithmSet::from_iter([Algorithm::HS256]);
    let key = VerifyingKey::from_secret(&mint::from_base64url(secret), hs256).unwrap();
    let input = format!("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.{JOE}");
    let mac = mint::from_base64url("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    assert!(key.verifier(Algorithm::HS256).unwrap().accepts(input.as_bytes(), &mac));
}
