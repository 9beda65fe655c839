//! What JavaScript must know of a provider's preset to send requests to the core, and to describe the API.

use std::collections::BTreeSet;

use bearward_core::trust::ProviderError;
use bearward_core::trust::provider::named;
use bearward_core::{Provider, Settings};
use napi::Result;
use napi_derive::napi;

use crate::error::unusable;
use crate::panic_guard::guard;

/// What follows from the values of a preset.
#[napi(object)]
#[derive(Debug)]
#[allow(unreachable_pub)] // JavaScript reaches it
pub struct ProviderFacts {
    /// The identifiers of its issuers.
    pub issuers: Vec<String>,
    /// Whom tokens must be for, where they say it in `aud`.
    pub audiences: Vec<String>,
    /// The header that has its tokens, where that is not `Authorization`.
    pub header: Option<String>,
}

/// The preset that environment variables name, names and values by turns: JSON, or nothing where they name none. Throws
/// what the operator must mend.
#[napi]
#[allow(unreachable_pub)] // JavaScript reaches it
pub fn provider_from_variables(variables: Vec<String>) -> Result<Option<String>> {
    guard(|| {
        let pairs = variables.chunks_exact(2).map(|pair| (&pair[0], &pair[1]));
        let provider = Provider::from_variables(pairs).map_err(|error| unusable(error.into()))?;
        Ok(provider.map(|provider| provider.to_json()))
    })
}

/// Reads a preset and its values, which are JSON. Throws what the operator must mend.
#[napi]
#[allow(unreachable_pub)] // JavaScript reaches it
pub fn provider_facts(provider: String) -> Result<ProviderFacts> {
    guard(|| {
        let value = Settings::json_value(&provider).map_err(unusable)?;
        facts(value).map_err(|error| unusable(error.into()))
    })
}

fn facts(value: serde_json::Value) -> std::result::Result<ProviderFacts, ProviderError> {
    let provider = Provider::from_value(value)?;
    let issuers = provider.issuers()?;
    let carried_in = named(provider.name()).and_then(|facts| facts.carried_in);
    let audiences: BTreeSet<_> = issuers.iter().flat_map(|issuer| issuer.audiences()).cloned().collect();
    Ok(ProviderFacts {
        audiences: audiences.into_iter().collect(),
        issuers: issuers.iter().map(|issuer| issuer.identifier().to_owned()).collect(),
        header: carried_in.map(str::to_owned),
    })
}
