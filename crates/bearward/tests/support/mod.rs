//! What the tests share: an API in front of a real authorization server, a clock made up, and the refusals.

#![allow(dead_code, unused_imports)] // each test binary uses its own part

mod listener;
mod refusal;
mod time;

use bearward::answer::Refusal;
use bearward::builder::ResourceServerBuilder;
use bearward::engine::Route;
use bearward::trust::Introspection;
use bearward::{AccessToken, IssuerConfig, ResourceServer};
use bearward_issuer::{Algorithm, Issuer, RunningIssuer};
use http::Request;
use http::header::AUTHORIZATION;

pub(crate) use self::listener::Listener;
pub(crate) use self::refusal::assert_refusal;
pub(crate) use self::time::TestClock;

pub(crate) const AUDIENCE: &str = "https://api.example.com";

/// An authorization server whose keys are quickly made.
pub(crate) async fn issuer() -> RunningIssuer {
    Issuer::builder().algorithms([Algorithm::Es256]).start().await.unwrap()
}

/// The settings of an API that trusts this issuer.
pub(crate) fn trusting(issuer: &RunningIssuer) -> ResourceServerBuilder {
    ResourceServer::builder().audience(AUDIENCE).issuer(issuer.url())
}

/// The same, of an API that asks this issuer about tokens.
pub(crate) fn introspecting(issuer: &RunningIssuer, introspection: Introspection) -> ResourceServerBuilder {
    let trusted = IssuerConfig::new(issuer.url()).introspection(introspection);
    ResourceServer::builder().audience(AUDIENCE).issuer(trusted)
}

/// Sends a token as most clients do.
pub(crate) async fn present(api: &ResourceServer, token: &str) -> Result<AccessToken, Refusal> {
    present_to(api, token, Route::open()).await
}

/// The same, to a route of one's own.
pub(crate) async fn present_to(
    api: &ResourceServer,
    token: &str,
    route: Route<'_>,
) -> Result<AccessToken, Refusal> {
    let request = Request::builder().header(AUTHORIZATION, format!("Bearer {token}"));
    api.authenticate(&request.body(()).unwrap(), route).await
}

/// The token gets in.
#[track_caller]
pub(crate) fn assert_accepted(result: Result<AccessToken, Refusal>, case: &str) -> AccessToken {
    result.unwrap_or_else(|failure| panic!("{case}: refused with {}", failure.code()))
}

/// The token is refused exactly as this row of the table of refusals says.
#[track_caller]
pub(crate) fn assert_refused(result: Result<AccessToken, Refusal>, name: &str, case: &str) {
    match result {
        Ok(_) => panic!("{case}: accepted, not refused with {name}"),
        Err(failure) => {
            let answer = failure.answer();
            assert_refusal(name, failure.code(), (answer.status, &answer.headers, &answer.body), case);
        }
    }
}
