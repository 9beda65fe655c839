use proptest::prelude::*;

use super::super::{Json, Object};
use super::*;

fn parse(text: &str) -> Result<Members<'_>, JsonError> {
    Members::parse(text, max_values(text))
}

fn error(text: &str) -> Option<JsonError> {
    parse(text).err()
}

#[test]
fn a_member_is_found_and_read_whatever_comes_before_it() {
    let members = parse(r#" { "z" : [ "a" , "b" ] ,"a":"x\n","n":-1.5e1,"o":{"p":null},"":true} "#).unwrap();
    assert_eq!(members.len(), 5);
    assert_eq!(members.string("a").as_deref(), Some("x\n"));
    assert_eq!(members.get("n").and_then(Raw::as_number), Some(-15.0));
    assert_eq!(members.get("z").and_then(Raw::as_strings), Some(vec!["a".into(), "b".into()]));
    assert!(members.get("o").and_then(Raw::as_members).is_some_and(|inner| inner.get("p").is_some()));
    assert_eq!(members.get(""), Some(Raw("true")));
    assert_eq!(members.get("p"), None, "a member of another object");
    assert_eq!(members.get("b"), None);
}

#[test]
fn a_value_is_read_as_what_it_is_and_as_nothing_else() {
    let members = parse(r#"{"s":"1","n":1,"a":["x",1],"e":[],"o":{}}"#).unwrap();
    for name in ["s", "n", "a", "e", "o"] {
        let value = members.get(name).unwrap();
        assert_eq!(value.as_str().is_some(), name == "s", "{name}");
        assert_eq!(value.as_number().is_some(), name == "n", "{name}");
        assert_eq!(value.as_strings().is_some(), name == "e", "{name}");
        assert_eq!(value.as_members().is_some(), name == "o", "{name}");
    }
}

#[test]
fn a_usual_claims_set_is_read_into_a_buffer_that_is_allocated_once() {
    let text = r#"{"iss":"i","sub":"s","aud":["a"],"exp":1,"nbf":1,"iat":1,"jti":"j","client_id":"c","scope":"a b",
        "roles":["x","y"],"cnf":{"jkt":"k"},"realm_access":{"roles":["x"]}}"#;
    let members = parse(text).unwrap();
    assert_eq!((members.members.capacity(), members.unescaped.capacity()), (USUAL_MEMBERS, 0));
}

#[test]
fn a_name_written_twice_is_refused_at_any_depth_and_in_any_spelling() {
    for text in [
        r#"{"iss":"a","iss":"b"}"#,
        r#"{"iss":"a","\u0069ss":"b"}"#,
        r#"{"\ud83d\ude00":1,"😀":2}"#,
        r#"{"a":{"b":1,"b":2}}"#,
        r#"{"a":[{"b":1,"c":{},"b":1}]}"#,
        r#"{"a":{"b":{"c":1}},"x":[{"y":1},{"z":1,"z":1}]}"#,
    ] {
        assert_eq!(error(text), Some(JsonError::DuplicateMember), "{text}");
    }
    assert_eq!(
        error(r#"{"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]}"#),
        None,
        "each object has names of its own"
    );
    let many: Vec<_> = (0..1500).map(|number| format!("\"n{number}\":0")).collect();
    assert_eq!(error(&format!("{{{}}}", many.join(","))), None);
    assert_eq!(error(&format!("{{{},\"n7\":1}}", many.join(","))), Some(JsonError::DuplicateMember));
}

#[test]
fn a_name_that_serde_json_keeps_for_itself_is_refused() {
    for text in [
        r#"{"$serde_json::private::RawValue":"0"}"#,
        r#"{"\u0024serde_json::private::RawValue":"0"}"#,
        r#"{"metadata":{"a":1,"$serde_json::private::Number":"1"}}"#,
    ] {
        assert_eq!(error(text), Some(JsonError::Syntax), "{text}");
    }
}

#[test]
fn nesting_ends_at_the_limit() {
    let nested = |levels: usize| format!("{{\"a\":{}1{}}}", "[".repeat(levels), "]".repeat(levels));
    assert_eq!(error(&nested(31)), None);
    assert_eq!(error(&nested(32)), Some(JsonError::TooDeep));
    assert_eq!(error(&nested(10_000)), Some(JsonError::TooDeep));
}

#[test]
fn a_text_ends_at_the_first_value_too_many() {
    let zeros = |count: usize| format!("{{\"a\":[0{}]}}", ",0".repeat(count - 1));
    assert_eq!(error(&zeros(2046)), None, "with the object and the array, 2 048");
    assert_eq!(error(&zeros(2047)), Some(JsonError::TooManyValues));
    assert_eq!(
        error(&zeros(2047).replace(']', "")),
        Some(JsonError::TooManyValues),
        "nothing behind it is read"
    );
    let longer: Vec<_> = (0..10_000).map(|number| format!("\"claim{number}\":{number}")).collect();
    assert_eq!(error(&format!("{{{}}}", longer.join(","))), None, "a long text may hold more");
}

#[test]
fn numbers_are_finite() {
    for (text, expected) in [
        ("1e400", Some(JsonError::Syntax)),
        ("-1e309", Some(JsonError::Syntax)),
        ("1e-400", None),
        ("0e999999999999", None),
        ("1e308", None),
        ("-0", None),
        ("01", Some(JsonError::Syntax)),
        ("1.", Some(JsonError::Syntax)),
        (".1", Some(JsonError::Syntax)),
        ("1e", Some(JsonError::Syntax)),
        ("+1", Some(JsonError::Syntax)),
        ("-", Some(JsonError::Syntax)),
        ("NaN", Some(JsonError::Syntax)),
        (&format!("1{}", "0".repeat(308)), None),
        (&format!("1{}", "0".repeat(309)), Some(JsonError::Syntax)),
    ] {
        assert_eq!(error(&format!("{{\"a\":[{text}]}}")), expected, "{text}");
    }
}

#[test]
fn no_number_passes_that_hides_the_claims_from_serde_json() {
    for last in 0..10 {
        for text in [format!("1.797693134862315{last}e308"), format!("1797693134862315{last}e292")] {
            let text = format!("{{\"a\":{text}}}");
            assert_eq!(
                error(&text).is_none(),
                serde_json::from_str::<serde_json::Value>(&text).is_ok(),
                "{text}"
            );
        }
    }
}

#[test]
fn what_is_not_one_object_is_refused() {
    for (text, why) in [
        ("", JsonError::Syntax),
        ("[1]", JsonError::NotAnObject),
        ("\"x\"", JsonError::NotAnObject),
        ("1", JsonError::NotAnObject),
        ("[1", JsonError::Syntax),
        ("{} {}", JsonError::Syntax),
        ("{\"a\":1,}", JsonError::Syntax),
        ("{\"a\":[1,]}", JsonError::Syntax),
        ("{\"a\" 1}", JsonError::Syntax),
        ("{a:1}", JsonError::Syntax),
        ("{\"a\":tru}", JsonError::Syntax),
        ("{\"a\":\"\u{1}\"}", JsonError::Syntax),
        ("{\"a\":\"12345678\t\"}", JsonError::Syntax),
        ("{\"a\":\"\\ud800\"}", JsonError::Syntax),
        ("{\"a\":\"\\ud800\\u0041\"}", JsonError::Syntax),
        ("{\"a\":\"\\udc00\"}", JsonError::Syntax),
        ("{\"a\":\"\\x\"}", JsonError::Syntax),
        ("{\"a\":\"\\u12g4\"}", JsonError::Syntax),
        ("\u{feff}{}", JsonError::Syntax),
        ("{}\u{a0}", JsonError::Syntax),
    ] {
        assert_eq!(error(text), Some(why), "{text:?}");
    }
}

#[test]
fn little_objects_weigh_what_they_take() {
    let bytes = |text: &str| parse(text).unwrap().tree_bytes();
    let many = format!("{{\"x\":[{}{{}}]}}", r#"{"a":0},"#.repeat(1000));
    assert!(bytes(&many) > 600 * 1000, "{}", bytes(&many));
    let long = format!("{{\"x\":\"{}\"}}", "y".repeat(8000));
    assert!((8000..10_000).contains(&bytes(&long)), "{}", bytes(&long));
}

#[test]
fn a_string_ends_at_its_quote_wherever_that_is() {
    for length in 0..40 {
        for end in ["\"", "\\\"", "\u{1f}"] {
            let text = format!("{}{end}tail\"", "é~".repeat(length).get(..length).unwrap_or("é"));
            let expected = text.bytes().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).unwrap();
            assert_eq!(plain_length(text.as_bytes()), expected, "{text:?}");
        }
    }
}

/// Text that is nearly JSON.
fn nearly() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[\\[\\]{},:\"]",
        2 => Just("\"a\":".to_owned()),
        2 => prop_oneof!["[0-9]{1,3}", "-?[0-9]{1,2}(\\.[0-9]{1,2})?([eE][-+]?[0-9]{1,3})?"],
        1 => "true|false|null| |\t",
        2 => "\"[a-c]{0,2}\"",
        1 => "\"\\\\(u[0-9a-f]{4}|[nrtbf/\"\\\\x])\"",
        1 => Just("\"\\ud83d\\ude00\"".to_owned()),
        1 => "\\PC{0,2}",
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| format!("{{{}}}", pieces.concat()))
}

/// An object of members that are each right.
fn object() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        any::<f64>().prop_map(|number| serde_json::Value::from(number).to_string()),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
        Just("{\"a\":[1,\"\\u00e9\"],\"b\":{}}".to_owned()),
        Just("[\"x\",\"\\n\"]".to_owned()),
    ];
    proptest::collection::vec(("[a-d]{0,2}|\\PC{1,2}", value), 0..8).prop_map(|members| {
        let members: Vec<_> = members
            .iter()
            .map(|(name, value)| format!("{}:{value}", serde_json::Value::from(&**name)))
            .collect();
        format!("{{{}}}", members.join(" ,"))
    })
}

