//! One engine for several threads.

use anyhow::Result;

use super::gate::Gate;
use super::verify::gate;
use crate::contender::Sample;

/// An engine that has seen each token of a sample.
pub(crate) struct Warm<'a> {
    gate: Gate,
    tokens: &'a [String],
}

impl<'a> Warm<'a> {
    pub(crate) fn new(sample: &'a Sample) -> Result<Self> {
        let warm = Self { gate: gate(sample)?, tokens: &sample.tokens };
        warm.tokens.iter().try_for_each(|token| warm.gate.accept(token))?;
        Ok(warm)
    }

    /// Accepts each token once.
    pub(crate) fn accept_all(&self) -> Result<()> {
        self.tokens.iter().try_for_each(|token| self.gate.accept(token))
    }
}
