//! The counters and histograms.
//!
//! The handles of accepted requests are asked for once, with the first decision, so that one costs no more than a count.
//! A recorder must be installed before that.

use std::collections::HashMap;
use std::sync::OnceLock;
use std::time::Duration;

use bearward_core::engine::Source;
use bearward_core::trust::{FetchOutcome, Issuer};
use bearward_core::{AccessToken, Engine, Refusal};
use metrics::{Counter, Histogram, Unit};

use crate::fetch::Failed;

const DECISIONS: &str = "bearward_decisions_total";
const DECISION_SECONDS: &str = "bearward_decision_seconds";
const FETCHES: &str = "bearward_fetches_total";
const INTROSPECTIONS: &str = "bearward_introspections_total";
const WAITING: &str = "bearward_waiting_requests";

/// An issuer that a resolver named: tokens choose those, so that they are counted together.
const OTHER: &str = "other";

/// Where no trusted issuer is known.
const UNKNOWN: &str = "unknown";

pub(crate) struct Measures(OnceLock<Handles>);

/// By whether the token was known.
struct ByCached<T> {
    new: T,
    cached: T,
}

struct Handles {
    accepted: HashMap<Box<str>, ByCached<Counter>>,
    accepted_of_others: ByCached<Counter>,
    seconds: ByCached<Histogram>,
}

impl Measures {
    pub(crate) const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// A credential was decided about, which took `took`.
    pub(crate) fn decided(
        &self,
        engine: &Engine,
        result: &Result<AccessToken, Refusal>,
        source: Source,
        took: impl FnOnce() -> Duration,
    ) {
        let handles = self.0.get_or_init(|| Handles::new(engine));
        let is_cached = source == Source::Cache;
        handles.seconds.of(is_cached).record(took().as_secs_f64());
        match result {
            Ok(token) => {
                let own = handles.accepted.get(token.issuer());
                own.unwrap_or(&handles.accepted_of_others).of(is_cached).increment(1);
            }
            Err(refusal) => count_refusal(engine, refusal, is_cached),
        }
    }
}

/// A fetch of metadata and keys has ended.
pub(crate) fn fetched(engine: &Engine, issuer: &Issuer, result: &Result<FetchOutcome, Failed>) {
    ended(FETCHES, engine, issuer, result);
}

/// A call of an introspection endpoint has ended.
pub(crate) fn introspected(engine: &Engine, issuer: &Issuer, result: &Result<FetchOutcome, Failed>) {
    ended(INTROSPECTIONS, engine, issuer, result);
}

fn ended(metric: &'static str, engine: &Engine, issuer: &Issuer, result: &Result<FetchOutcome, Failed>) {
    let code = result.as_ref().map_or_else(|failed| failed.why.code(), FetchOutcome::code);
    metrics::counter!(metric, "issuer" => label(engine, issuer), "code" => code).increment(1);
}

/// A request was refused that presented nothing that could be decided about.
pub(crate) fn refused(code: &'static str) {
    decision(code, UNKNOWN.to_owned(), false).increment(1);
}

/// A token that was let in was refused by a check further in.
pub(crate) fn refused_token(engine: &Engine, refusal: &Refusal) {
    count_refusal(engine, refusal, false);
}

fn count_refusal(engine: &Engine, refusal: &Refusal, is_cached: bool) {
    let issuer = refusal.issuer().map_or(UNKNOWN.to_owned(), |issuer| label(engine, issuer));
    decision(refusal.failure().code(), issuer, is_cached).increment(1);
}

/// So many more requests wait.
pub(crate) fn waiting(more: f64) {
    metrics::gauge!(WAITING).increment(more);
}

impl Handles {
    fn new(engine: &Engine) -> Self {
        describe();
        let accepted = |issuer: &str| ByCached::new(|cached| decision("accepted", issuer.to_owned(), cached));
        let configured = engine.issuers().map(|issuer| issuer.identifier());
        Self {
            accepted: configured.map(|issuer| (issuer.into(), accepted(issuer))).collect(),
            accepted_of_others: accepted(OTHER),
            seconds: ByCached::new(|cached| metrics::histogram!(DECISION_SECONDS, "cached" => text(cached))),
        }
    }
}

impl<T> ByCached<T> {
    fn new(make: impl Fn(bool) -> T) -> Self {
        Self { new: make(false), cached: make(true) }
    }

    const fn of(&self, is_cached: bool) -> &T {
        if is_cached { &self.cached } else { &self.new }
    }
}

fn decision(code: &'static str, issuer: String, is_cached: bool) -> Counter {
    metrics::counter!(DECISIONS, "code" => code, "issuer" => issuer, "cached" => text(is_cached))
}

const fn text(is_cached: bool) -> &'static str {
    if is_cached { "true" } else { "false" }
}

/// Its identifier, if it is configured.
fn label(engine: &Engine, issuer: &Issuer) -> String {
    let is_configured = engine.issuers().any(|configured| std::ptr::eq(&**configured, issuer));
    if is_configured { issuer.identifier() } else { OTHER }.to_owned()
}

fn describe() {
    metrics::describe_counter!(DECISIONS, "Requests with a token that were decided about, or without one");
    metrics::describe_histogram!(DECISION_SECONDS, Unit::Seconds, "How long a decision about a token took");
    metrics::describe_counter!(FETCHES, "Fetches of metadata and key sets that ended");
    metrics::describe_counter!(INTROSPECTIONS, "Calls of introspection endpoints that ended");
    metrics::describe_gauge!(WAITING, "Requests that wait for keys, or for an answer about their token");
}

impl std::fmt::Debug for Measures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Measures").finish_non_exhaustive()
    }
}
