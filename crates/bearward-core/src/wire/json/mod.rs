//! Strict JSON for everything that comes from outside: JOSE headers, claims sets, JWK Sets, metadata.
//!
//! 1. One JSON value, then the end of the input (RFC 8259 §2).
//! 2. No object has two members of one name, at any depth (RFC 7515 §4, RFC 7519 §4: two readers must
//!    never see two different tokens in one text).
//! 3. No nesting deeper than [`MAX_DEPTH`]: the stack stays small for any input.
//! 4. Numbers are finite.
//! 5. No member has one of the names that serde_json keeps for itself: read once more as a
//!    [`serde_json::Value`], such a member would mean something else than it says.
//!
//! What a stranger sends is read by [`Members`], which builds nothing; what a trusted server publishes by [`Object`].
//!
//! Does not check: what the members mean.

mod members;

use std::borrow::Cow;
use std::cell::Cell;
use std::cmp::Ordering;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

pub(crate) use self::members::{Members, Raw, max_values};

/// Nesting beyond this is refused; real tokens stay below 8.
pub(crate) const MAX_DEPTH: u8 = 32;

/// How the names begin under which serde_json passes its own types through serde.
const RESERVED: &str = "$serde_json::private::";

/// A JSON value that borrows its strings from the text where it can.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json<'a> {
    Null,
    Bool(bool),
    Number(f64),
    String(Cow<'a, str>),
    Array(Vec<Json<'a>>),
    Object(Object<'a>),
}

/// The members of an object, sorted by the length of their names, then by the names.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Object<'a>(Vec<(Cow<'a, str>, Json<'a>)>);

/// Why a text is not the JSON that is wanted here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsonError {
    /// The text is not one JSON value in UTF-8.
    Syntax,
    /// An object has two members of one name.
    DuplicateMember,
    /// Arrays and objects are nested beyond 32 levels.
    TooDeep,
    /// There are more values than a real text of this length holds.
    TooManyValues,
    /// The value is JSON, but not an object.
    NotAnObject,
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Syntax => "not a JSON text in UTF-8",
            Self::DuplicateMember => "a member name occurs twice",
            Self::TooDeep => "nested deeper than 32 levels",
            Self::TooManyValues => "holds more values than a real text of its length",
            Self::NotAnObject => "not a JSON object",
        })
    }
}

impl std::error::Error for JsonError {}

impl<'a> Object<'a> {
    /// Reads one JSON object.
    pub(crate) fn parse(text: &'a str) -> Result<Self, JsonError> {
        let problem = Cell::new(JsonError::Syntax);
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let value = ValueSeed { depth: 0, problem: &problem }
            .deserialize(&mut deserializer)
            .map_err(|_| problem.get())?;
        deserializer.end().map_err(|_| JsonError::Syntax)?;
        match value {
            Json::Object(object) => Ok(object),
            _ => Err(JsonError::NotAnObject),
        }
    }

    /// Reads one JSON object from a document that a trusted server publishes. It may begin with a byte order mark,
    /// which a reader may ignore (RFC 8259 §8.1).
    pub(crate) fn parse_document(document: &'a [u8]) -> Result<Self, JsonError> {
        let text = std::str::from_utf8(document).map_err(|_| JsonError::Syntax)?;
        Self::parse(text.strip_prefix('\u{feff}').unwrap_or(text))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Json<'a>> {
        let at = self.0.binary_search_by(|(member, _)| by_length(member, name)).ok()?;
        Some(&self.0[at].1)
    }

    /// The member as a string; `None` when it is absent or something else.
    pub(crate) fn string(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }
}

impl Json<'_> {
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }
}

#[derive(Clone, Copy)]
struct ValueSeed<'p> {
    depth: u8,
    problem: &'p Cell<JsonError>,
}

