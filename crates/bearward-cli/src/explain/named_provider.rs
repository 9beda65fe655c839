//! `--provider`: a row of the table of providers, and the preset of that name where its values are given.

use bearward_core::Provider;
use bearward_core::provider::{self, PROVIDERS, ProviderFacts, Takes};
use serde_json::{Map, Value};

use crate::command::UsageError;

/// What `--provider` names.
pub(super) struct NamedProvider {
    pub(super) facts: &'static ProviderFacts,
    /// What an API would be set up with, where the values were given.
    pub(super) preset: Option<Provider>,
}

/// Reads `keycloak`, `firebase:project=acme` with the values of the preset, or the preset in JSON.
pub(super) fn parse(text: &str) -> Result<NamedProvider, UsageError> {
    let preset =
        |value| Provider::from_value(value).map_err(|error| UsageError::new(format!("--provider: {error}")));
    if text.trim_start().starts_with('{') {
        let preset =
            Provider::from_json(text).map_err(|error| UsageError::new(format!("--provider: {error}")))?;
        return Ok(NamedProvider { facts: row(preset.name())?, preset: Some(preset) });
    }
    let Some((name, values)) = text.split_once(':') else {
        return Ok(NamedProvider { facts: row(text)?, preset: None });
    };
    let facts = row(name)?;
    let members = members(facts.name, values)?;
    let value = Value::Object(Map::from_iter([(facts.name.to_owned(), Value::Object(members))]));
    Ok(NamedProvider { facts, preset: Some(preset(value)?) })
}

fn row(name: &str) -> Result<&'static ProviderFacts, UsageError> {
    provider::named(name).ok_or_else(|| {
        let names: Vec<_> = PROVIDERS.iter().map(|facts| facts.name).collect();
        UsageError::new(format!("--provider: it is one of {}", names.join(", ")))
    })
}

/// `clients=a,clients=b` is a list of two.
fn members(name: &'static str, values: &str) -> Result<Map<String, Value>, UsageError> {
    let mut members = Map::new();
    for pair in values.split(',') {
        let (member, text) = pair.split_once('=').ok_or_else(|| {
            UsageError::new(format!(
                "--provider {name}: write {name}:KEY=VALUE,KEY=VALUE; in JSON where a value has a comma"
            ))
        })?;
        let value =
            if is_flag(name, member) && text == "true" { Value::Bool(true) } else { Value::from(text) };
        match members.get_mut(member) {
            None => {
                members.insert(member.to_owned(), value);
            }
            Some(Value::Array(list)) => list.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    Ok(members)
}

fn is_flag(preset: &str, member: &str) -> bool {
    let preset = provider::PRESETS.iter().find(|known| known.name == preset);
    preset.is_some_and(|preset| {
        preset.members.iter().any(|known| known.name == member && known.takes == Takes::Flag)
    })
}
