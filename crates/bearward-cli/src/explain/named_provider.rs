//! `--provider`: a row of the table of providers, and the preset of that name where its values are given.

use bearward_core::Provider;
use bearward_core::trust::ProviderError;
use bearward_core::trust::provider::{self, PROVIDERS, ProviderFacts};

use crate::usage::UsageError;

/// What `--provider` names.
pub(super) struct NamedProvider {
    pub(super) facts: &'static ProviderFacts,
    /// What an API would be set up with, where the values were given.
    pub(super) preset: Option<Provider>,
}

/// Reads `keycloak`, `firebase:project=acme` with the values of the preset, or the preset in JSON.
pub(super) fn parse(text: &str) -> Result<NamedProvider, UsageError> {
    let refused = |error: ProviderError| UsageError::new(format!("--provider: {error}"));
    if text.trim_start().starts_with('{') {
        let preset = Provider::from_json(text).map_err(refused)?;
        return Ok(NamedProvider { facts: row(preset.name())?, preset: Some(preset) });
    }
    let Some((name, values)) = text.split_once(':') else {
        return Ok(NamedProvider { facts: row(text)?, preset: None });
    };
    let facts = row(name)?;
    let pairs: Option<Vec<_>> = values.split(',').map(|pair| pair.split_once('=')).collect();
    let pairs = pairs.ok_or_else(|| {
        UsageError::new(format!(
            "--provider {name}: write {name}:KEY=VALUE,KEY=VALUE; in JSON where a value has a comma"
        ))
    })?;
    let preset = Provider::from_texts(facts.name, pairs).map_err(refused)?;
    Ok(NamedProvider { facts, preset: Some(preset) })
}

fn row(name: &str) -> Result<&'static ProviderFacts, UsageError> {
    provider::named(name).ok_or_else(|| {
        let names: Vec<_> = PROVIDERS.iter().map(|facts| facts.name).collect();
        UsageError::new(format!("--provider: it is one of {}", names.join(", ")))
    })
}
