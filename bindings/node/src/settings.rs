//! Settings cross the boundary as data, in the form of the core's [`Settings`], and are read by the core alone.
//!
//! 1. What JavaScript has as code is beside them: resolvers, stores, the function that says whom a framework trusts.
//! 2. Nothing here names a setting twice: a new one needs no line of this addon.

use bearward_core::engine::{IssuerResolution, Store};
use bearward_core::{EngineConfig, IssuerConfig, Settings};
use napi::Result;
use napi_derive::napi;
use serde_json::{Value, json};

use crate::error::unusable;
use crate::request_parts::TRUSTED_PEER;

/// What JavaScript has as code, beside settings that are data.
#[napi(object)]
#[derive(Debug)]
#[allow(unreachable_pub)] // JavaScript reaches it
pub struct Beside {
    /// Whether it is asked about issuers that are not configured.
    pub resolves_issuers: Option<bool>,
    /// Whether it asks a store of revocations about each token.
    pub asks_revocation_store: Option<bool>,
    /// Whether each verdict says what its token was judged by.
    pub is_observed: Option<bool>,
}

/// The configuration of these settings, which are JSON. `proofs` is where used proofs are remembered.
pub(crate) fn engine_config(json: &str, beside: Option<&Beside>, proofs: Store) -> Result<EngineConfig> {
    let mut value = Settings::json_value(json).map_err(unusable)?;
    trust_peer(&mut value);
    let config = Settings::from_value(value).and_then(|settings| settings.engine_config());
    let said = |what: fn(&Beside) -> Option<bool>| beside.and_then(what).unwrap_or(false);
    let resolution = match said(|beside| beside.resolves_issuers) {
        true => IssuerResolution::On,
        false => IssuerResolution::Off,
    };
    let revocations = match said(|beside| beside.asks_revocation_store) {
        true => Store::Shared,
        false => Store::Own,
    };
    Ok(config.map_err(unusable)?.issuer_resolution(resolution).replays(proofs).revocations(revocations))
}

/// The configuration of one issuer that a resolver of JavaScript's named, as JSON.
pub(crate) fn issuer_config(json: &str) -> Result<IssuerConfig> {
    Settings::json_value(json).and_then(IssuerConfig::from_value).map_err(unusable)
}

/// Whom a framework trusts may be any function, so JavaScript asks it, and a trusted peer has this one address.
fn trust_peer(settings: &mut Value) {
    let Some(settings) = settings.as_object_mut() else { return };
    let proxies = settings.entry("trusted_proxies").or_insert_with(|| json!({}));
    if let Some(proxies) = proxies.as_object_mut() {
        proxies.insert("networks".to_owned(), json!([TRUSTED_PEER.to_string()]));
    }
}
