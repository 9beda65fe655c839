//! What takes part in `verify`, and the tokens it is given.

use anyhow::Result;

use crate::token::{Algorithm, Mint, SigningKey};

/// Distinct tokens of one issuer, all valid, signed with one key.
pub(crate) struct Sample {
    pub(crate) issuer: &'static str,
    pub(crate) audience: &'static str,
    pub(crate) key: SigningKey,
    pub(crate) tokens: Vec<String>,
}

/// Something that verifies, and except for the raw check validates, the tokens of a sample.
///
/// The loops are the contender's, so that none is timed through a dynamic call per token.
pub(crate) trait Contender {
    /// Its name in the report.
    fn name(&self) -> &'static str;

    /// Drops whatever it remembers of tokens seen. Not timed.
    fn forget(&mut self) -> Result<()>;

    /// Accepts every token of the sample, each once.
    fn each_token(&mut self) -> Result<()>;

    /// Accepts the sample's first token `times` times.
    fn one_token(&mut self, times: usize) -> Result<()>;
}

impl Sample {
    pub(crate) fn new(algorithm: Algorithm, count: usize) -> Result<Self> {
        let (issuer, audience) = ("https://as.example/tenant-1", "https://api.example");
        let key = SigningKey::generate(algorithm, "2026-11-a")?;
        let tokens = Mint { issuer, audience, key: &key }.tokens(count)?;
        Ok(Self { issuer, audience, key, tokens })
    }
}
