//! `jsonwebtoken` as an API would best use it: the key prepared once, issuer, audience and expiry
//! required and checked, the claims read into a type. Finding the key by its `kid` is left out, to its
//! advantage.

use std::hint::black_box;

use anyhow::{Context as _, Result, bail};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{DecodingKey, Validation, decode};

use crate::contender::{Contender, Sample};
use crate::token::{Algorithm, Caller};

/// Its name in the report.
pub(crate) const JSONWEBTOKEN: &str = "jsonwebtoken";

pub(super) struct JsonWebToken<'a> {
    key: DecodingKey,
    validation: Validation,
    tokens: &'a [String],
}

impl<'a> JsonWebToken<'a> {
    pub(super) fn new(sample: &'a Sample) -> Result<Self> {
        let jwk: Jwk = serde_json::from_value(sample.key.jwk())?;
        let mut validation = Validation::new(match sample.key.algorithm() {
            Algorithm::RS256 => jsonwebtoken::Algorithm::RS256,
            Algorithm::ES256 => jsonwebtoken::Algorithm::ES256,
            Algorithm::EdDSA => jsonwebtoken::Algorithm::EdDSA,
            other => bail!("{} is not measured beside it", other.name()),
        });
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        validation.set_issuer(&[sample.issuer]);
        validation.set_audience(&[sample.audience]);
        Ok(Self { key: DecodingKey::from_jwk(&jwk)?, validation, tokens: &sample.tokens })
    }

    fn verify(&self, token: &str) -> Result<()> {
        decode::<Caller>(black_box(token), &self.key, &self.validation)
            .map(|verified| {
                black_box(verified);
            })
            .context("a good token was refused")
    }
}

impl Contender for JsonWebToken<'_> {
    fn name(&self) -> &'static str {
        JSONWEBTOKEN
    }

    fn forget(&mut self) -> Result<()> {
        Ok(())
    }

    fn each_token(&mut self) -> Result<()> {
        self.tokens.iter().try_for_each(|token| self.verify(token))
    }

    fn one_token(&mut self, times: usize) -> Result<()> {
        (0..times).try_for_each(|_| self.verify(&self.tokens[0]))
    }
}
