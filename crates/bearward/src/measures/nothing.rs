//! Nothing is measured: the same functions, without a body.

use std::time::Duration;

use bearward_core::engine::Source;
use bearward_core::trust::{FetchOutcome, Issuer};
use bearward_core::{AccessToken, Engine, Refusal};

use crate::fetch::Failed;

#[derive(Debug)]
pub(crate) struct Measures;

impl Measures {
    pub(crate) const fn new() -> Self {
        Self
    }

    pub(crate) fn decided(
        &self,
        _: &Engine,
        _: &Result<AccessToken, Refusal>,
        _: Source,
        _: impl FnOnce() -> Duration,
    ) {
    }
}

pub(crate) fn fetched(_: &Engine, _: &Issuer, _: &Result<FetchOutcome, Failed>) {}

pub(crate) fn introspected(_: &Engine, _: &Issuer, _: &Result<FetchOutcome, Failed>) {}

pub(crate) fn refused(_: &'static str) {}

pub(crate) fn refused_token(_: &Engine, _: &Refusal) {}

pub(crate) fn waiting(_: f64) {}
