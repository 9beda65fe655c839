//! Decides whether an OAuth 2.0 access token may pass, without doing any IO.
//!
//! Most people want [`bearward`](https://docs.rs/bearward) or one of its adapters, which fetch keys, read the
//! clock and answer requests. This crate is what they all share: no sockets, no runtime, no clock, no
//! environment, no globals. Bytes and the time go in; a decision, or a wish for more bytes, comes out.
//!
//! # The path of a request
//!
//! The modules below stand in the order a request meets them. Each stage takes what the one before it made,
//! in a type that nothing else can make, so that a handler that holds an [`AccessToken`] holds the proof that
//! every stage agreed.
//!
//! | stage | module | gives | refuses with |
//! |---|---|---|---|
//! | 1 extract | `credential` | [`Credential`] | 400, or 401 where there is none |
//! | 2 parse | `token` | [`UnverifiedToken`] | 401 |
//! | 3 find trust | `issuer` | [`Issuer`] | 401, nothing fetched |
//! | 4 find key | `key` | [`VerifyingKey`] | 401, or a wish to fetch |
//! | 5 verify | `signature` | `VerifiedToken` | 401 |
//! | 2-5 or introspect | `introspection` | claims, for an opaque token | 401, or a wish to fetch |
//! | 6 validate | `validation` | `ValidatedToken` | 401 |
//! | | `revocation` | word that it was not revoked | 401 |
//! | 7 confirm sender | `confirmation`, `replay` | [`AccessToken`] | 401 |
//! | 8 authorize | [`requirement`] | leave to pass | 403, or 401 step-up |
//! | 9 answer | `challenge` | [`Answer`] | |
//! | | `resource_metadata` | [`ResourceMetadata`], for clients that wonder whom to ask for a token | |
//!
//! [`provider`] knows what the tokens of well-known authorization servers look like and what their users get wrong; it
//! decides nothing.
//!
//! [`Engine`] walks the path, with the verified-token cache beside it. *Verify* is cryptography, *validate*
//! is claims, *authorize* is policy; the words are never exchanged.
//!
//! # Driving the engine
//!
//! ```
//! use std::time::Duration;
//! use bearward_core::{Credential, EngineConfig, IssuerConfig, Now, Outcome, Route};
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
//! let check = engine.check(&credential, Route::open(), now);
//! let Outcome::Done(Err(failure)) = check.outcome else { panic!("not a token") };
//! let answer = engine.answer(&failure);
//! assert_eq!(answer.status, 401);
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

mod engine;

mod credential;
mod sender;
mod token;
mod issuer;
mod key;
mod signature;
mod introspection;
mod validation;
mod revocation;
mod confirmation;
mod replay;
mod access_token;
pub mod requirement;
mod challenge;
mod resource_metadata;

mod claims;
mod error;
mod in_flight;
mod json;
mod limits;
mod misspelling;
mod operator_function;
pub mod provider;
mod redacted;
mod time;
mod token_cache;

#[cfg(test)]
#[path = "../tests/mint/mod.rs"]
mod mint;
#[cfg(test)]
mod secrecy;

pub use self::access_token::{AccessToken, AuthInfo, Scopes};
pub use self::challenge::{Answer, ChallengePolicy, ErrorBody};
pub use self::claims::{ClaimPath, ClaimsSet, OrganizationClaim};
pub use self::confirmation::{DpopNonce, DpopNonces, DpopPolicy, ReplayClaim};
pub use self::credential::{
    Credential, CredentialRules, DpopScheme, QueryTokens, Scheme, TokenCookie, TokenHeader, TokenPlace,
    TokenSubprotocol,
};
pub use self::engine::{
    Check, Consultation, DangerousEngine, Engine, EngineConfig, Explanation, Finding, IssuerResolution,
    Outcome, Readiness, Route, Rule, Source, Step, Store, StoreAnswers,
};
pub use self::error::{
    ClaimsError, ConfigError, ConfirmationError, CredentialError, Failure, IssuerError, KeyError,
    Misconfiguration, ProofError, Rejection, RequirementError, SignatureError, TokenError, Unavailable,
    UrlError, ValidatorError,
};
pub use self::in_flight::InFlight;
pub use self::introspection::{
    ClientAuthentication, IntrospectedTokens, Introspection, IntrospectionAnswers, IntrospectionCall,
    IntrospectionError, PrivateKey, PrivateKeyError,
};
pub use self::issuer::{
    DangerousIssuer, Fetch, FetchAnswer, FetchError, FetchOutcome, FetchProgress, FetchRequest, Issuer,
    IssuerConfig, KeyFetch, LoadBalancer, MetadataError, MetadataPlace, metadata_locations,
};
pub use self::json::JsonError;
pub use self::key::{
    Algorithm, AlgorithmSet, JwkError, KeyLookup, KeyRequest, KeySet, KeySetCache, KeySetError, KeySetPolicy,
    PemError, RefreshTicket, SkippedKey, UnknownAlgorithm, VerifyingKey,
};
pub use self::limits::Limits;
pub use self::misspelling::closest_name;
pub use self::provider::{Provider, ProviderError};
pub use self::redacted::RedactedUrl;
pub use self::replay::{Claim, MemoryReplayStore, ReplayKey, ReplayStoreFull};
pub use self::requirement::{CheckedRequirement, Denial, NoFacts, RequestFacts, Requirement};
pub use self::resource_metadata::{ProtectedResource, ResourceMetadata, ResourceSettings};
pub use self::revocation::{
    Revocation, RevocationEntry, RevocationKey, RevocationList, RevocationListFull, RevocationQuery,
};
pub use self::sender::{
    CertificateError, CertificateHeader, CertificateThumbprint, Connection, ProxyHeaders, PublicOrigin,
    Security, Sender, TargetUrl, TrustedProxies,
};
pub use self::time::{Now, NumericDate};
pub use self::token::UnverifiedToken;
pub use self::validation::{AudienceSubstitute, Profile};
