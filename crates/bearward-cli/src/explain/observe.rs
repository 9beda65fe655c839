//! The same report on a request of an API that runs: its own engine decides, once.

use std::net::IpAddr;
use std::time::Duration;

use bearward_axum::ResourceServer;
use bearward_core::answer::Unavailable;
use bearward_core::check::RequestFacts;
use bearward_core::engine::Source;
use bearward_core::request::Scheme;
use bearward_core::{AccessToken, Now, Refusal, Step};
use http::{HeaderMap, Method};
use serde_json::value::RawValue;

use super::driver::{self, Clock};
use super::expectation::Expectation;
use super::printable;
use super::report::Report;
use super::sender::PresentedSender;
use super::token::PresentedToken;
use crate::usage::UsageError;

/// When to ask again about what could not be fetched in good time.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// A token as a request presents it.
pub(crate) struct Presented {
    token: PresentedToken,
    sender: PresentedSender,
}

impl Presented {
    /// The token of a request with these headers, from a client at this address.
    pub(crate) fn by_request(
        token: &str,
        scheme: Scheme,
        method: Method,
        target: &str,
        headers: HeaderMap,
        peer: IpAddr,
    ) -> Self {
        Self {
            token: PresentedToken::exactly(token),
            sender: PresentedSender::of_request(scheme, method, target, headers, peer),
        }
    }
}

/// What the engine decided, and the report on it.
pub(crate) struct Observed {
    pub(crate) result: Result<AccessToken, Refusal>,
    pub(crate) source: Source,
    pub(crate) report: Box<RawValue>,
}

/// Lets the engine of a resource server decide about a request. What it wants fetched is fetched.
pub(crate) async fn observe(
    server: &ResourceServer,
    expectation: &Expectation,
    presented: &Presented,
    facts: &dyn RequestFacts,
) -> Result<Observed, UsageError> {
    let (engine, clock) = (server.engine(), Clock::Of(server));
    let Presented { token, sender } = presented;
    let settled = driver::settle(engine, token, sender, expectation.requirement(), facts, &clock).await?;
    let report = raw(&Report::new(expectation, engine, token, sender, &settled, clock.now()));
    let source = settled.explanation.source;
    let result = match settled.explanation.step {
        Step::Done(result) => result,
        // What was waited for did not come: a request gets the same answer.
        _ => Err(engine.refuse(Unavailable::Keys { retry_after: RETRY_AFTER }, sender.scheme())),
    };
    Ok(Observed { result, source, report })
}

/// The report on a request that presents no token that could be looked at.
pub(crate) fn refused_unread(refusal: &Refusal, now: Now) -> Box<RawValue> {
    raw(&Report::unread(refusal, now))
}

/// As JSON within JSON.
fn raw(report: &Report) -> Box<RawValue> {
    // The report is JSON already; were it not, the page would show nothing rather than something wrong.
    RawValue::from_string(printable::json(report)).unwrap_or_else(|_| RawValue::NULL.to_owned())
}
