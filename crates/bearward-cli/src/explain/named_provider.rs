//! `--provider`: a row of the table of providers, and the issuer that its form makes.

use bearward_core::provider::{self, IssuerForm, PROVIDERS, ProviderFacts};

use crate::command::UsageError;

/// What `--provider` names.
pub(super) struct NamedProvider {
    pub(super) facts: &'static ProviderFacts,
    /// The issuer, where its form's values were given.
    pub(super) issuer: Option<String>,
}

/// Reads `keycloak`, or `auth0:tenant=acme.eu` with what fills the form of the issuer.
pub(super) fn parse(text: &str) -> Result<NamedProvider, UsageError> {
    let (name, values) = match text.split_once(':') {
        Some((name, values)) => (name, Some(values)),
        None => (text, None),
    };
    let facts = provider::named(name).ok_or_else(|| {
        let names: Vec<_> = PROVIDERS.iter().map(|facts| facts.name).collect();
        UsageError::new(format!("--provider: it is one of {}", names.join(", ")))
    })?;
    let issuer = values.map(|values| fill(facts, values)).transpose()?;
    Ok(NamedProvider { facts, issuer })
}

fn fill(facts: &'static ProviderFacts, values: &str) -> Result<String, UsageError> {
    let Some(form) = facts.preset_issuer() else {
        return Err(UsageError::new(format!(
            "--provider {}: its issuer has no form to fill in; name the issuer with --issuer",
            facts.name
        )));
    };
    let given: Vec<_> = values.split(',').filter_map(|pair| pair.split_once('=')).collect();
    let wrong = || UsageError::new(format!("--provider {}: write {}", facts.name, usage(facts, form)));
    let is_known = |name: &str| form.holes().any(|hole| hole == name);
    if given.len() != values.split(',').count() || given.iter().any(|(name, _)| !is_known(name)) {
        return Err(wrong());
    }
    let value = |hole: &str| given.iter().find(|(name, _)| *name == hole).map(|(_, value)| *value);
    form.fill(value).ok_or_else(wrong)
}

/// How the values are written: `--provider auth0:tenant=…, for https://{tenant}.auth0.com/`.
fn usage(facts: &ProviderFacts, form: &IssuerForm) -> String {
    let values: Vec<_> = form.holes().map(|hole| format!("{hole}=…")).collect();
    format!("--provider {}:{}, for {}", facts.name, values.join(","), form.0)
}
