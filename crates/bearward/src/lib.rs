//! Protects HTTP APIs with OAuth 2.0 access tokens.
//!
//! A [`ResourceServer`] takes the credential out of a request, verifies the token with keys it discovers and
//! caches, validates its claims, and checks what the route requires. It answers with an [`AccessToken`] or
//! with a [`Refusal`](answer::Refusal), which has the exact challenge.
//!
//! Most people reach it through an adapter: `bearward-axum`, or `bearward-tower` for any other `http` service.
//! This crate is for those who write one, or who have a request in hand and no framework:
//!
//! ```no_run
//! use bearward::ResourceServer;
//! use bearward::engine::Route;
//!
//! # async fn example(request: http::Request<()>) -> Result<(), Box<dyn std::error::Error>> {
//! let api = ResourceServer::builder()
//!     .issuer("https://tenant.example/oidc")
//!     .audience("https://api.example.com")
//!     .build()?;
//!
//! match api.authenticate(&request, Route::open()).await {
//!     Ok(token) => println!("hello, {:?}", token.subject()),
//!     Err(refusal) => {
//!         let answer = refusal.answer();
//!         println!("{} {:?}", answer.status, answer.headers);
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Everything that decides is in [`bearward_core`]; what is here fetches, reads the clock and logs.
//!
//! # Logging
//!
//! Events go to [`tracing`] under the target `bearward`: each decision with its `code`, `issuer`, `kid` and whether the
//! token came from the cache (accepted: debug, rejected: info, unavailable: warn, a route that is set up wrongly or
//! code of the operator's that panicked: error), each fetch of keys (info), each introspection of a token (debug),
//! their failures, and the broken keys of a set (warn; those for another purpose: debug, once; an authorization server
//! that does not accept this resource server as a client: error). No event ever holds a token, a secret or a claim's
//! value but the identifier of a trusted issuer. URLs are named as [`RedactedUrl`](wire::RedactedUrl) writes them:
//! without credentials, values of parameters and fragment, but with their path, so do not put a secret into a path. The
//! words of a resolver or a store are theirs; of the URLs in them the same holds. What the HTTP client logs under its
//! own targets is not Bearward's to say.
//!
//! A request writes one line at most at level info and above. Of each kind of line (a `code` and its `reason`) the first
//! is written at once, and then one a second with the number of those left out (`left_out`), so that neither an attack
//! nor an outage fills the disk. Debug is not limited. `docs/logs.md` in the repository lists the events.
//!
//! # Metrics
//!
//! With the feature `metrics`, decisions, their time, fetches, introspections and the requests that wait are counted through
//! the facade [`metrics`](https://docs.rs/metrics). `docs/observability.md` in the repository lists them.
//!
//! # Panics in the operator's code
//!
//! A panic in a [validator](builder::ResourceServerBuilder::validator), a custom requirement, an [`IssuerResolver`](resolver::IssuerResolver) or a store is
//! caught. The request that met it is refused, 500 or 503, with an error in the log that does not quote the panic; other
//! requests go on. That needs the panic strategy `unwind`, which is Rust's default: with `abort` the process ends.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod builder;
mod clock;
pub mod connection;
pub mod driver;
mod environment;
mod fetch;
pub mod health;
mod introspect;
mod key_request_headers;
mod line_limit;
mod log;
mod measures;
mod operator_call;
pub mod readiness;
pub mod resolver;
mod resource_server;
mod settings_file;
mod shared_stores;
pub mod status;
pub mod store;
mod waiting;

// What the core's floors have, for those who set more than the first ten lines do.
pub use bearward_core::check::AuthInfo;
pub use bearward_core::{
    AccessToken, ConfigError, Failure, IssuerConfig, Provider, Requirement, Settings, requirement,
};
pub use bearward_core::{answer, check, engine, memory, request, token, trust, wire};

pub use self::resource_server::ResourceServer;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
