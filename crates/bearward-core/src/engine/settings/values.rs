//! Values of settings that are more than a text or a number.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// A duration as people write it: `500ms`, `30s`, `5m`, `1h30m`, `1d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Readable(pub(crate) Duration);

const DURATION: &str = "a duration, such as 500ms, 30s, 5m, 1h30m or 1d";

/// Sums of several stay in range.
const MAX_SECONDS: f64 = 1e12;

impl Readable {
    fn parse(text: &str) -> Option<Self> {
        let mut seconds = 0.0;
        let mut rest = text.trim();
        if rest.is_empty() {
            return None;
        }
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
            let (number, after) = rest.split_at(digits);
            let letters = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
            let (unit, after) = after.split_at(letters);
            let of_unit = match unit {
                "ms" => 0.001,
                "s" => 1.0,
                "m" | "min" => 60.0,
                "h" => 3600.0,
                "d" => 86_400.0,
                _ => return None,
            };
            seconds += number.parse::<f64>().ok()? * of_unit;
            rest = after.trim_start();
        }
        Duration::try_from_secs_f64(seconds.min(MAX_SECONDS)).ok().map(Self)
    }
}

impl<'de> Deserialize<'de> for Readable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        value.as_str().and_then(Self::parse).ok_or_else(|| D::Error::custom(DURATION))
    }
}

impl Serialize for Readable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{}ms", self.0.as_millis()))
    }
}

/// A secret: a text, or `{base64: …}` for bytes. `Debug` and `Serialize` show nothing of it.
#[derive(Clone)]
pub(crate) struct Secret(Vec<u8>);

impl Secret {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The secret as a text, where it is one.
    pub(crate) fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = match Value::deserialize(deserializer)? {
            Value::String(text) => Some(text.into_bytes()),
            Value::Object(members) if members.len() == 1 => {
                members.get("base64").and_then(Value::as_str).and_then(|text| STANDARD.decode(text).ok())
            }
            _ => None,
        };
        bytes
            .map(Self)
            .ok_or_else(|| D::Error::custom("a text, or an object with the bytes in base64: {base64: …}"))
    }
}

/// `null`: what reads it again finds no secret.
impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_none()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// A value of any form that may hold a secret: keys, and the values of a provider's preset.
#[derive(Clone, Deserialize)]
pub(crate) struct Hidden(pub(crate) Value);

impl Serialize for Hidden {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_none()
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hidden(..)")
    }
}

#[cfg(feature = "schema")]
mod schema {
    use std::borrow::Cow;

    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

    use super::{Hidden, Readable, Secret};

    impl JsonSchema for Readable {
        fn schema_name() -> Cow<'static, str> {
            "Duration".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({
                "type": "string",
                "description": "A duration: 500ms, 30s, 5m, 1h30m, 1d.",
                "pattern": r"^\s*([0-9.]+(ms|s|m|min|h|d)\s*)+$",
            })
        }
    }

    impl JsonSchema for Secret {
        fn schema_name() -> Cow<'static, str> {
            "Secret".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({
                "description": "A secret: a text, or its bytes in base64. Write ${VARIABLE} to take it from the environment.",
                "oneOf": [
                    { "type": "string" },
                    {
                        "type": "object",
                        "properties": { "base64": { "type": "string" } },
                        "required": ["base64"],
                        "additionalProperties": false,
                    },
                ],
            })
        }
    }

    impl JsonSchema for Hidden {
        fn schema_name() -> Cow<'static, str> {
            "Value".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({ "type": ["object", "string"] })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        for (text, millis) in [
            ("500ms", 500),
            ("30s", 30_000),
            ("1.5s", 1_500),
            ("5m", 300_000),
            ("5min", 300_000),
            ("1h30m", 5_400_000),
            ("1h 30m", 5_400_000),
            ("1d", 86_400_000),
            ("0s", 0),
        ] {
            assert_eq!(Readable::parse(text), Some(Readable(Duration::from_millis(millis))), "{text}");
        }
        for text in ["", "30", "s", "-1s", "1 second", "1e3s", "1..5s", "5x", "m5", "30 s s"] {
            assert_eq!(Readable::parse(text), None, "{text:?}");
        }
        assert!(Readable::parse("99999999999999999999d").is_some(), "no end does no harm");
    }

    #[test]
    fn a_secret_is_a_text_or_bytes_and_shows_nothing() {
        let read = |json: &str| serde_json::from_str::<Secret>(json);
        assert_eq!(read(r#""hush""#).unwrap().bytes(), b"hush");
        let bytes = read(r#"{"base64": "/wA="}"#).unwrap();
        assert_eq!((bytes.bytes(), bytes.text()), (&[255, 0][..], None));
        for wrong in [
            "7",
            "null",
            "{}",
            r#"{"base64": 7}"#,
            r#"{"base64": "/wA=", "more": 1}"#,
            r#"{"base64": "hush!"}"#,
        ] {
            let said = read(wrong).map(drop).unwrap_err().to_string();
            assert!(!said.contains("hush"), "{said}");
        }
        let secret = read(r#""hush""#).unwrap();
        assert_eq!(serde_json::to_string(&secret).unwrap(), "null");
        assert_eq!(format!("{secret:?}"), "Secret(..)");
        assert_eq!(format!("{:?}", Hidden("hush".into())), "Hidden(..)");
        assert_eq!(serde_json::to_string(&Hidden("hush".into())).unwrap(), "null");
    }
}
