//! Presets: the name of a provider and a few values become complete settings of its issuers.
//!
//! 1. The settings are one object with one name: `{"cognito": {"region": "eu-west-1", "pool": "eu-west-1_AbCdEf123",
//!    "clients": ["4example"]}}`. The names are those of [`ProviderFacts::name`](super::ProviderFacts::name). JSON, Rust
//!    constructors, environment variables and the Node package fill in the same [`Provider`].
//! 2. A name that is not known, of a provider or of a member, is refused: a setting that is ignored protects nothing.
//! 3. Each value is checked by its form ([`MemberForm`]) before it becomes a part of a URL.
//! 4. What the tokens of the provider look like is read from its row in [`PROVIDERS`](super::PROVIDERS).
//! 5. A preset only ever narrows: each names whom tokens must be for.

mod constructors;
mod error;
mod member;
mod nearest;
mod presets;
mod values;
mod variables;

use crate::request::credential::PlaceError;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

pub use self::error::ProviderError;
pub use self::member::{Member, MemberForm, Need, Takes};
pub use self::presets::PRESETS;
use self::values::Values;
use super::{KeyPlace, named};
use crate::request::credential::TokenHeader;
use crate::trust::issuer::IssuerConfig;
use crate::wire::json;

/// The settings that one provider needs: a row of [`PRESETS`].
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Preset {
    /// The name, that of the provider's row.
    pub name: &'static str,
    /// What it takes.
    pub members: &'static [Member],
    issuers: fn(&Values<'_>) -> Result<Vec<IssuerConfig>, ProviderError>,
}

impl Preset {
    /// The member of this name.
    fn member(&self, name: &str) -> Option<&'static Member> {
        self.members.iter().find(|member| member.name == name)
    }
}

/// One provider whose tokens are accepted, with the values that tell its installation and this API.
///
/// ```
/// use bearward_core::EngineConfig;
/// use bearward_core::trust::provider::Provider;
///
/// let cognito = Provider::cognito("eu-west-1", "eu-west-1_AbCdEf123").client("4example");
/// let same = Provider::from_json(
///     r#"{"cognito": {"region": "eu-west-1", "pool": "eu-west-1_AbCdEf123", "clients": ["4example"]}}"#,
/// )?;
/// assert_eq!(cognito, same);
/// let engine = EngineConfig::new().provider(cognito).build()?;
/// # Ok::<(), bearward_core::ConfigError>(())
/// ```
///
/// Values are checked when the engine is built, or by [`from_json`](Self::from_json). `Debug` shows no value, since one of
/// them may be a secret.
#[derive(Clone, PartialEq)]
#[must_use]
pub struct Provider {
    preset: &'static str,
    given: BTreeMap<String, Given>,
}

/// What was given for a member.
#[derive(Clone, PartialEq)]
enum Given {
    Texts(Vec<String>),
    Flag(bool),
    /// Something else, which no member takes.
    Other,
}

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
        let preset = preset_named(&name)?;
        let Value::Object(settings) = settings else { return Err(ProviderError::Form) };
        let given = settings.into_iter().map(|(name, value)| (name, Given::from(value))).collect();
        let provider = Self { preset: preset.name, given };
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
        let preset = preset_named(name)?;
        let mut provider = Self::of(preset.name);
        for (member, text) in members {
            let (member, text) = (member.as_ref(), text.as_ref());
            let is_flag = preset.member(member).is_some_and(|member| member.takes == Takes::Flag);
            let value = match text {
                "true" | "false" if is_flag => Given::Flag(text == "true"),
                _ => Given::Texts(vec![text.to_owned()]),
            };
            provider.add(member, value);
        }
        provider.issuers()?;
        Ok(provider)
    }

    /// The name of its preset.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.preset
    }

    /// The issuers that the values make: mostly one; several where the provider's tokens have one of several names as
    /// `iss`.
    ///
    /// # Errors
    /// [`ProviderError`] says which member is wrong, what it is, where it is found and an example.
    pub fn issuers(&self) -> Result<Vec<IssuerConfig>, ProviderError> {
        let preset = preset_named(self.preset)?;
        let values = Values::of(preset, &self.given)?;
        (preset.issuers)(&values)
    }

    /// The header that has its tokens, where that is not `Authorization`. `None` for a load balancer's, whose setting
    /// ([`IssuerConfig::load_balancer`]) says it.
    ///
    /// # Errors
    /// [`PlaceError`] where no header can be called so.
    pub fn token_header(&self) -> Result<Option<TokenHeader>, PlaceError> {
        // What a load balancer sets is read in a way of its own: the engine knows the header.
        let facts = named(self.preset).filter(|facts| !matches!(facts.keys, KeyPlace::PemByKid(_)));
        let Some(name) = facts.and_then(|facts| facts.carried_in) else { return Ok(None) };
        let header = TokenHeader::new(name)?;
        // IAP passes on the token that a service presented to it.
        Ok(Some(if self.preset == "google_iap" { header.beside_authorization() } else { header }))
    }

    /// The settings in JSON, which [`from_json`](Self::from_json) reads. A secret among them is in it.
    #[must_use]
    pub fn to_json(&self) -> String {
        let value = |given: &Given| match given {
            Given::Texts(texts) => Value::from(texts.clone()),
            Given::Flag(flag) => Value::Bool(*flag),
            Given::Other => Value::Null,
        };
        let preset = preset_named(self.preset).ok();
        let takes_one = |name: &str| preset?.member(name).map(|member| member.takes == Takes::One);
        let member = |(name, given): (&String, &Given)| match given {
            Given::Texts(texts) if takes_one(name) == Some(true) && texts.len() == 1 => {
                (name.clone(), Value::from(texts.concat()))
            }
            given => (name.clone(), value(given)),
        };
        let members: serde_json::Map<_, _> = self.given.iter().map(member).collect();
        Value::from_iter([(self.preset, Value::Object(members))]).to_string()
    }

    fn of(preset: &'static str) -> Self {
        Self { preset, given: BTreeMap::new() }
    }

    /// Adds a value, besides others given in the same way.
    fn with(mut self, member: &str, value: impl Into<String>) -> Self {
        self.add(member, Given::Texts(vec![value.into()]));
        self
    }

    fn add(&mut self, member: &str, value: Given) {
        match (self.given.get_mut(member), value) {
            (Some(Given::Texts(texts)), Given::Texts(more)) => texts.extend(more),
            (Some(known), _) => *known = Given::Other,
            (None, value) => drop(self.given.insert(member.to_owned(), value)),
        }
    }
}

fn preset_named(name: &str) -> Result<&'static Preset, ProviderError> {
    PRESETS.iter().find(|preset| preset.name == name).ok_or_else(|| ProviderError::UnknownProvider {
        name: name.to_owned(),
        nearest: nearest::provider(name),
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

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider")
            .field("name", &self.preset)
            .field("members", &self.given.keys().collect::<Vec<_>>())
            .finish()
    }
}

#[cfg(test)]
mod tests;
