//! A provider in JSON, and in the texts of a command line.
//!
//! 1. The settings are one object with one name: `{"cognito": {"region": "eu-west-1", "pool": "eu-west-1_AbCdEf123",
//!    "clients": ["4example"]}}`. The names are those of [`ProviderFacts::name`]. JSON, Rust constructors, environment
//!    variables and the Node package fill in the same [`Provider`].
//! 2. A name that is not known, of a provider or of a member, is refused: a setting that is ignored protects nothing.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::preset::{Given, nearest};
use super::{PROVIDERS, Provider, ProviderError, ProviderFacts, Takes, named};
use crate::wire::json;

impl Provider {
    /// Reads `{"auth0": {"domain": "acme.eu.auth0.com", "audience": "https://api.example.com"}}`, and checks it.
    ///
    /// # Errors
    /// [`ProviderError`] says which member is wrong, what it is, where it is found and an example.
    pub fn from_json(text: &str) -> Result<Self, ProviderError> {
        json::Object::parse(text).map_err(ProviderError::Json)?;
        let value = serde_json::from_str(text).map_err(|_| ProviderError::Json(json::JsonError::Syntax))?;
        Self::from_value(value)
    }

    /// Reads the same as [`from_json`](Self::from_json) from a value, and checks it.
    ///
    /// # Errors
    /// [`ProviderError`], as `from_json`.
    pub fn from_value(value: Value) -> Result<Self, ProviderError> {
        let Value::Object(object) = value else { return Err(ProviderError::Form) };
        let mut members = object.into_iter();
        let (Some((name, settings)), None) = (members.next(), members.next()) else {
            return Err(ProviderError::Form);
        };
        let mut provider = Self::of(row(&name)?);
        let Value::Object(settings) = settings else { return Err(ProviderError::Form) };
        for (member, value) in settings {
            provider.add(&member, Given::from(value));
        }
        provider.issuers()?;
        Ok(provider)
    }

    /// Reads the name of a preset and the values of its members, which are texts, and checks it: `true` or `false` for a
    /// flag; a member that takes several values may be repeated.
    ///
    /// ```
    /// use bearward_core::Provider;
    ///
    /// let auth0 = [("domain", "acme.eu.auth0.com"), ("audience", "https://api.example.com")];
    /// let provider = Provider::from_texts("auth0", auth0)?;
    /// # let _ = provider;
    /// # Ok::<(), bearward_core::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// [`ProviderError`], as [`from_json`](Self::from_json).
    pub fn from_texts<N: AsRef<str>, V: AsRef<str>>(
        name: &str,
        members: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self, ProviderError> {
        let facts = row(name)?;
        let mut provider = Self::of(facts);
        for (member, text) in members {
            let (member, text) = (member.as_ref(), text.as_ref());
            let is_flag = facts.member(member).is_some_and(|member| member.takes == Takes::Flag);
            let value = match text {
                "true" | "false" if is_flag => Given::Flag(text == "true"),
                _ => Given::Texts(vec![text.to_owned()]),
            };
            provider.add(member, value);
        }
        provider.issuers()?;
        Ok(provider)
    }
}

/// The row of this name, or which name is probably meant.
pub(super) fn row(name: &str) -> Result<&'static ProviderFacts, ProviderError> {
    named(name).ok_or_else(|| ProviderError::UnknownProvider {
        name: name.to_owned(),
        nearest: nearest::provider(name, PROVIDERS),
        providers: PROVIDERS.iter().map(|facts| facts.name).collect(),
    })
}

impl From<Value> for Given {
    fn from(value: Value) -> Self {
        let text = |value| match value {
            Value::String(text) => Some(text),
            _ => None,
        };
        match value {
            Value::String(text) => Self::Texts(vec![text]),
            Value::Bool(flag) => Self::Flag(flag),
            Value::Array(texts) => {
                texts.into_iter().map(text).collect::<Option<_>>().map_or(Self::Other, Self::Texts)
            }
            // A JWK Set is JSON, so it may be given as such.
            Value::Object(_) => Self::Texts(vec![value.to_string()]),
            _ => Self::Other,
        }
    }
}

/// The form of [`Provider::from_json`].
impl<'de> Deserialize<'de> for Provider {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_value(Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