/// Whether this reader and the one on serde_json take a text for the same.
fn agree(text: &str) {
    let (own, other) = (parse(text), Object::parse(text));
    match (&own, &other) {
        (Err(own), Err(other)) => assert_eq!(own, other, "{text:?}"),
        (Ok(own), Ok(Object(members))) => {
            assert_eq!(own.len(), members.len(), "{text:?}");
            for (name, value) in members {
                let raw = own.get(name).unwrap();
                match value {
                    Json::String(string) => assert_eq!(raw.as_str().as_ref(), Some(string), "{text:?}"),
                    Json::Number(number) => {
                        let found = raw.as_number().unwrap();
                        assert!((found - number).abs() <= number.abs() * 1e-14, "{text:?}");
                    }
                    Json::Object(inner) => {
                        assert_eq!(raw.as_members().unwrap().len(), inner.0.len(), "{text:?}")
                    }
                    Json::Array(items) => {
                        let strings: Option<Vec<_>> = items.iter().map(|item| item.as_str()).collect();
                        let found = raw.as_strings();
                        assert_eq!(found.as_ref().map(|all| all.iter().map(|one| &**one).collect()), strings);
                    }
                    Json::Null | Json::Bool(_) => {}
                }
            }
        }
        _ => panic!("{text:?}: {own:?}, {other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn two_readers_agree_on_what_is_nearly_json(text in nearly()) {
        agree(&text);
    }

    #[test]
    fn two_readers_agree_on_every_object(text in object()) {
        agree(&text);
    }

    #[test]
    fn two_readers_agree_on_any_text(text in any::<String>()) {
        agree(&text);
    }
}
