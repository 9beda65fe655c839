//! Which issuers are trusted, what their tokens must hold, and what must be fetched for that.
//!
//! Knows nothing of routes.

pub(crate) mod discovery;
pub(crate) mod fetch_answer;
pub(crate) mod fetch_outcome;
pub(crate) mod fetch_request;
pub(crate) mod in_flight;
pub(crate) mod introspection;
pub(crate) mod issuer;
pub(crate) mod key;
pub(crate) mod limits;
pub(crate) mod metadata;
pub(crate) mod near_miss;
pub mod provider;
pub(crate) mod url;
pub(crate) mod validation_policy;

pub use self::discovery::{DiscoveryProgress, DiscoverySearch, DiscoveryWants, IssuerDiscovery};
pub use self::fetch_answer::FetchAnswer;
pub use self::fetch_outcome::{FetchError, FetchOutcome, MetadataPlace};
pub use self::fetch_request::FetchRequest;
pub use self::in_flight::InFlight;
pub use self::introspection::{
    ClientAuthentication, IntrospectedTokens, Introspection, IntrospectionAnswers, IntrospectionError,
    IntrospectionProblem, PrivateKey, PrivateKeyError,
};
pub use self::issuer::{
    DangerousIssuer, Issuer, IssuerConfig, IssuerError, IssuerProblem, LoadBalancer, LoadBalancerError,
};
pub use self::key::{
    JwkError, KeyError, KeySet, KeySetError, KeySetPolicy, PemError, SkippedKey, VerifyingKey,
};
pub use self::limits::Limits;
pub use self::metadata::MetadataError;
pub use self::near_miss::NearMiss;
pub use self::provider::{Provider, ProviderError};
pub use self::url::UrlError;
pub use self::validation_policy::{
    AudienceSubstitute, ImpliedScopesError, Profile, RequiredClaimError, ValidatorError,
};
