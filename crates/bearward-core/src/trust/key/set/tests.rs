use serde_json::{Value, json};

use super::*;
use crate::mint;
use crate::mint::SigningKey;

fn parse(keys: &Value) -> KeySet {
    let document = json!({ "keys": keys }).to_string();
    KeySet::parse(document.as_bytes(), AlgorithmSet::asymmetric(), 100).unwrap()
}

fn jwk(kid: &'static str) -> Value {
    SigningKey::ed25519(kid, kid.len() as u8).jwk()
}

fn without(mut jwk: Value, member: &str) -> Value {
    jwk.as_object_mut().unwrap().remove(member);
    jwk
}

fn kids<'s>(set: &'s KeySet, kid: Option<&str>, algorithm: Algorithm) -> Vec<Option<&'s str>> {
    set.candidates(kid, algorithm).map(|key| key.kid()).collect()
}

#[test]
fn what_is_no_jwk_set_is_refused_as_a_whole() {
    let parse = |document: &[u8]| KeySet::parse(document, AlgorithmSet::asymmetric(), 100).map(drop);
    for (document, why) in [
        (&b""[..], KeySetError::Json(JsonError::Syntax)),
        (b"<!doctype html>", KeySetError::Json(JsonError::Syntax)),
        (b"\xff\xfe{}", KeySetError::Json(JsonError::Syntax)),
        (b"[]", KeySetError::Json(JsonError::NotAnObject)),
        (b"{}", KeySetError::NoKeys),
        (br#"{"keys":{}}"#, KeySetError::NoKeys),
        (br#"{"keys":null}"#, KeySetError::NoKeys),
        (br#"{"keys":[],"keys":[]}"#, KeySetError::Json(JsonError::DuplicateMember)),
        (br#"{"keys":[{"kty":"RSA","kty":"EC"}]}"#, KeySetError::Json(JsonError::DuplicateMember)),
        (br#"{"keys":[]} x"#, KeySetError::Json(JsonError::Syntax)),
    ] {
        assert_eq!(parse(document), Err(why), "{}", String::from_utf8_lossy(document));
    }
    let deep = format!("{{\"keys\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(parse(deep.as_bytes()), Err(KeySetError::Json(JsonError::TooDeep)));
    assert_eq!(parse(br#"{"keys":[],"other":7}"#), Ok(()));
}

#[test]
fn nine_good_keys_outlive_a_broken_one() {
    let names = ["a", "bb", "ccc", "dddd", "e5555", "f66666", "g777777", "h8888888", "i99999999"];
    let broken = json!({ "kty": "RSA", "kid": "broken", "n": "AQ", "e": "AQAB" });
    for place in 0..10 {
        let mut keys: Vec<_> = names.into_iter().map(jwk).collect();
        keys.insert(place, broken.clone());
        let set = parse(&keys.into());
        assert_eq!(set.keys().len(), 9);
        let skipped = SkippedKey { index: place, kid: Some("broken".into()), why: JwkError::WeakRsa };
        assert_eq!(set.skipped(), [skipped]);
        for name in names {
            assert_eq!(kids(&set, Some(name), Algorithm::EdDSA), [Some(name)]);
        }
    }
}

#[test]
fn what_a_set_must_not_hold_is_skipped_and_named() {
    let good = jwk("good");
    let mut encryption = jwk("enc");
    encryption["use"] = "enc".into();
    let mut private = jwk("private");
    private["d"] = "AQ".into();
    let secret = SigningKey::secret("HS256", &[7; 32]).jwk();
    let set = parse(&json!([secret, encryption, 7, null, "x", [], private, {}, good]));
    let whys: Vec<_> = set.skipped().iter().map(|skipped| (skipped.index, skipped.why)).collect();
    assert_eq!(
        whys,
        [
            (0, JwkError::Private),
            (1, JwkError::NotForVerifying),
            (2, JwkError::Malformed("kty")),
            (4, JwkError::Malformed("kty")),
            (6, JwkError::Private),
            (7, JwkError::Malformed("kty")),
        ]
    );
    assert_eq!(kids(&set, None, Algorithm::EdDSA), [Some("good")]);
}

#[test]
fn a_set_may_begin_with_a_byte_order_mark() {
    let document = format!("\u{feff}{}", mint::jwks(&[SigningKey::ed25519("a", 1)]));
    let set = KeySet::parse(document.as_bytes(), AlgorithmSet::asymmetric(), 9).unwrap();
    assert_eq!(kids(&set, None, Algorithm::EdDSA), [Some("a")]);
    let twice = format!("\u{feff}{document}");
    assert!(KeySet::parse(twice.as_bytes(), AlgorithmSet::asymmetric(), 9).is_err());
}

#[test]
fn keys_beyond_the_limit_are_left_out() {
    let document =
        mint::jwks(&[SigningKey::ed25519("a", 1), SigningKey::ed25519("b", 2), SigningKey::ed25519("c", 3)]);
    let set = KeySet::parse(document.as_bytes(), AlgorithmSet::asymmetric(), 2).unwrap();
    assert_eq!(kids(&set, None, Algorithm::EdDSA), [Some("a"), Some("b")]);
}

#[test]
fn a_named_token_gets_the_keys_of_that_name_and_no_others() {
    let es256 = SigningKey::generate("ES256", "a", 0).jwk();
    let set = parse(&json!([jwk("b"), jwk("a"), es256, without(jwk("unnamed"), "kid"), jwk("")]));
    assert_eq!(kids(&set, Some("a"), Algorithm::EdDSA), [Some("a")]);
    assert_eq!(kids(&set, Some("a"), Algorithm::ES256), [Some("a")]);
    assert_eq!(kids(&set, Some("b"), Algorithm::ES256), [None; 0]);
    assert_eq!(kids(&set, Some(""), Algorithm::EdDSA), [Some("")]);
    for foreign in ["c", "A", "a ", "ab", "a\0", "../a"] {
        assert_eq!(kids(&set, Some(foreign), Algorithm::EdDSA), [None; 0], "{foreign:?}");
    }
}

#[test]
fn an_unnamed_token_gets_every_key_of_its_algorithm() {
    let es256 = SigningKey::generate("ES256", "c", 0).jwk();
    let set = parse(&json!([jwk("b"), es256, without(jwk("unnamed"), "kid"), jwk("a")]));
    assert_eq!(kids(&set, None, Algorithm::EdDSA), [None, Some("a"), Some("b")]);
    assert_eq!(kids(&set, None, Algorithm::Ed25519), [None, Some("a"), Some("b")]);
    assert_eq!(kids(&set, None, Algorithm::ES256), [Some("c")]);
    assert_eq!(kids(&set, None, Algorithm::RS256), [None; 0]);
}

#[test]
fn a_single_configured_key_without_a_name_serves_named_tokens_too() {
    let text = without(jwk("a"), "kid").to_string();
    let Ok(set) = KeySet::parse_static(&text, AlgorithmSet::asymmetric()) else { panic!("a good key") };
    assert_eq!(kids(&set, Some("anything"), Algorithm::EdDSA), [None]);
    assert_eq!(kids(&set, None, Algorithm::EdDSA), [None]);

    let Ok(set) = KeySet::parse_static(&jwk("a").to_string(), AlgorithmSet::asymmetric()) else {
        panic!("a good key")
    };
    assert_eq!(kids(&set, Some("a"), Algorithm::EdDSA), [Some("a")]);
    assert_eq!(kids(&set, Some("b"), Algorithm::EdDSA), [None; 0], "a key with a name keeps to it");
}

#[test]
fn the_published_example_set_is_read_as_its_members_say() {
    // RFC 7517 appendix A.1: an EC key for encryption, and the RSA key that RFC 7638 §3.1 shows again.
    let set = parse(&json!([
        {
            "kty": "EC", "crv": "P-256", "use": "enc", "kid": "1",
            "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
            "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
        },
        {
            "kty": "RSA", "e": "AQAB", "alg": "RS256", "kid": "2011-04-29",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiF\
                  V4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9\
                  c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1\
                  jF44-csFCur-kEgU8awapJzKnqDKgw",
        },
    ]));
    assert_eq!(kids(&set, None, Algorithm::RS256), [Some("2011-04-29")]);
    let expected = SkippedKey { index: 0, kid: Some("1".into()), why: JwkError::NotForVerifying };
    assert_eq!(set.skipped(), [expected]);

    // Appendix A.3: symmetric keys, which are nobody's business but their owner's.
    let set = parse(&json!([
        { "kty": "oct", "alg": "A128KW", "k": "GawgguFyGrWKav7AX4VKUg" },
        {
            "kty": "oct", "kid": "HMAC key used in JWS spec Appendix A.1 example",
            "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
        },
    ]));
    assert!(set.keys().is_empty());
    assert!(set.skipped().iter().all(|skipped| skipped.why == JwkError::Private));
}

#[test]
fn so_many_keys_of_the_very_algorithm_are_asked_and_the_last_signer_first() {
    let keys: Vec<_> = (1..=6).map(|seed| without(SigningKey::ed25519("", seed).jwk(), "kid")).collect();
    let others = (0..6).map(|_| without(SigningKey::generate("ES256", "", 0).jwk(), "kid"));
    let set = parse(&keys.iter().cloned().chain(others).collect::<Vec<_>>().into());
    let wanted = Arc::clone(&set.keys()[2]);
    let ask = |signer: Option<&VerifyingKey>, most: usize| {
        let asked = std::cell::Cell::new(0);
        let found = set.find_signer(None, Algorithm::EdDSA, most, |key| {
            assert!(key.verifier(Algorithm::EdDSA).is_some());
            asked.set(asked.get() + 1);
            signer.is_some_and(|signer| std::ptr::eq(signer, key))
        });
        (found.unwrap().is_some(), asked.get())
    };
    assert_eq!(ask(None, 3), (false, 3), "a forged token");
    assert_eq!(ask(Some(&wanted), 3), (true, 3));
    assert_eq!(ask(Some(&wanted), 3), (true, 1), "it is asked first from now on");
    assert_eq!(ask(None, 3), (false, 3), "which takes no other's place");
    assert_eq!(ask(Some(&set.keys()[5]), 3), (false, 3), "beyond those that are asked");
    let unknown = set.find_signer(None, Algorithm::RS256, 3, |_| true);
    assert_eq!(unknown.err(), Some(KeyError::Unknown));
}
