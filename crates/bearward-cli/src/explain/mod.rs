//! `bearward explain`: why a token is accepted or refused, check by check.
//!
//! 1. The token is read from standard input, or, with a warning, from the command line (`token`).
//!    What came with it, a DPoP proof or a certificate, is on the command line (`sender`).
//! 2. An [`Engine`](bearward_core::Engine) is set up as an API's would be (`expectation`, `named_provider`).
//! 3. The engine decides; what it wants fetched is fetched, and each step remembered (`driver`).
//! 4. Its explanation becomes sentences (`detail`), a report (`report`, with what the provider's users get wrong and both
//!    sides of a requirement), and text or JSON.
//!
//! Nothing here decides anything: the verdict is the engine's. Neither the signature nor the whole token is
//! ever shown, and nothing out of the token reaches the terminal but printable text (`printable`).

mod detail;
mod driver;
mod expectation;
mod format_time;
mod named_provider;
mod observe;
mod printable;
mod raw_json;
mod remedy;
mod report;
mod requirement;
mod sender;
mod substitute;
mod text;
mod token;
mod web;

use std::fmt;
use std::io::Write as _;
use std::path::PathBuf;

use bearward_core::Requirement;
use bearward_core::check::NoFacts;
use bearward_core::token::Algorithm;
use bearward_core::trust::Profile;
use http::Method;

use self::driver::Clock;
pub(crate) use self::expectation::Expectation;
pub(crate) use self::observe::{Observed, Presented, observe, refused_unread};
use self::report::{Decision, Report};
use self::sender::PresentedSender;
use self::token::PresentedToken;
use crate::introspection::IntrospectionOptions;
use crate::usage::{self, UsageError};

/// What `bearward explain` is asked to do.
#[derive(Clone, clap::Args)]
#[command(next_help_heading = "What the API accepts")]
pub struct Options {
    /// The access token; standard input by default, where it stays out of the shell's history
    #[arg(value_name = "TOKEN|-", help_heading = "The token")]
    token: Option<String>,

    /// An issuer that the API trusts, exactly as in iss; may be repeated
    #[arg(long, value_name = "URL")]
    issuer: Vec<String>,
    /// An audience that the API accepts; may be repeated
    #[arg(long, value_name = "AUDIENCE")]
    audience: Vec<String>,
    /// For tokens without aud: the client that they were issued to, such as client_id=4example, or a further claim that
    /// they must have, such as token_use=access; may be repeated
    #[arg(long, value_name = "CLAIM=VALUE", requires = "issuer")]
    tokens_without_audience: Vec<String>,
    /// The provider of the tokens, such as keycloak; or its preset with values, such as firebase:project=acme or JSON,
    /// which also sets what the API accepts
    #[arg(long, value_name = "NAME[:KEY=VALUE,…]|JSON")]
    provider: Option<String>,
    /// An algorithm that tokens may be signed with; may be repeated [default: every asymmetric one]
    #[arg(long, value_name = "ALG", value_parser = algorithm)]
    algorithm: Vec<Algorithm>,
    /// How far the clocks may differ [default: 5]
    #[arg(long, value_name = "SECONDS")]
    clock_tolerance: Option<u64>,
    /// How close to RFC 9068 tokens must be
    #[arg(long, value_enum, default_value_t)]
    profile: ChosenProfile,