impl ValueSeed<'_> {
    /// The seed for the contents of an array or object at this depth.
    fn deeper<E: Error>(self) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            self.problem.set(JsonError::TooDeep);
            return Err(E::custom("too deep"));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for ValueSeed<'_> {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueSeed<'_> {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(value))
    }

    #[allow(clippy::cast_precision_loss)] // dates beyond 2^53 seconds need no exact comparison
    fn visit_u64<E>(self, number: u64) -> Result<Json<'de>, E> {
        Ok(Json::Number(number as f64))
    }

    #[allow(clippy::cast_precision_loss)] // as above
    fn visit_i64<E>(self, number: i64) -> Result<Json<'de>, E> {
        Ok(Json::Number(number as f64))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Json<'de>, E> {
        if !number.is_finite() {
            return Err(E::custom("not finite"));
        }
        Ok(Json::Number(number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::String(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json<'de>, E> {
        Ok(Json::String(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json<'de>, A::Error> {
        let seed = self.deeper()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(seed)? {
            array.push(item);
        }
        Ok(Json::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json<'de>, A::Error> {
        let seed = self.deeper()?;
        // Room for a usual claims set at once. Not for each object within: sixteen places for every `{}` of a
        // hostile token would cost three hundred times its bytes.
        let room = if self.depth == 0 { 16 } else { 0 };
        let mut members: Vec<(Cow<'de, str>, Json<'de>)> = Vec::with_capacity(room);
        while let Some(name) = entries.next_key_seed(NameSeed)? {
            if name.starts_with(RESERVED) {
                return entries.next_value_seed(LongNumber).map(Json::Number);
            }
            members.push((name, entries.next_value_seed(seed)?));
        }
        members.sort_unstable_by(|(a, _), (b, _)| by_length(a, b));
        if members.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            self.problem.set(JsonError::DuplicateMember);
            return Err(A::Error::custom("duplicate member"));
        }
        Ok(Json::Object(Object(members)))
    }
}

/// An order of names that mostly need not look at their characters.
fn by_length(a: &str, b: &str) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// Reads a member name, borrowed unless it holds an escape.
struct NameSeed;

impl<'de> DeserializeSeed<'de> for NameSeed {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for NameSeed {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

/// Reads a number that comes as a map of one reserved name and its digits, as it does once any crate of the
/// build switches serde_json's `arbitrary_precision` on. The digits come as an owned string, which no string
/// of a document does: a document that holds the reserved name itself is refused.
struct LongNumber;

impl<'de> DeserializeSeed<'de> for LongNumber {
    type Value = f64;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<f64, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for LongNumber {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no reserved name")
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<f64, E> {
        Err(E::custom("a reserved name"))
    }

    fn visit_string<E: Error>(self, digits: String) -> Result<f64, E> {
        let number = digits.parse::<f64>().ok().filter(|number| number.is_finite());
        number.ok_or_else(|| E::custom("not finite"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_whatever_their_order() {
        let object = Object::parse(r#"{"z":1,"a":"x","m":[null,true]}"#).unwrap();
        assert_eq!(object.string("a"), Some("x"));
        assert_eq!(object.get("z"), Some(&Json::Number(1.0)));
        assert_eq!(object.get("b"), None);
    }

    #[test]
    fn a_name_written_twice_is_refused_even_when_one_is_escaped() {
        for text in [
            r#"{"iss":"a","iss":"b"}"#,
            r#"{"iss":"a","\u0069ss":"b"}"#,
            r#"{"a":{"b":1,"b":2}}"#,
            r#"{"a":[{"b":1,"b":1}]}"#,
        ] {
            assert_eq!(Object::parse(text), Err(JsonError::DuplicateMember), "{text}");
        }
    }

    #[test]
    fn a_name_that_serde_json_reads_as_something_else_is_refused() {
        for text in [
            r#"{"$serde_json::private::RawValue":"{\"role\":\"admin\"}"}"#,
            r#"{"\u0024serde_json::private::RawValue":"0"}"#,
            r#"{"metadata":{"$serde_json::private::RawValue":"not JSON"}}"#,
            r#"{"metadata":{"a":1,"$serde_json::private::RawValue":[]}}"#,
            r#"{"exp":{"$serde_json::private::Number":"1"}}"#,
            r#"{"exp":{"$serde_json::private::Number":"\u0031"}}"#,
        ] {
            assert_eq!(Object::parse(text), Err(JsonError::Syntax), "{text}");
        }
    }

    #[test]
    fn nesting_ends_at_the_limit() {
        let nested = |levels: usize| format!("{{\"a\":{}1{}}}", "[".repeat(levels), "]".repeat(levels));
        assert!(Object::parse(&nested(31)).is_ok());
        assert_eq!(Object::parse(&nested(32)), Err(JsonError::TooDeep));
        assert_eq!(Object::parse(&nested(10_000)), Err(JsonError::TooDeep));
    }

    #[test]
    fn what_is_not_one_object_is_refused() {
        for (text, why) in [
            ("", JsonError::Syntax),
            ("[1]", JsonError::NotAnObject),
            ("\"x\"", JsonError::NotAnObject),
            ("{} {}", JsonError::Syntax),
            ("{\"a\":1e400}", JsonError::Syntax),
            ("{\"a\":NaN}", JsonError::Syntax),
            ("{\"a\":\"\\ud800\"}", JsonError::Syntax),
            ("\u{feff}{}", JsonError::Syntax),
        ] {
            assert_eq!(Object::parse(text), Err(why), "{text:?}");
        }
    }
}
