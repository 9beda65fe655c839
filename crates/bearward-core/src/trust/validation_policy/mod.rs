//! What the claims of one issuer's tokens must hold, as data: stage 6 checks it.

mod required_claim;
mod scopes;
mod substitute;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub(crate) use self::required_claim::RequiredClaim;
pub use self::required_claim::RequiredClaimError;
pub use self::scopes::ImpliedScopesError;
pub(crate) use self::scopes::{ImpliedScopes, ScopeHierarchy};
pub use self::substitute::AudienceSubstitute;
use crate::token::claims::ClaimsSet;
use crate::wire::redacted::RedactedUrl;

/// The application's own check of the claims set.
pub(crate) type Validator = Arc<dyn Fn(&ClaimsSet) -> Result<(), ValidatorError> + Send + Sync>;

/// What the claims of one issuer's tokens must hold.
#[derive(Clone)]
pub(crate) struct ValidationPolicy {
    pub(crate) audience: AudienceRule,
    /// What takes the place of `aud` in tokens without it.
    pub(crate) substitute: Option<AudienceSubstitute>,
    /// The URI of the protected resource, where it is known. As an audience it has several spellings.
    pub(crate) resource: Option<Box<str>>,
    pub(crate) scopes: ScopeHierarchy,
    pub(crate) profile: Profile,
    pub(crate) expiry: ExpiryRule,
    pub(crate) clock_tolerance: Duration,
    pub(crate) max_age: Option<Duration>,
    pub(crate) validators: Vec<Validator>,
}

/// Whom a token must be for.
#[derive(Clone)]
pub(crate) enum AudienceRule {
    OneOf(Vec<Box<str>>),
    Unchecked,
}

/// How close to RFC 9068 a token must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Profile {
    /// `typ` may be absent or `JWT`, as most authorization servers still send it.
    #[default]
    Compatible,
    /// `typ` is `at+jwt`, and `iss`, `exp`, `aud`, `sub`, `client_id`, `iat`, `jti` are all there.
    Rfc9068,
}

/// Whether a token may live for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExpiryRule {
    Mandatory,
    Optional,
}

/// Which of a token's audiences let it in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AudienceMatch {
    /// One that the resource server is configured with.
    Configured,
    /// Only one that stands for an organization.
    Organization,
}

impl fmt::Debug for AudienceRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OneOf(audiences) => f.debug_tuple("OneOf").field(&RedactedUrl::all(audiences)).finish(),
            Self::Unchecked => f.write_str("Unchecked"),
        }
    }
}

impl fmt::Debug for ValidationPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ValidationPolicy")
            .field("audience", &self.audience)
            .field("substitute", &self.substitute)
            .field("resource", &self.resource.as_deref().map(RedactedUrl::of))
            .field("scopes", &self.scopes)
            .field("profile", &self.profile)
            .field("expiry", &self.expiry)
            .field("clock_tolerance", &self.clock_tolerance)
            .field("max_age", &self.max_age)
            .field("validators", &self.validators.len())
            .finish()
    }
}

/// A custom validator's refusal.
///
/// Its text is the `error_description` the client gets, so it must tell nothing that the client may not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidatorError(Cow<'static, str>);

impl ValidatorError {
    /// A refusal with this description for the client.
    pub fn new(description: impl Into<Cow<'static, str>>) -> Self {
        Self(description.into())
    }
}

impl fmt::Display for ValidatorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ValidatorError {}
