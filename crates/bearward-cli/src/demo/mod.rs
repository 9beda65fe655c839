//! `bearward demo`: a protected API over real HTTP, and lines to paste that show what it accepts and refuses.
//!
//! 1. An authorization server starts, unless one is named ([`bearward_issuer`]).
//! 2. The API is protected through the public API of `bearward-axum`, and finds the keys by discovery
//!    ([`api()`]).
//! 3. A page in the browser makes tokens, right and wrong ones, and shows every check of the requests that carry them
//!    (`playground`).
//! 4. What to paste is printed, and shown on a separate page ([`Walkthrough`], `terminal`).

mod api;
mod error;
mod playground;
mod routes;
mod serve;
mod terminal;
mod walkthrough;

use std::fmt;
use std::io::Write;
use std::num::NonZeroU64;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use bearward_axum::trust::{ClientAuthentication, Introspection, KeySetPolicy};
use bearward_axum::wire::RedactedUrl;
use bearward_axum::{IssuerConfig, ResourceServer};
use bearward_issuer::{Algorithm, Config, Issuer, RunningIssuer};
use tokio::net::TcpListener;

use self::playground::Playground;
use crate::introspection::IntrospectionOptions;
use crate::playground::{browser, guarded};

pub use self::api::{api, behind_proxy, with_implied_scopes};
pub use self::error::DemoError;
pub use self::routes::{ROUTES, Route};
pub use self::walkthrough::{Line, Section, Walkthrough};

/// The API that the embedded authorization server issues tokens for.
const AUDIENCE: &str = "https://api.example.com";

/// The port of the embedded authorization server, unless told otherwise.
const ISSUER_PORT: u16 = 4000;

/// What `bearward demo` is asked to do.
#[derive(Clone, clap::Args)]
#[allow(clippy::doc_markdown)] // this text is for a terminal
pub struct Options {
    /// Port of the API on 127.0.0.1; 0 picks a free one
    #[arg(long, default_value_t = 3000)]
    pub port: u16,
    /// Port of the embedded authorization server on 127.0.0.1 [default: 4000, or a free one with --port 0]
    #[arg(long, conflicts_with = "issuer")]
    pub issuer_port: Option<u16>,
    /// Accept tokens of this authorization server instead: its issuer identifier, exactly as in iss
    #[arg(long, value_name = "URL", requires = "audience")]
    pub issuer: Option<String>,
    /// The audience of its tokens for this API
    #[arg(long, value_name = "AUDIENCE", requires = "issuer")]
    pub audience: Option<String>,
    /// Fetch the key set again when it is this old, instead of after ten minutes
    #[arg(long, value_name = "SECONDS")]
    pub key_set_max_age: Option<NonZeroU64>,
    /// Do not open the playground in a browser
    #[arg(long)]
    pub no_open: bool,
    /// Print every line to paste, not only the first ones
    #[arg(long)]
    pub verbose: bool,
    #[command(flatten)]
    pub(crate) introspection: IntrospectionOptions,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("port", &self.port)
            .field("issuer_port", &self.issuer_port)
            .field("issuer", &self.issuer.as_deref().map(RedactedUrl::of))
            .field("audience", &self.audience.as_deref().map(RedactedUrl::of))
            .field("key_set_max_age", &self.key_set_max_age)
            .field("no_open", &self.no_open)
            .field("verbose", &self.verbose)
            .field("introspection", &self.introspection)
            .finish()
    }
}

impl Options {
    /// One free port asked for is two.
    fn port_of_issuer(&self) -> u16 {
        let default = if self.port == 0 { 0 } else { ISSUER_PORT };
        self.issuer_port.unwrap_or(default)
    }
}

/// A demo that serves as soon as [`serve`](Self::serve) is awaited; its ports are taken already.
#[derive(Debug)]
pub struct Demo {
    listener: TcpListener,
    app: Router,
    server: ResourceServer,
    issuer: Option<Arc<RunningIssuer>>,
    walkthrough: Walkthrough,
}

/// Runs the demo until Ctrl-C or SIGTERM.
///
/// # Errors
/// [`DemoError`] when it cannot start.
pub async fn run(options: &Options) -> Result<(), DemoError> {
    let mut stop = pin!(serve::stop_signal().map_err(DemoError::Serve)?);
    let demo = Demo::start(options).await?;
    // An authorization server may take its time to answer; whoever gives up on it need not wait.
    tokio::select! {
        () = demo.warn_without_keys() => {}
        () = &mut stop => return Ok(()),
    }
    let walkthrough = &demo.walkthrough;
    if !options.no_open {
        browser::open(&walkthrough.api);
    }
    // Where standard output is closed, the API is served all the same.
    let mut out = std::io::stdout();
    let _ = match options.verbose {
        true => writeln!(out, "{walkthrough}\n{}", walkthrough.summary()),
        false => writeln!(out, "{}", walkthrough.summary()),
    };
    demo.serve(stop).await
}