    /// A file with a JWK Set, a JWK or a public key in PEM, instead of the issuer's published keys
    #[arg(long, value_name = "FILE", help_heading = "Where the keys are")]
    jwks: Option<PathBuf>,
    /// The URL of the issuer's key set; its metadata is not fetched
    #[arg(long, value_name = "URL", conflicts_with = "jwks", help_heading = "Where the keys are")]
    jwks_uri: Option<String>,
    /// The URL of the issuer's metadata, where it is not at a well-known place
    #[arg(
        long,
        value_name = "URL",
        conflicts_with_all = ["jwks", "jwks_uri"],
        requires = "issuer",
        help_heading = "Where the keys are"
    )]
    metadata_url: Option<String>,

    /// Scopes that a route requires, all of them; may be repeated
    #[arg(long, value_name = "SCOPES", help_heading = "What the route requires")]
    scope: Vec<String>,
    /// What a route requires, as JSON: {"claim":{"path":"role","equals":"admin"}}
    #[arg(long, value_name = "JSON", value_parser = requirement_of, help_heading = "What the route requires")]
    requirement: Option<Requirement>,

    /// The DPoP proof that was sent with the token; needs the URL of that request
    #[arg(long, value_name = "PROOF", requires = "url", allow_hyphen_values = true, help_heading = SENT)]
    dpop_proof: Option<String>,
    /// The method of the request that the proof was sent with
    #[arg(long, default_value = "GET", value_parser = usage::method, requires = "dpop_proof", help_heading = SENT)]
    method: Method,
    /// The URL of that request, as the client used it
    #[arg(long, value_parser = usage::url, requires = "dpop_proof", help_heading = SENT)]
    url: Option<String>,
    /// The nonce that the server gave in its last DPoP-Nonce header
    #[arg(long, requires = "dpop_proof", allow_hyphen_values = true, help_heading = SENT)]
    nonce: Option<String>,
    /// The certificate of the client that sent the token, in PEM
    #[arg(long, value_name = "FILE", help_heading = SENT)]
    certificate: Option<PathBuf>,

    #[command(flatten)]
    introspection: IntrospectionOptions,

    /// Print JSON, for scripts
    #[arg(long, help_heading = "Output")]
    json: bool,
    /// Explain in a browser: serve a page on this machine for pasting tokens. It sends them only to this command
    #[arg(
        long,
        help_heading = "Output",
        conflicts_with_all = ["token", "json", "client_id", "dpop_proof", "certificate"]
    )]
    web: bool,
    /// With --web, do not open the page
    #[arg(long, requires = "web", help_heading = "Output")]
    no_open: bool,
}

const SENT: &str = "How the token was sent";

/// The profiles of access tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum ChosenProfile {
    /// typ may be JWT or absent, as most authorization servers send it
    #[default]
    Compatible,
    /// typ is at+jwt, and iss, exp, aud, sub, client_id, iat and jti are all there
    Rfc9068,
}

impl From<ChosenProfile> for Profile {
    fn from(chosen: ChosenProfile) -> Self {
        match chosen {
            ChosenProfile::Compatible => Self::Compatible,
            ChosenProfile::Rfc9068 => Self::Rfc9068,
        }
    }
}

/// Without what was given: a token, a proof, a URL.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").finish_non_exhaustive()
    }
}

fn requirement_of(json: &str) -> Result<Requirement, serde_json::Error> {
    serde_json::from_str(json)
}

fn algorithm(name: &str) -> Result<Algorithm, &'static str> {
    match name.parse::<Algorithm>() {
        Ok(algorithm) if algorithm.is_asymmetric() => Ok(algorithm),
        Ok(_) => Err("published keys never serve a shared secret's algorithm"),
        Err(_) => Err("not an algorithm such as RS256, ES256 or EdDSA"),
    }
}

/// Explains, and says whether the token was accepted.
pub(crate) async fn run(options: &Options) -> Result<bool, UsageError> {
    if options.web {
        return web::serve(options).await.map(|()| true);
    }
    let presented = PresentedToken::read(options.token.as_deref())?;
    let report = report_on(options, &presented).await?;
    let rendered = if options.json { report.to_json() } else { text::render(&report) };
    // Where standard output is closed, the exit code still tells. Colours are for terminals alone.
    let _ = anstream::stdout().write_all(rendered.as_bytes());
    Ok(report.verdict.decision == Decision::Accepted)
}

/// Holds a token against what the options say.
async fn report_on(options: &Options, presented: &PresentedToken) -> Result<Report, UsageError> {
    let expectation = Expectation::new(options)?;
    let sender = PresentedSender::new(options)?;
    let clock = Clock::start();
    let engine = expectation.engine(presented)?;
    let requirement = expectation.requirement();
    let settled = driver::settle(&engine, presented, &sender, requirement, &NoFacts, &clock).await?;
    Ok(Report::new(&expectation, &engine, presented, &sender, &settled, clock.now()))
}
