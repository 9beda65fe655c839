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
//! | `token` | reads the token: [`UnverifiedToken`], claims, binding | 401 |
//! | `trust` | finds the [`Issuer`] and its keys, and says what must be fetched for that | 401, or a wish to fetch |
//! | `check` | verifies the signature, validates the claims, confirms the sender, authorizes | 401, 403 |
//! | `memory` | remembers verified tokens, used proofs, revocations, introspection answers, resolved issuers | |
//! | `answer` | makes the [`Failure`] an [`Answer`] with its challenge; serves [`ResourceMetadata`] | |
//! | `engine` | walks the path: [`Engine`] | |
//!
//! [`provider`] knows what the tokens of well-known authorization servers look like and what their users get wrong; it
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
//! # use bearward_core::{AccessToken, UnverifiedToken};
//! fn handler(token: AccessToken) {}
//! handler(UnverifiedToken::parse("a.b.c").unwrap());
//! ```
//!
//! `none` is not an algorithm:
//!
//! ```compile_fail
//! let algorithm = bearward_core::Algorithm::None;
//! ```

// Floors: not in the order of the alphabet.
mod wire;
mod request;
mod token;
mod trust;
mod check;
mod memory;
mod answer;
mod engine;

#[cfg(test)]
#[path = "../tests/mint/mod.rs"]
mod mint;
#[cfg(test)]
mod secrecy;

pub use self::answer::challenge::{Answer, ChallengeError, ChallengePolicy, ErrorBody};
pub use self::answer::failure::{Failure, Misconfiguration, Rejection, Unavailable};
pub use self::answer::refusal::Refusal;
pub use self::answer::resource_metadata::{ProtectedResource, ResourceError, ResourceMetadata};
pub use self::check::access_token::{AccessToken, AuthInfo, Scopes};
pub use self::check::confirmation::{
    CertificatePolicy, Claim, ConfirmationError, DpopNonce, DpopNonces, DpopPolicy, DpopProblem, NonceError,
    ProofError, ReplayClaim, ReplayKey,
};
pub use self::check::operator_function::Panicked;
pub use self::check::requirement::{
    self, AuthorizationError, CheckedRequirement, Denial, NoFacts, RequestFacts, Requirement,
    RequirementError,
};
pub use self::check::revocation::{Revocation, RevocationEntry, RevocationKey, RevocationQuery};
pub use self::check::rule::Rule;
pub use self::check::signature::SignatureError;
pub use self::check::validation::ClaimsError;
pub use self::engine::fetch::{Fetch, FetchProgress};
pub use self::engine::{
    Attempt, ConfigError, Consultation, DangerousEngine, Engine, EngineConfig, Explanation, Finding,
    IssuerResolution, Problem, Readiness, Route, RuleResult, Settings, Source, Step, Store, StoreAnswers,
};
pub use self::memory::introspection::IntrospectionCall;
pub use self::memory::replay::{MemoryReplayStore, ReplayStoreFull};
pub use self::memory::revocations::{RevocationList, RevocationListFull};
pub use self::request::certificate_header::{CertificateError, CertificateHeader};
pub use self::request::connection::{Connection, Security, Sender};
pub use self::request::credential::{
    Credential, CredentialError, CredentialRules, DpopScheme, PlaceError, QueryTokens, Scheme, TokenCookie,
    TokenHeader, TokenPlace, TokenSubprotocol,
};
pub use self::request::origin::{OriginError, PublicOrigin};
pub use self::request::proxies::{TrustedProxies, TrustedProxyError};
pub use self::request::proxy_headers::ProxyHeaders;
pub use self::request::thumbprint::CertificateThumbprint;
pub use self::request::url::TargetUrl;
pub use self::token::algorithm::{Algorithm, AlgorithmSet, UnknownAlgorithm};
pub use self::token::claims::{ClaimPath, ClaimsSet, OrganizationClaim};
pub use self::token::error::TokenError;
pub use self::token::unverified::UnverifiedToken;
pub use self::trust::discovery::{DiscoveryProgress, DiscoverySearch, DiscoveryWants, IssuerDiscovery};
pub use self::trust::exchange::{FetchAnswer, FetchRequest};
pub use self::trust::fetch::{FetchError, FetchOutcome, MetadataPlace};
pub use self::trust::in_flight::InFlight;
pub use self::trust::introspection::{
    ClientAuthentication, IntrospectedTokens, Introspection, IntrospectionAnswers, IntrospectionError,
    IntrospectionProblem, PrivateKey, PrivateKeyError,
};
pub use self::trust::issuer::{
    DangerousIssuer, Issuer, IssuerConfig, IssuerError, IssuerProblem, KeyFetch, KeyProgress, LoadBalancer,
    LoadBalancerError,
};
pub use self::trust::key::{
    JwkError, KeyError, KeyLookup, KeyRequest, KeySet, KeySetCache, KeySetError, KeySetPolicy, PemError,
    RefreshTicket, SkippedKey, VerifyingKey,
};
pub use self::trust::limits::Limits;
pub use self::trust::metadata::MetadataError;
pub use self::trust::policy::{
    AudienceSubstitute, ImpliedScopesError, Profile, RequiredClaimError, ValidatorError,
};
pub use self::trust::provider::{self, Provider, ProviderError};
pub use self::trust::url::UrlError;
pub use self::wire::json::JsonError;
pub use self::wire::misspelling::closest_name;
pub use self::wire::redacted::RedactedUrl;
pub use self::wire::time::{Now, NumericDate};
