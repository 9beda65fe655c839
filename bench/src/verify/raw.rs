//! The floor: the signature check alone, with the key parsed and the signature's bytes at hand.

use std::hint::black_box;

use anyhow::{Context as _, Result};
use aws_lc_rs::signature::ParsedPublicKey;

use crate::contender::{Contender, Sample};
use crate::token::{signature, signed_part};

/// Its name in the report.
pub(crate) const RAW: &str = "aws-lc-rs, signature alone";

pub(super) struct Raw<'a> {
    key: ParsedPublicKey,
    messages: Vec<(&'a str, Vec<u8>)>,
}

impl<'a> Raw<'a> {
    pub(super) fn new(sample: &'a Sample) -> Result<Self> {
        let split = |token: &'a String| Ok((signed_part(token)?, signature(token)?));
        Ok(Self {
            key: sample.key.parsed_public_key()?,
            messages: sample.tokens.iter().map(split).collect::<Result<_>>()?,
        })
    }

    fn verify(&self, (message, signature): &(&str, Vec<u8>)) -> Result<()> {
        self.key
            .verify_sig(black_box(message.as_bytes()), black_box(signature))
            .context("a good signature was refused")
    }
}

impl Contender for Raw<'_> {
    fn name(&self) -> &'static str {
        RAW
    }

    fn forget(&mut self) -> Result<()> {
        Ok(())
    }

    fn each_token(&mut self) -> Result<()> {
        self.messages.iter().try_for_each(|message| self.verify(message))
    }

    fn one_token(&mut self, times: usize) -> Result<()> {
        (0..times).try_for_each(|_| self.verify(&self.messages[0]))
    }
}
