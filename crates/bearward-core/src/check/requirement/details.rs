//! Authorization details (RFC 9396): what a token permits beyond what a scope can say.
//!
//! 1. The claim `authorization_details` is an array of objects, each with a `type` (§2). One of them must have all that is
//!    required; two of them are never taken together.
//! 2. Only what is required is compared. A token's element without `actions` grants no action that is required: what an
//!    absent member means is its type's to say (§2.2), and not known here.
//! 3. A claim that is not of this form says nothing that can be relied on: a token with one is refused by every requirement
//!    that looks at authorization details, whatever else the requirement permits.
//! 4. Strings are compared whole and in their case; members of a type's own as claims are ([`super::compare`]).

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::RequirementError;
use super::compare::comparable;
use super::compare::{Truth, equals};

/// The claim, and the member of an introspection's answer (§9).
pub(super) const CLAIM: &str = "authorization_details";

/// The members that are lists, by their names (§2.2).
const LISTS: [&str; 4] = ["locations", "actions", "datatypes", "privileges"];

/// Authorization details that a token must have. Made by [`authorization_details`](super::authorization_details).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[must_use = "say that they must be granted"]
pub struct AuthorizationDetails {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    locations: Option<Vec<String>>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    actions: Option<Vec<String>>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    datatypes: Option<Vec<String>>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    privileges: Option<Vec<String>>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    identifier: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    members: BTreeMap<String, Value>,
}

/// A member that is written has a value: `null`, taken for absent, would require less than was meant.
pub(super) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl AuthorizationDetails {
    pub(super) fn of_type(kind: String) -> Self {
        Self {
            kind,
            locations: None,
            actions: None,
            datatypes: None,
            privileges: None,
            identifier: None,
            members: BTreeMap::new(),
        }
    }

    /// All of these are among its `locations`.
    pub fn locations<S: Into<String>>(self, locations: impl IntoIterator<Item = S>) -> Self {
        Self { locations: Some(owned(locations)), ..self }
    }

    /// All of these are among its `actions`.
    pub fn actions<S: Into<String>>(self, actions: impl IntoIterator<Item = S>) -> Self {
        Self { actions: Some(owned(actions)), ..self }
    }

    /// All of these are among its `datatypes`.
    pub fn datatypes<S: Into<String>>(self, datatypes: impl IntoIterator<Item = S>) -> Self {
        Self { datatypes: Some(owned(datatypes)), ..self }
    }

    /// All of these are among its `privileges`.
    pub fn privileges<S: Into<String>>(self, privileges: impl IntoIterator<Item = S>) -> Self {
        Self { privileges: Some(owned(privileges)), ..self }
    }

    /// Its `identifier` is this one.
    pub fn identifier(self, identifier: impl Into<String>) -> Self {
        Self { identifier: Some(identifier.into()), ..self }
    }

    /// A member of the type's own has exactly this value, such as `creditorAccount`.
    pub fn member(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.members.insert(name.into(), value.into());
        self
    }

    fn lists(&self) -> impl Iterator<Item = (&'static str, &[String])> {
        let lists = [&self.locations, &self.actions, &self.datatypes, &self.privileges];
        LISTS.into_iter().zip(lists).filter_map(|(name, list)| Some((name, list.as_deref()?)))
    }

    pub(super) fn check(&self) -> Result<(), RequirementError> {
        RequirementError::if_nameless("type of authorization details", &self.kind)?;
        for (name, list) in self.lists() {
            RequirementError::if_empty(name, list)?;
            list.iter().try_for_each(|value| RequirementError::if_nameless(name, value))?;
        }
        if let Some(identifier) = &self.identifier {
            RequirementError::if_nameless("identifier", identifier)?;
        }
        for (name, value) in &self.members {
            if name.is_empty() || LISTS.contains(&&**name) || ["type", "identifier"].contains(&&**name) {
                return Err(RequirementError::DetailMember(name.clone()));
            }
            comparable(value)?;
        }
        Ok(())
    }

    /// Whether a claim that [is well-formed](are_well_formed) has an element with all of this.
    pub(super) fn are_in(&self, claim: Option<&Value>) -> Truth {
        let elements = claim.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        Truth::any(elements.iter().filter_map(Value::as_object).map(|element| self.are_of(element)))
    }

    fn are_of(&self, element: &Map<String, Value>) -> Truth {
        let is_text = |name, wanted: &String| element.get(name).and_then(Value::as_str) == Some(wanted);
        let lists = |name, wanted: &[String]| {
            let own = element.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            wanted.iter().all(|wanted| own.iter().any(|own| own.as_str() == Some(wanted)))
        };
        let is_common = is_text("type", &self.kind)
            && self.identifier.as_ref().is_none_or(|wanted| is_text("identifier", wanted))
            && self.lists().all(|(name, wanted)| lists(name, wanted));
        if !is_common {
            return Truth::No;
        }
        let member = |(name, wanted)| element.get(name).map_or(Truth::No, |own| equals(own, wanted));
        Truth::all(self.members.iter().map(member))
    }
}

/// Whether a claim is absent or has the form of §2. One element of another form makes all of it malformed.
pub(super) fn are_well_formed(claim: Option<&Value>) -> bool {
    let is_text = |value: &Value| value.is_string();
    let is_element = |element: &Value| {
        let Some(members) = element.as_object() else { return false };
        let is_list = |name: &&str| {
            members.get(*name).is_none_or(|list| list.as_array().is_some_and(|list| list.iter().all(is_text)))
        };
        members.get("type").is_some_and(is_text)
            && members.get("identifier").is_none_or(is_text)
            && LISTS.iter().all(is_list)
    };
    match claim {
        None => true,
        Some(claim) => claim.as_array().is_some_and(|elements| elements.iter().all(is_element)),
    }
}

fn owned<S: Into<String>>(values: impl IntoIterator<Item = S>) -> Vec<String> {
    values.into_iter().map(Into::into).collect()
}
