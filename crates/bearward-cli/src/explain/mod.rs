//! `bearward explain`: why a token is accepted or refused, check by check.
//!
//! 1. The token is read from standard input, or, with a warning, from the command line (`token`).
//!    What came with it, a DPoP proof or a certificate, is on the command line (`sender`).
//! 2. An [`Engine`](bearward_core::Engine) is set up as an API's would be (`expectation`).
//! 3. The engine decides; what it wants fetched is fetched, and each step remembered (`fetch`).
//! 4. Its explanation becomes sentences (`detail`), a report (`report`), and text or JSON.
//!
//! Nothing here decides anything: the verdict is the engine's. Neither the signature nor the whole token is
//! ever shown, and nothing out of the token reaches the terminal but printable text (`printable`).

mod detail;
mod expectation;
mod fetch;
mod moment;
mod printable;
mod report;
mod sender;
mod text;
mod token;
mod written;

use std::fmt;
use std::io::Write as _;
use std::path::PathBuf;

use bearward_core::Requirement;
use http::Method;

use self::expectation::Expectation;
use self::fetch::Clock;
use self::report::{Decision, Report};
use self::sender::PresentedSender;
use self::token::PresentedToken;
use crate::command::{self, UsageError};

/// What `bearward explain` is asked to do.
#[derive(Clone, clap::Args)]
pub struct Options {
    /// The issuer the API trusts, to the last slash; its keys are found by discovery, unless --jwks is given
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,
    /// An audience the API accepts; may be repeated
    #[arg(long, value_name = "AUDIENCE")]
    audience: Vec<String>,
    /// A JWK Set, a JWK or a public key in PEM, instead of the issuer's published keys
    #[arg(long, value_name = "FILE")]
    jwks: Option<PathBuf>,
    /// Scopes that a route requires, all of them; may be repeated
    #[arg(long, value_name = "SCOPES")]
    scope: Vec<String>,
    /// What a route requires, as JSON: {"claim":{"path":"role","equals":"admin"}}
    #[arg(long, value_name = "JSON", value_parser = requirement)]
    requirement: Option<Requirement>,
    /// The DPoP proof that was sent with the token; needs the URL of that request
    #[arg(long, value_name = "PROOF", requires = "url", allow_hyphen_values = true)]
    dpop_proof: Option<String>,
    /// The method of the request that the proof was sent with
    #[arg(long, default_value = "GET", value_parser = command::method, requires = "dpop_proof")]
    method: Method,
    /// The URL of that request, as the client used it
    #[arg(long, value_parser = command::url, requires = "dpop_proof")]
    url: Option<String>,
    /// The nonce that the server gave in its last DPoP-Nonce header
    #[arg(long, requires = "dpop_proof", allow_hyphen_values = true)]
    nonce: Option<String>,
    /// The certificate of the client that sent the token, in PEM
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// Print JSON, for scripts
    #[arg(long)]
    json: bool,
    /// The access token; standard input by default, where it stays out of the shell's history
    #[arg(value_name = "TOKEN|-")]
    token: Option<String>,
}

/// Without what was given: a token, a proof, a URL.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").finish_non_exhaustive()
    }
}

fn requirement(json: &str) -> Result<Requirement, serde_json::Error> {
    serde_json::from_str(json)
}

/// Explains, and says whether the token was accepted.
pub(crate) async fn run(options: &Options) -> Result<bool, UsageError> {
    let expectation = Expectation::new(options)?;
    let presented = PresentedToken::read(options.token.as_deref())?;
    let sender = PresentedSender::new(options)?;
    let clock = Clock::start();
    let engine = expectation.engine(&presented)?;
    let settled = fetch::settle(&engine, &presented, &sender, expectation.requirement(), &clock).await?;
    let report = Report::new(&expectation, &engine, &presented, &sender, &settled, clock.now());
    let rendered = if options.json { report.to_json() } else { text::render(&report) };
    // Whoever has closed standard output still gets the exit code.
    let _ = std::io::stdout().write_all(rendered.as_bytes());
    Ok(report.verdict.decision == Decision::Accepted)
}
