//! Claims sets: read strictly, and read as what they say.

use std::collections::HashSet;

use bearward_core::token::{TokenError, UnverifiedToken};
use bearward_core::wire::JsonError;
use proptest::prelude::*;
use serde_json::Value;

use crate::mint;

fn parse(payload: impl AsRef<[u8]>) -> Result<String, TokenError> {
    let token = token(payload);
    UnverifiedToken::parse(&token).map(|token| token.unverified_claims().as_json().to_owned())
}

fn token(payload: impl AsRef<[u8]>) -> String {
    format!("{}.{}.AA", mint::base64url(r#"{"alg":"ES256"}"#), mint::base64url(payload))
}

/// Values of every kind, a few levels deep.
pub(crate) fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[a-z ]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map("[a-z]{0,3}|\\PC{0,3}", inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn object() -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        3 => "iss|sub|aud|exp|nbf|iat|jti|scope|scp|client_id|azp|cnf".prop_map(String::from),
        1 => "\\PC{0,5}",
    ];
    proptest::collection::btree_map(name, json(), 0..8)
        .prop_map(|members| Value::Object(members.into_iter().collect()))
}

/// A value with white space wherever JSON allows it, and some characters escaped that need not be.
fn written_oddly(value: &Value, oddities: &mut impl Iterator<Item = u8>) -> String {
    let mut space = || ["", " ", "\n", "\t\r", "  "][usize::from(oddities.next().unwrap_or(0)) % 5];
    match value {
        Value::Array(items) => {
            let (before, after) = (space(), space());
            let items: Vec<_> = items.iter().map(|item| written_oddly(item, oddities)).collect();
            format!("{before}[{}]{after}", items.join(","))
        }
        Value::Object(members) => {
            let (before, after) = (space(), space());
            let members: Vec<_> = members
                .iter()
                .map(|(name, value)| {
                    let escaped: String = name.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
                    format!("\"{escaped}\":{}", written_oddly(value, oddities))
                })
                .collect();
            format!("{before}{{{}}}{after}", members.join(","))
        }
        plain => format!("{}{plain}{}", space(), space()),
    }
}

fn has_foreign_kind(value: &Value) -> bool {
    ["at_hash", "c_hash", "events"].iter().any(|name| value.get(name).is_some())
}

/// Whether two readers mean the same; the last digit of a long fraction is anyone's guess.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            let (left, right) = (left.as_f64().unwrap(), right.as_f64().unwrap());
            (left - right).abs() <= left.abs() * 1e-14
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(name, value)| right.get(name).is_some_and(|other| same(value, other)))
        }
        _ => left == right,
    }
}

proptest! {
    #![proptest_config(super::cases(2000))]

    #[test]
    fn no_payload_panics(payload in any::<Vec<u8>>()) {
        if parse(&payload).is_ok() {
            prop_assert!(serde_json::from_slice::<serde_json::Map<_, Value>>(&payload).is_ok());
        }
    }

    #[test]
    fn what_is_written_is_what_is_read(claims in object(), oddities in any::<Vec<u8>>()) {
        prop_assume!(!has_foreign_kind(&claims));
        let text = written_oddly(&claims, &mut oddities.into_iter());
        let token = token(&text);
        let parsed = UnverifiedToken::parse(&token).unwrap();
        let read = parsed.unverified_claims();
        prop_assert_eq!(read.as_json(), &text);
        for (name, value) in claims.as_object().unwrap() {
            prop_assert!(same(read.get(name).unwrap(), value), "{}", name);
        }
        prop_assert_eq!(parsed.unverified_issuer(), claims.get("iss").and_then(Value::as_str));
        let whole: Value = read.to().unwrap();
        prop_assert_eq!(whole.as_object().unwrap().len(), claims.as_object().unwrap().len());
    }

    #[test]
    fn a_second_member_of_one_name_is_refused_wherever_it_stands(
        claims in object(),
        name in "[a-z]{1,3}|iss|\\PC{1,2}",
        depth in 0..20_usize,
        values in (json(), json()),
    ) {
        let escaped: String = name.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        let twice = format!("{{{}:{},\"{escaped}\":{}}}", Value::from(name), values.0, values.1);
        let nested = format!("{}{twice}{}", "[".repeat(depth), "]".repeat(depth));
        let fresh = (0..).map(|number| format!("free{number}"))
            .find(|name| claims.get(name).is_none()).unwrap();
        let mut text = claims.to_string();
        let comma = if text.len() > 2 { "," } else { "" };
        text.insert_str(1, &format!("\"{fresh}\":{nested}{comma}"));
        prop_assert_eq!(parse(&text), Err(TokenError::Payload(JsonError::DuplicateMember)));
    }

    #[test]
    fn nesting_is_bounded_by_its_depth_and_by_nothing_else(kinds in proptest::collection::vec(any::<bool>(), 0..80)) {
        let open: String = kinds.iter().map(|array| if *array { "[" } else { "{\"a\":" }).collect();
        let close: String = kinds.iter().rev().map(|array| if *array { ']' } else { '}' }).collect();
        let expected = kinds.len() < 32;
        let found = parse(format!("{{\"x\":{open}1{close}}}"));
        prop_assert_eq!(found.is_ok(), expected);
        if !expected {
            prop_assert_eq!(found, Err(TokenError::Payload(JsonError::TooDeep)));
        }
    }

    #[test]
    fn a_payload_cut_short_or_carried_on_is_refused(claims in object(), cut in any::<prop::sample::Index>(), more in "[^ \t\r\n]{1,4}") {
        let text = claims.to_string();
        let cut = cut.index(text.len());
        prop_assert!(parse(&text.as_bytes()[..cut]).is_err());
        prop_assert_eq!(parse(format!("{text}{more}")), Err(TokenError::Payload(JsonError::Syntax)));
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_refused(claims in object(), place in any::<prop::sample::Index>(), byte in 0x80..=0xff_u8) {
        let mut bytes = claims.to_string().into_bytes();
        bytes.insert(place.index(bytes.len()), byte);
        prop_assume!(std::str::from_utf8(&bytes).is_err());
        prop_assert_eq!(parse(&bytes), Err(TokenError::Payload(JsonError::Syntax)));
    }

    #[test]
    fn one_reader_and_another_see_the_same_claims(text in "\\{(\"[a-c]{1,2}\":[0-9]{1,2},){0,4}\"[a-c]{1,2}\":[0-9]{1,2}\\}") {
        // serde_json keeps the last of two members, others the first: whatever passes has no two.
        let names: Vec<_> = text.split(['"']).skip(1).step_by(2).collect();
        let unique = names.iter().collect::<HashSet<_>>().len() == names.len();
        let leading_zero = text.split(':').skip(1).any(|rest| rest.starts_with('0') && rest.as_bytes()[1].is_ascii_digit());
        prop_assert_eq!(parse(&text).is_ok(), unique && !leading_zero);
    }
}
