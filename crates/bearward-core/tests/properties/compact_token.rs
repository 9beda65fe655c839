//! The compact serialization: three parts of canonical base64url, or nothing.

use bearward_core::token::{TokenError, UnverifiedToken};
use proptest::prelude::*;
use serde_json::json;

use crate::mint::{self, SigningKey};

fn good() -> String {
    SigningKey::ed25519("k", 1).token(&json!({ "iss": "a", "exp": 7, "x": [{ "y": "\u{e9}\n" }] }))
}

/// Text that is nearly a token: pieces of one, dots, and characters that do not belong.
fn nearly() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just(".".to_owned()),
        Just(mint::base64url(r#"{"alg":"ES256"}"#)),
        Just(mint::base64url(r#"{"alg":"none"}"#)),
        Just(mint::base64url("{}")),
        Just(mint::base64url("[]")),
        Just("=".to_owned()),
        "[A-Za-z0-9_-]{0,8}",
        "\\PC{0,2}",
        any::<Vec<u8>>().prop_map(mint::base64url),
    ];
    proptest::collection::vec(piece, 0..9).prop_map(|pieces| pieces.concat())
}

/// Whether each of the three parts is what its bytes would be written as.
fn is_canonical(token: &str) -> bool {
    let parts: Vec<_> = token.split('.').collect();
    parts.len() == 3 && parts.iter().all(|part| mint::base64url(mint::from_base64url(part)) == *part)
}

proptest! {
    #![proptest_config(super::cases(4000))]

    #[test]
    fn no_text_panics_and_what_is_accepted_is_canonical(text in prop_oneof![any::<String>(), nearly()]) {
        if let Ok(token) = UnverifiedToken::parse(&text) {
            prop_assert!(is_canonical(&text));
            let is_object = token.unverified_claims().as_json().trim_start().starts_with('{');
            prop_assert!(is_object);
        }
    }

    #[test]
    fn a_foreign_character_anywhere_makes_a_token_none(place in any::<prop::sample::Index>(), character in any::<char>()) {
        let token = good();
        let place = place.index(token.len() + 1);
        let mut changed = token.clone();
        changed.insert(place, character);
        if UnverifiedToken::parse(&changed).is_ok() {
            prop_assert!(is_canonical(&changed));
        }
        let legal = character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
        prop_assert!(legal || UnverifiedToken::parse(&changed).is_err());
    }

    #[test]
    fn bits_that_belong_to_no_byte_are_zero(bytes in proptest::collection::vec(any::<u8>(), 1..40), bits in 1..16_u8) {
        // The last character of a part carries two or four bits too many, unless the part is whole.
        let signature = mint::base64url(&bytes);
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let (spare, keep) = match bytes.len() % 3 { 1 => (15, 0x30), 2 => (3, 0x3c), _ => return Ok(()) };
        prop_assume!(bits & spare != 0);
        let last = alphabet.iter().position(|byte| *byte == *signature.as_bytes().last().unwrap()).unwrap();
        prop_assert_eq!(last & !keep, 0);
        let other = alphabet[last | usize::from(bits & spare)];
        let forged = format!("{}{}", &signature[..signature.len() - 1], char::from(other));
        let token = |signature: &str| format!("{}.e30.{signature}", mint::base64url(r#"{"alg":"ES256"}"#));
        prop_assert!(UnverifiedToken::parse(&token(&signature)).is_ok());
        prop_assert_eq!(UnverifiedToken::parse(&token(&forged)).err(), Some(TokenError::NotCompact));
    }

    #[test]
    fn the_number_of_parts_decides(parts in proptest::collection::vec("[A-Za-z0-9_-]{0,12}", 1..9)) {
        let error = UnverifiedToken::parse(&parts.join(".")).err();
        match parts.len() {
            3 => {}
            5 => prop_assert_eq!(error, Some(TokenError::Encrypted)),
            _ => prop_assert_eq!(error, Some(TokenError::NotCompact)),
        }
    }

    #[test]
    fn a_header_with_anything_in_it_does_not_panic(
        name in "[a-z0-9]{1,4}|typ|kid|alg|crit|b64|jwk|cty",
        value in super::claims::json(),
    ) {
        let header = format!("{{\"alg\":\"ES256\",{}:{value}}}", json!(name));
        let token = format!("{}.e30.AA", mint::base64url(&header));
        let parsed = UnverifiedToken::parse(&token);
        match (&*name, &value) {
            ("crit" | "b64", _) => prop_assert_eq!(parsed.err(), Some(TokenError::CriticalHeader)),
            ("alg", _) => prop_assert!(parsed.is_err(), "two of them"),
            ("kid", serde_json::Value::String(kid)) => {
                let parsed = parsed.unwrap();
                prop_assert_eq!(parsed.unverified_kid(), Some(&**kid));
            }
            ("kid", _) => prop_assert_eq!(parsed.err(), Some(TokenError::Header(None))),
            ("typ", _) => prop_assert!(parsed.is_err(), "no value that is made here is a type"),
            _ => prop_assert!(parsed.is_ok()),
        }
    }
}
