//! Text with placeholders, or pieces of it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;

/// A placeholder such as `{issuer}`, and what it stands for.
pub(crate) type Placeholder = (&'static str, String);

pub(crate) type Placeholders<'p> = &'p [Placeholder];

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Text {
    Plain(String),
    Pieces(Vec<Piece>),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Piece {
    Plain(String),
    Repeat { repeat: (String, usize) },
    Bytes { base64url: String },
}

impl Text {
    pub(crate) fn write(&self, placeholders: Placeholders<'_>) -> Vec<u8> {
        match self {
            Self::Plain(text) => fill(text, placeholders).into_bytes(),
            Self::Pieces(pieces) => pieces.iter().flat_map(|piece| piece.write(placeholders)).collect(),
        }
    }
}

impl Piece {
    fn write(&self, placeholders: Placeholders<'_>) -> Vec<u8> {
        match self {
            Self::Plain(text) => fill(text, placeholders).into_bytes(),
            Self::Repeat { repeat: (text, times) } => text.repeat(*times).into_bytes(),
            Self::Bytes { base64url } => URL_SAFE_NO_PAD.decode(base64url).unwrap(),
        }
    }
}

pub(crate) fn fill(text: &str, placeholders: Placeholders<'_>) -> String {
    placeholders.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
}

/// The same in every string of a JSON value; `{"$now": seconds}` is that many seconds from now, and
/// `{"$null": true}` is null, for null itself takes a member away. A string that is the name of one of `values`
/// alone, such as `{jwk}`, becomes that value.
pub(crate) fn fill_value(
    value: &Value,
    placeholders: Placeholders<'_>,
    now: i64,
    values: &[(&str, Value)],
) -> Value {
    let fill_inner = |value: &Value| fill_value(value, placeholders, now, values);
    match value {
        Value::String(text) => match values.iter().find(|(name, _)| name == text) {
            Some((_, value)) => value.clone(),
            None => fill(text, placeholders).into(),
        },
        Value::Array(items) => items.iter().map(fill_inner).collect(),
        Value::Object(members) => {
            if let Some(seconds) = members.get("$now").and_then(Value::as_i64) {
                return (now + seconds).into();
            }
            if members.contains_key("$null") {
                return Value::Null;
            }
            members.iter().map(|(name, value)| (name.clone(), fill_inner(value))).collect()
        }
        other => other.clone(),
    }
}
