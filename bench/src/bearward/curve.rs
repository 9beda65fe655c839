//! The points of the cost curve: an engine that holds so many tokens, issuers or keys, and requests that
//! ask for them in random order.

use anyhow::{Context as _, Result};
use bearward_core::trust::Limits;
use bearward_core::{EngineConfig, IssuerConfig};
use serde_json::json;

use super::gate::Gate;
use crate::curve::{Axis, Cost, Point};
use crate::process::resident_bytes;
use crate::statistics::Rounds;
use crate::timing::nanoseconds_each;
use crate::token::{Algorithm, Mint, SigningKey};

const AUDIENCE: &str = "https://api.example";
/// Requests per round: enough that a round takes some tens of milliseconds at least.
const REQUESTS: usize = 100_000;
/// The same where each request costs a signature check.
const VERIFICATIONS: usize = 5_000;
/// Requests between two looks at the clock: few enough that their tokens stay in the second-level cache.
const BATCH: usize = 64;
/// More than a cached token of the usual size takes.
const BYTES_PER_TOKEN: usize = 8 * 1024;

/// What the requests are made of.
struct Scene {
    issuers: Vec<IssuerConfig>,
    tokens: Vec<String>,
    limits: Limits,
    requests: usize,
}

pub(crate) fn measure(point: &Point) -> Result<Cost> {
    let scene = match point.axis {
        Axis::Tokens => tokens(point.value, roomy(point.value))?,
        Axis::TokensDefaultLimits => tokens(point.value, Limits::default())?,
        Axis::Issuers => issuers(point.value)?,
        Axis::Keys => keys(point.value)?,
    };
    let before = resident_bytes()?;
    let config = EngineConfig::new().audience(AUDIENCE).limits(scene.limits);
    let gate = Gate::new(scene.issuers.into_iter().fold(config, EngineConfig::issuer))?;
    for token in &scene.tokens {
        gate.accept(token)?;
    }
    let mut arrivals = Arrivals::new(&scene.tokens);
    let mut rounds = Vec::with_capacity(point.rounds);
    for _ in 0..point.rounds {
        let batches = scene.requests.div_ceil(BATCH);
        let mut sum = 0.0;
        for _ in 0..batches {
            let batch = arrivals.next_batch();
            sum += nanoseconds_each(BATCH, || batch.iter().try_for_each(|token| gate.accept(token)))?;
        }
        rounds.push(sum / batches as f64);
    }
    Ok(Cost {
        nanoseconds: Rounds::of(rounds).context("no rounds")?.median,
        resident_bytes: resident_bytes()?.saturating_sub(before),
    })
}

/// Many tokens of one issuer.
fn tokens(count: usize, limits: Limits) -> Result<Scene> {
    let key = SigningKey::generate(Algorithm::RS256, "key")?;
    let issuer = "https://as.example";
    Ok(Scene {
        tokens: Mint { issuer, audience: AUDIENCE, key: &key }.tokens(count)?,
        issuers: vec![with_keys(issuer, &[key])],
        limits,
        requests: REQUESTS,
    })
}

/// Twice the slots that the tokens need, since the cache is not fully associative.
fn roomy(count: usize) -> Limits {
    let mut limits = Limits::default();
    limits.max_cached_tokens = limits.max_cached_tokens.max(2 * count);
    limits.max_cached_token_bytes = limits.max_cached_token_bytes.max(BYTES_PER_TOKEN * count);
    limits
}

/// Many issuers, each with a key and a token of its own.
fn issuers(count: usize) -> Result<Scene> {
    let mut scene = every_token_new();
    for number in 0..count {
        let issuer = format!("https://as.example/tenant-{number}");
        let key = SigningKey::generate(Algorithm::EdDSA, "key")?;
        scene.tokens.push(Mint { issuer: &issuer, audience: AUDIENCE, key: &key }.token(number)?);
        scene.issuers.push(with_keys(&issuer, &[key]));
    }
    Ok(scene)
}

/// Many keys of one issuer, each with a token of its own.
fn keys(count: usize) -> Result<Scene> {
    let mut scene = every_token_new();
    let issuer = "https://as.example";
    let keys: Vec<SigningKey> = (0..count)
        .map(|number| SigningKey::generate(Algorithm::RS256, format!("key-{number}")))
        .collect::<Result<_>>()?;
    for (number, key) in keys.iter().enumerate() {
        scene.tokens.push(Mint { issuer, audience: AUDIENCE, key }.token(number)?);
    }
    scene.issuers.push(with_keys(issuer, &keys));
    Ok(scene)
}

/// Without the verified-token cache every request takes the whole path.
fn every_token_new() -> Scene {
    let mut limits = Limits::default();
    limits.max_cached_tokens = 0;
    Scene { issuers: Vec::new(), tokens: Vec::new(), limits, requests: VERIFICATIONS }
}

fn with_keys(issuer: &str, keys: &[SigningKey]) -> IssuerConfig {
    let keys: Vec<_> = keys.iter().map(SigningKey::jwk).collect();
    IssuerConfig::new(issuer).static_keys(json!({ "keys": keys }).to_string())
}

/// Tokens in an order that no prefetcher guesses, copied just before they are presented: a token that has
/// come over the network is in the processor's cache, whatever the server holds besides.
struct Arrivals<'a> {
    tokens: &'a [String],
    /// xorshift64
    state: u64,
    batch: Vec<String>,
}

impl<'a> Arrivals<'a> {
    fn new(tokens: &'a [String]) -> Self {
        Self { tokens, state: 0x9e37_79b9_7f4a_7c15, batch: vec![String::new(); BATCH] }
    }

    fn next_batch(&mut self) -> &[String] {
        for arrived in &mut self.batch {
            self.state ^= self.state << 13;
            self.state ^= self.state >> 7;
            self.state ^= self.state << 17;
            let index = (self.state % self.tokens.len() as u64) as usize;
            arrived.clone_from(&self.tokens[index]);
        }
        &self.batch
    }
}
