//! JSON as its sender wrote it: members in their order, and a duplicate member twice.
//!
//! A tree of values shows what one reader makes of a text. An attacker hopes for two readers that understand one token
//! differently, so this type keeps the text.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bearward_core::trust::Limits;
use serde_json::Value;
use serde_json::value::RawValue;

/// A JSON text, without the white space between its parts.
#[derive(Debug, Clone)]
pub(super) struct RawJson {
    text: String,
    value: Value,
}

impl RawJson {
    /// Takes a text that is JSON.
    pub(super) fn read(text: &str) -> Option<Self> {
        let value = serde_json::from_str(text).ok()?;
        Some(Self { text: without_white_space(text), value })
    }

    /// Takes a part of a compact serialization, by its place, for showing only; `None` where it is not JSON in
    /// base64url, or far too long to be shown.
    pub(super) fn of_part(compact: &str, index: usize) -> Option<Self> {
        if compact.len() > Limits::default().max_token_bytes {
            return None;
        }
        let encoded = compact.split('.').nth(index)?;
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(encoded).ok()?).ok()?;
        Self::read(&text)
    }

    /// A member, where this is an object; the last of several of one name.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.value.get(name)
    }

    /// The value that a reader makes of it.
    pub(super) fn value(&self) -> &Value {
        &self.value
    }

    /// The text itself, to be put into another.
    pub(super) fn raw(&self) -> Option<Box<RawValue>> {
        RawValue::from_string(self.text.clone()).ok()
    }

    /// The text over several lines, each member on its own.
    pub(super) fn indented(&self) -> String {
        let mut out = String::with_capacity(self.text.len() * 2);
        let mut depth = 0_usize;
        let mut previous = ' ';
        for (character, place) in places(&self.text) {
            let new_line = |out: &mut String, depth: usize| {
                out.push('\n');
                out.extend(std::iter::repeat_n("  ", depth));
            };
            match (place, character) {
                (Place::Structure, '}' | ']') => {
                    depth = depth.saturating_sub(1);
                    if !matches!(previous, '{' | '[') {
                        new_line(&mut out, depth);
                    }
                }
                _ if matches!(previous, '{' | '[' | ',') => new_line(&mut out, depth),
                _ => {}
            }
            out.push(character);
            previous = ' ';
            if place == Place::Structure {
                previous = character;
                match character {
                    '{' | '[' => depth += 1,
                    ':' => out.push(' '),
                    _ => {}
                }
            }
        }
        out
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Structure,
    InString,
}

/// The characters of a JSON text, each with its place.
fn places(text: &str) -> impl Iterator<Item = (char, Place)> {
    let (mut in_string, mut escaped) = (false, false);
    text.chars().map(move |character| {
        let place = if in_string || character == '"' { Place::InString } else { Place::Structure };
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = in_string,
            '"' => in_string = !in_string,
            _ => {}
        }
        (character, place)
    })
}

fn without_white_space(text: &str) -> String {
    let kept = |(character, place): &(char, Place)| *place == Place::InString || !character.is_whitespace();
    places(text).filter(kept).map(|(character, _)| character).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_and_the_order_stays() {
        let json =
            RawJson::read("\t{ \"z\" : 1,\n\"a\":[ ],\"a\":{\"b:{\":\"x \\\" ,y\"}, \"c\":[1,2] }").unwrap();
        assert_eq!(
            json.indented(),
            r#"{
  "z": 1,
  "a": [],
  "a": {
    "b:{": "x \" ,y"
  },
  "c": [
    1,
    2
  ]
}"#
        );
        assert_eq!(json.raw().unwrap().get(), r#"{"z":1,"a":[],"a":{"b:{":"x \" ,y"},"c":[1,2]}"#);
    }

    #[test]
    fn what_is_not_json_is_not_shown() {
        for text in ["", "{", "{} {}", "secret"] {
            assert!(RawJson::read(text).is_none(), "{text}");
        }
    }
}
