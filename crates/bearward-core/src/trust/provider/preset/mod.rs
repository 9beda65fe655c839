//! Presets: the name of a provider and a few values become complete settings of its issuers.
//!
//! 1. Each value is checked by its form ([`MemberForm`]) before it becomes a part of a URL.
//! 2. What the values become, and what the tokens of the provider look like, is in its row of
//!    [`PROVIDERS`](super::PROVIDERS).
//! 3. A preset only ever narrows: each names whom tokens must be for.

mod error;
mod member;
pub(super) mod nearest;
mod values;

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

pub use self::error::ProviderError;
pub use self::member::Member;
pub(super) use self::member::{MemberForm, Need, Takes};
pub(super) use self::values::Values;
use super::{KeyPlace, ProviderFacts};
use crate::request::credential::{BesideAuthorization, PlaceError, TokenHeader};
use crate::trust::issuer::IssuerConfig;

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
#[derive(Clone)]
#[must_use]
pub struct Provider {
    facts: &'static ProviderFacts,
    given: BTreeMap<String, Given>,
}

/// What was given for a member.
#[derive(Clone, PartialEq)]
pub(super) enum Given {
    Texts(Vec<String>),
    Flag(bool),
    /// Something else, which no member takes.
    Other,
}

impl Provider {
    /// The name of its preset.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.facts.name
    }

    /// The issuers that the values make: mostly one; several where the provider's tokens have one of several names as
    /// `iss`.
    ///
    /// # Errors
    /// [`ProviderError`] says which member is wrong, what it is, where it is found and an example.
    pub fn issuers(&self) -> Result<Vec<IssuerConfig>, ProviderError> {
        let values = Values::of(self.facts, &self.given)?;
        (self.facts.issuer_configs)(&values)
    }

    /// The header that has its tokens, where that is not `Authorization`. `None` for a load balancer's, whose setting
    /// ([`IssuerConfig::load_balancer`]) says it.
    ///
    /// # Errors
    /// [`PlaceError`] where no header can be called so.
    pub fn token_header(&self) -> Result<Option<TokenHeader>, PlaceError> {
        // What a load balancer sets is read in a way of its own: the engine knows the header.
        let is_load_balancer = matches!(self.facts.keys, KeyPlace::PemByKid(_));
        let Some(name) = self.facts.carried_in.filter(|_| !is_load_balancer) else { return Ok(None) };
        let header = TokenHeader::new(name)?;
        Ok(Some(match self.facts.beside_authorization {
            BesideAuthorization::Refuse => header,
            BesideAuthorization::Ignore => header.beside_authorization(),
        }))
    }

    /// The settings in JSON, which [`from_json`](Self::from_json) reads. A secret among them is in it.
    #[must_use]
    pub fn to_json(&self) -> String {
        let value = |given: &Given| match given {
            Given::Texts(texts) => Value::from(texts.clone()),
            Given::Flag(flag) => Value::Bool(*flag),
            Given::Other => Value::Null,
        };
        let takes_one = |name: &str| self.facts.member(name).is_some_and(|member| member.takes == Takes::One);
        let member = |(name, given): (&String, &Given)| match given {
            Given::Texts(texts) if takes_one(name) && texts.len() == 1 => {
                (name.clone(), Value::from(texts.concat()))
            }
            given => (name.clone(), value(given)),
        };
        let members: serde_json::Map<_, _> = self.given.iter().map(member).collect();
        Value::from_iter([(self.facts.name, Value::Object(members))]).to_string()
    }

    /// An audience of this API, besides others given in the same way.
    pub fn audience(self, audience: impl Into<String>) -> Self {
        self.with("audience", audience)
    }

    /// A client whose tokens without `aud` are for this API, besides others given in the same way.
    pub fn client(self, client_id: impl Into<String>) -> Self {
        self.with("clients", client_id)
    }

    /// A provider without values.
    pub(super) fn of(facts: &'static ProviderFacts) -> Self {
        Self { facts, given: BTreeMap::new() }
    }

    /// Adds a value, besides others given in the same way.
    pub(super) fn with(mut self, member: &str, value: impl Into<String>) -> Self {
        self.add(member, Given::Texts(vec![value.into()]));
        self
    }

    /// Sets a flag.
    pub(super) fn with_flag(mut self, member: &str) -> Self {
        self.given.insert(member.to_owned(), Given::Flag(true));
        self
    }

    pub(super) fn add(&mut self, member: &str, value: Given) {
        match (self.given.get_mut(member), value) {
            (Some(Given::Texts(texts)), Given::Texts(more)) => texts.extend(more),
            (Some(known), _) => *known = Given::Other,
            (None, value) => drop(self.given.insert(member.to_owned(), value)),
        }
    }
}

/// The same provider, with the same values.
impl PartialEq for Provider {
    fn eq(&self, other: &Self) -> bool {
        self.facts.name == other.facts.name && self.given == other.given
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider")
            .field("name", &self.facts.name)
            .field("members", &self.given.keys().collect::<Vec<_>>())
            .finish()
    }
}

#[cfg(test)]
mod tests;
