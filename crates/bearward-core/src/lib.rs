//! Decides whether an OAuth 2.0 access token may pass, without doing any IO.
//!
//! Most people want [`bearward`](https://docs.rs/bearward) or one of its adapters, which fetch keys, read the
//! clock and answer requests. This crate is what they all share: no sockets, no runtime, no clock, no
//! environment, no globals. Bytes and the time go in; a decision, or a wish for more bytes, comes out.
//!
//! # The path of a request
//!
//! The folders below are floors. Their order is the path of a request, and the order of dependency: a floor uses the
//! floors before it, and never one after it. Each stage takes what the one before it made, in a type that nothing else
//! can make, so that a handler that holds an [`AccessToken`] holds the proof that every stage agreed.
//!
//! | floor | what it does | refuses with |
//! |---|---|---|
//! | `wire` | reads bytes into values that nothing has verified | |
//! | `request` | takes the [`Credential`] out of a request, and finds out who sent it | 400, or 401 where there is none |
//! | `token` | reads the token: [`UnverifiedToken`](token::UnverifiedToken), claims, binding | 401 |
//! | `trust` | finds the [`Issuer`](trust::Issuer) and its keys, and says what must be fetched for that | 401, or a wish to fetch |
//! | `check` | verifies the signature, validates the claims, confirms the sender, authorizes | 401, 403 |
//! | `memory` | remembers verified tokens, used proofs, revocations, introspection answers, resolved issuers | |
//! | `answer` | makes the [`Failure`] an [`Answer`](answer::Answer) with its challenge; serves [`ResourceMetadata`](answer::ResourceMetadata) | |
//! | `engine` | walks the path: [`Engine`] | |
//!
//! [`provider`](trust::provider) knows what the tokens of well-known authorization servers look like and what their users get wrong; it
//! decides nothing.
//!
//! *Verify* is cryptography, *validate* is claims, *authorize* is policy; the words are never exchanged.
//!
//! # Driving the engine
//!
//! ```
//! use std::time::Duration;
//! use bearward_core::{Credential, EngineConfig, IssuerConfig, Now, Route, Step};
//!
//! let engine = EngineConfig::new()
//!     .issuer(IssuerConfig::new("https://tenant.example/oidc").shared_secret([7; 32]))
//!     .audience("https://api.example.com")
//!     .build()?;
//!
//! let mut headers = http::HeaderMap::new();
//! headers.insert("authorization", "Bearer not.a.token".parse()?);
//! let credential = Credential::extract(&headers, None, None, engine.credential_rules())?
//!     .ok_or("no credential")?;
//! let now = Now::new(Duration::from_secs(1_700_000_000), Duration::ZERO);
//! let mut attempt = engine.attempt(&credential, Route::open());
//! let Step::Done(Err(refusal)) = attempt.step(now) else { panic!("not a token") };
//! assert_eq!(refusal.answer().status, 401);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What the types promise
//!
//! A token that was only parsed cannot be taken for one that may be believed:
//!
//! ```compile_fail
//! # use bearward_core::AccessToken;
//! # use bearward_core::token::UnverifiedToken;
//! fn handler(token: AccessToken) {}
//! handler(UnverifiedToken::parse("a.b.c").unwrap());
//! ```
//!
//! `none` is not an algorithm:
//!
//! ```compile_fail
//! let algorithm = bearward_core::token::Algorithm::None;
//! ```

// Floors: not in the order of the alphabet.
pub mod wire;
pub mod request;
pub mod token;
pub mod trust;
pub mod check;
pub mod memory;
pub mod answer;
pub mod engine;

#[cfg(test)]
#[path = "../tests/mint/mod.rs"]
mod mint;
#[cfg(test)]
mod tests;

pub use self::answer::{Failure, Refusal};
pub use self::check::{AccessToken, Requirement, requirement};
pub use self::engine::{Attempt, ConfigError, Engine, EngineConfig, Route, Settings, Step};
pub use self::request::Credential;
pub use self::trust::{IssuerConfig, Provider};
pub use self::wire::Now;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