impl Demo {
    /// Takes the ports and starts the authorization server, unless one is named.
    ///
    /// # Errors
    /// [`DemoError`] when a port is taken or a setting cannot work.
    pub async fn start(options: &Options) -> Result<Self, DemoError> {
        let listener = serve::bind(options.port).await?;
        let address = listener.local_addr().map_err(DemoError::Serve)?;
        let base = format!("http://{address}");

        let (issuer, identifier, audience, walkthrough);
        match (&options.issuer, &options.audience) {
            (Some(external), audience_of_api) => {
                audience = audience_of_api.clone().unwrap_or_default();
                identifier = external.clone();
                issuer = None;
                walkthrough = Walkthrough::external(&base, &identifier, &audience, &options.introspection);
            }
            (None, _) => {
                let embedded = embedded_issuer(options.port_of_issuer()).await?;
                audience = AUDIENCE.to_owned();
                identifier = embedded.url().to_owned();
                walkthrough = Walkthrough::embedded(&base, &audience, &embedded);
                issuer = Some(Arc::new(embedded));
            }
        }
        let introspection = match &issuer {
            Some(_) => Some(Introspection::new(this_api())),
            None => {
                let chosen = options.introspection.introspection();
                chosen.map_err(|error| DemoError::Usage(error.to_string()))?
            }
        };
        let trusted = IssuerConfig::new(identifier.clone());
        let trusted = match introspection.clone() {
            Some(introspection) => trusted.introspection(introspection),
            None => trusted,
        };
        let server = ResourceServer::builder()
            .issuer(trusted)
            .audience(audience.clone())
            .key_sets(key_sets(options.key_set_max_age, issuer.is_some()));
        let server = with_implied_scopes(behind_proxy(server)).build().map_err(DemoError::Config)?;
        let pages = playground::routes(Playground {
            api: base,
            server: server.clone(),
            issuer: identifier,
            audience,
            introspection,
            embedded: issuer.clone(),
        })?;
        let pages = guarded(pages.merge(terminal::page(&walkthrough)), address.port());
        let app = api(&server).map_err(DemoError::Config)?.merge(pages);
        Ok(Self { listener, app, server, issuer, walkthrough })
    }

    /// What to paste into a shell.
    #[must_use]
    pub fn walkthrough(&self) -> &Walkthrough {
        &self.walkthrough
    }

    /// The embedded authorization server, if there is one.
    #[must_use]
    pub fn issuer(&self) -> Option<&RunningIssuer> {
        self.issuer.as_deref()
    }

    /// Serves until `stop` is there, then lets what is under way finish, but not for long.
    ///
    /// # Errors
    /// [`DemoError::Serve`] when serving fails.
    pub async fn serve(self, stop: impl Future<Output = ()>) -> Result<(), DemoError> {
        serve::serve(self.listener, self.app, stop).await.map_err(DemoError::Serve)?;
        if let Some(issuer) = self.issuer {
            // A connection that was cut off may still hold the playground, and with it the issuer.
            issuer.go_down().await;
        }
        Ok(())
    }

    /// Warns if the keys cannot be fetched. The API serves all the same, and tries again.
    async fn warn_without_keys(&self) {
        if let Err(not_ready) = self.server.ready().await {
            let _ = writeln!(
                std::io::stderr(),
                "warning: {not_ready}\n\
                 Until the keys are fetched, requests with a token of this issuer get 503. --issuer must be exactly \
                 the tokens' \"iss\", with or without the last slash; JWTs of another issuer get 401.\n"
            );
        }
    }
}

/// ES256 keeps the tokens that are printed short, and its keys are made in no time.
async fn embedded_issuer(port: u16) -> Result<RunningIssuer, DemoError> {
    let builder = Issuer::builder().config(Config::demo_for(AUDIENCE)).port(port);
    builder.algorithms([Algorithm::Es256]).start().await.map_err(DemoError::Issuer)
}

/// What the embedded authorization server knows the API by, for the tokens that it must be asked about.
fn this_api() -> ClientAuthentication {
    ClientAuthentication::secret_basic("api", "api-secret")
}

fn key_sets(max_age: Option<NonZeroU64>, embedded: bool) -> KeySetPolicy {
    let mut policy = KeySetPolicy::default();
    if embedded {
        // A person who tries a made-up key, then rotates the real one, waits for nothing.
        policy.cooldown = Duration::from_secs(1);
    }
    if let Some(seconds) = max_age {
        policy.max_age = Duration::from_secs(seconds.get()).min(policy.max_stale);
        policy.min_age = policy.min_age.min(policy.max_age);
    }
    policy
}
