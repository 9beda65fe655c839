//! Reads settings out of JSON values, and says at which path something is wrong.
//!
//! 1. A member that is not known is an error with the member that was probably meant: a setting that is ignored protects
//!    nothing.
//! 2. No error quotes a value, since a secret may be in the wrong place.
//! 3. All problems are found in one go: what is wrong is taken out, and the rest is read again.

use std::fmt::Display;

use serde::de::value::{StrDeserializer, StringDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, Expected, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value, map};

use super::error::{ConfigError, Problem};
use crate::wire::misspelling::closest_name;

/// No file with more problems than this is repaired problem by problem.
const MAX_PROBLEMS: usize = 100;

/// Names of members are shown up to here.
const MAX_SHOWN: usize = 40;

/// Reads the settings, or says every problem; both where the rest of the settings can be read without what is wrong.
pub(super) fn read<T: DeserializeOwned>(mut value: Value) -> (Option<T>, Vec<ConfigError>) {
    let mut problems = Vec::new();
    loop {
        match T::deserialize(Reader(&value)) {
            Ok(read) => return (Some(read), problems),
            Err(problem) => {
                let is_gone = take_out_with_parents(&mut value, &problem.path);
                problems.push(problem);
                if !is_gone || problems.len() >= MAX_PROBLEMS {
                    return (None, problems);
                }
            }
        }
    }
}

/// Removes what is at the path, or what it is in: a member that is missing cannot be removed by itself.
fn take_out_with_parents(value: &mut Value, path: &str) -> bool {
    let mut path = path;
    while !take_out(value, path) {
        match path.rfind(['.', '[']) {
            Some(end) => path = &path[..end],
            None => return false,
        }
    }
    true
}

/// Removes what is at the path. `false` where nothing is there. An element of a list becomes an empty object, so that
/// those after it keep their paths.
fn take_out(value: &mut Value, path: &str) -> bool {
    match value {
        Value::Object(members) => {
            let is_start = |name: &&String| {
                let rest = path.strip_prefix(&*shown(name));
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
            };
            let Some(name) = members.keys().filter(is_start).max_by_key(|name| name.len()).cloned() else {
                return false;
            };
            let rest = path[shown(&name).len()..].trim_start_matches('.');
            match rest {
                "" => members.remove(&name).is_some(),
                rest => members.get_mut(&name).is_some_and(|inner| take_out(inner, rest)),
            }
        }
        Value::Array(elements) => {
            let place = path.strip_prefix('[').and_then(|rest| rest.split_once(']'));
            let Some((Ok(index), rest)) = place.map(|(index, rest)| (index.parse::<usize>(), rest)) else {
                return false;
            };
            match (rest.trim_start_matches('.'), elements.get_mut(index)) {
                ("", Some(element)) => !std::mem::replace(element, Value::Object(Map::new())).is_object(),
                (rest, Some(element)) => take_out(element, rest),
                (_, None) => false,
            }
        }
        _ => false,
    }
}

/// The name of a member, as it is shown in a path.
pub(super) fn shown(name: &str) -> String {
    let harmless =
        |character: char| if character.is_control() { char::REPLACEMENT_CHARACTER } else { character };
    name.chars().take(MAX_SHOWN).map(harmless).collect()
}

struct Reader<'v>(&'v Value);

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = ConfigError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ConfigError> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(flag) => visitor.visit_bool(*flag),
            Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(number), ..) => visitor.visit_u64(number),
                (None, Some(number), _) => visitor.visit_i64(number),
                (None, None, number) => visitor.visit_f64(number.unwrap_or(f64::NAN)),
            },
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Array(elements) => visitor.visit_seq(Elements { left: elements, index: 0 }),
            Value::Object(members) => visitor.visit_map(Members { left: members.iter(), value: None }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ConfigError> {
        match self.0 {
            // What is written and empty says nothing: taken for absent, it would switch off what it is about.
            Value::Null => Err(Error::custom("a value, or left out: null and an empty member say nothing")),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ConfigError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ConfigError> {
        match self.0 {
            Value::String(word) => visitor.visit_enum(StrDeserializer::new(word)),
            _ => Err(ConfigError::new("", Problem::NotOneOf { nearest: None, words })),
        }
    }

    /// Never by position, as serde would have it too.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ConfigError> {
        match self.0 {
            Value::Object(_) => self.deserialize_any(visitor),
            _ => Err(ConfigError::custom("an object")),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq
        tuple tuple_struct map identifier ignored_any
    }
}

struct Elements<'v> {
    left: &'v [Value],
    index: usize,
}

impl<'v> SeqAccess<'v> for Elements<'v> {
    type Error = ConfigError;

    fn next_element_seed<T: DeserializeSeed<'v>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ConfigError> {
        let Some((first, rest)) = self.left.split_first() else { return Ok(None) };
        let at = format!("[{}]", self.index);
        (self.left, self.index) = (rest, self.index + 1);
        seed.deserialize(Reader(first)).map(Some).map_err(|error| error.below(&at))
    }
}

struct Members<'v> {
    left: map::Iter<'v>,
    value: Option<(&'v str, &'v Value)>,
}

impl<'v> MapAccess<'v> for Members<'v> {
    type Error = ConfigError;

    fn next_key_seed<K: DeserializeSeed<'v>>(&mut self, seed: K) -> Result<Option<K::Value>, ConfigError> {
        let Some((name, value)) = self.left.next() else { return Ok(None) };
        self.value = Some((name, value));
        let name: StringDeserializer<ConfigError> = name.clone().into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'v>>(&mut self, seed: T) -> Result<T::Value, ConfigError> {
        let (name, value) = self.value.take().ok_or_else(|| ConfigError::custom("an object"))?;
        seed.deserialize(Reader(value)).map_err(|error| error.below(&shown(name)))
    }
}

/// No message quotes a value.
impl Error for ConfigError {
    fn custom<T: Display>(form: T) -> Self {
        Self::new("", Problem::Form(form.to_string()))
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new("", Problem::Form(in_words(&expected.to_string())))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new("", Problem::Form(in_words(&expected.to_string())))
    }

    fn invalid_length(_: usize, expected: &dyn Expected) -> Self {
        Self::new("", Problem::Form(in_words(&expected.to_string())))
    }

    fn unknown_field(name: &str, members: &'static [&'static str]) -> Self {
        let nearest = nearest(name, members);
        Self::new(shown(name), Problem::UnknownMember { nearest, members })
    }

    fn unknown_variant(word: &str, words: &'static [&'static str]) -> Self {
        Self::new("", Problem::NotOneOf { nearest: nearest(word, words), words })
    }

    fn missing_field(name: &'static str) -> Self {
        Self::new(name, Problem::Missing)
    }
}

fn nearest(name: &str, known: &'static [&'static str]) -> Option<&'static str> {
    closest_name(name, known.iter().copied())
}

/// The words that serde has for forms, in those of settings.
fn in_words(expected: &str) -> String {
    match expected {
        "a string" => "a text".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a map" => "an object".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "usize" | "u64" => "a whole number that is not negative".to_owned(),
        form if form.starts_with("struct ") => "an object".to_owned(),
        form => form.to_owned(),
    }
}
