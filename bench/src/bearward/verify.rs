//! The core on its own, with a static key set and default limits.

use anyhow::Result;
use bearward_core::{EngineConfig, IssuerConfig};
use serde_json::json;

use super::NAME;
use super::gate::Gate;
use crate::contender::{Contender, Sample};

struct Bearward<'a> {
    sample: &'a Sample,
    gate: Gate,
}

pub(crate) fn contender<'a>(sample: &'a Sample) -> Result<Box<dyn Contender + 'a>> {
    Ok(Box::new(Bearward { sample, gate: gate(sample)? }))
}

pub(super) fn gate(sample: &Sample) -> Result<Gate> {
    let keys = json!({ "keys": [sample.key.jwk()] }).to_string();
    Gate::new(
        EngineConfig::new()
            .issuer(IssuerConfig::new(sample.issuer).static_keys(keys))
            .audience(sample.audience),
    )
}

impl Contender for Bearward<'_> {
    fn name(&self) -> &'static str {
        NAME
    }

    /// A new engine has an empty verified-token cache.
    fn forget(&mut self) -> Result<()> {
        self.gate = gate(self.sample)?;
        Ok(())
    }

    fn each_token(&mut self) -> Result<()> {
        self.sample.tokens.iter().try_for_each(|token| self.gate.accept(token))
    }

    fn one_token(&mut self, times: usize) -> Result<()> {
        (0..times).try_for_each(|_| self.gate.accept(&self.sample.tokens[0]))
    }
}
