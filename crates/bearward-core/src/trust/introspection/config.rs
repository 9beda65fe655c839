//! How an operator sets introspection up.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::client::ClientAuthentication;
use super::problem::IntrospectionProblem;
use crate::wire::redacted::RedactedUrl;

/// That an issuer is asked about its opaque tokens (RFC 7662), and how.
///
/// ```
/// use std::time::Duration;
/// use bearward_core::IssuerConfig;
/// use bearward_core::trust::{ClientAuthentication, Introspection};
///
/// let client = ClientAuthentication::secret_basic("orders-api", "a secret of that client");
/// let issuer = IssuerConfig::new("https://tenant.example/oidc")
///     .introspection(Introspection::new(client).cache_for(Duration::from_secs(30)));
/// ```
#[derive(Clone)]
#[must_use]
pub struct Introspection {
    client: ClientAuthentication,
    endpoint: Option<String>,
    tokens: IntrospectedTokens,
    answers: IntrospectionAnswers,
    cache_for: Duration,
    cache_refusals_for: Duration,
    bridge_for: Duration,
}

/// Which tokens the issuer is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum IntrospectedTokens {
    /// Those that are no JWT. A JWT is verified here, which needs no call.
    #[default]
    Opaque,
    /// JWTs of this issuer too, instead of verifying them here: a revoked one is refused as soon as the cached
    /// answer has run out. They must still be signed JWTs by their form, of a supported algorithm, and name this
    /// issuer.
    Every,
}

/// What the issuer is asked to answer with. Another kind of answer is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum IntrospectionAnswers {
    /// JSON (RFC 7662 §2.2), believed because TLS says who it comes from.
    #[default]
    Json,
    /// A signed JWT (RFC 9701), verified with the issuer's keys.
    SignedJwt,
    /// The JWT that the opaque token stands for (`Accept: application/jwt`): the phantom token. It is verified
    /// as if the client had presented it, and can be sent on
    /// ([`AccessToken::expose_jwt`](crate::AccessToken::expose_jwt)).
    PhantomJwt,
}

const MIN_CACHE: Duration = Duration::from_secs(1);
const MAX_CACHE: Duration = Duration::from_secs(60 * 60);

/// Longer, a bridge would be a second `cache_for`.
const MAX_BRIDGE: Duration = Duration::from_secs(60);

impl Introspection {
    /// Asks as this client, at the endpoint that the issuer's metadata name, about tokens that are no JWT.
    pub fn new(client: ClientAuthentication) -> Self {
        Self {
            client,
            endpoint: None,
            tokens: IntrospectedTokens::default(),
            answers: IntrospectionAnswers::default(),
            cache_for: Duration::from_secs(60),
            cache_refusals_for: Duration::from_secs(5),
            bridge_for: Duration::from_secs(5),
        }
    }

    /// The URL of the introspection endpoint, for an issuer whose metadata do not name it. Errors and logs name it
    /// without the values of its parameters.
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = Some(url.into());
        self
    }

    /// Which tokens the issuer is asked about.
    pub fn tokens(mut self, tokens: IntrospectedTokens) -> Self {
        self.tokens = tokens;
        self
    }

    /// What the issuer is asked to answer with.
    pub fn answers(mut self, answers: IntrospectionAnswers) -> Self {
        self.answers = answers;
        self
    }

    /// How long an active token is not asked about again, unless its `exp` comes first: how long a revoked one
    /// may live on. A minute unless set, at least a second, at most an hour.
    pub fn cache_for(mut self, duration: Duration) -> Self {
        self.cache_for = duration;
        self
    }

    /// How long a refused token is not asked about again: 5 seconds unless set, at least a second, at most an hour.
    pub fn cache_refusals_for(mut self, duration: Duration) -> Self {
        self.cache_refusals_for = duration;
        self
    }

    /// How much longer than [`cache_for`](Self::cache_for) an active token passes while every call that it may
    /// have is taken by other tokens
    /// ([`Limits::max_introspection_calls`](crate::trust::Limits::max_introspection_calls)): 5 seconds unless set, at most a
    /// minute. Zero refuses it with 503 instead.
    ///
    /// A sender of made-up tokens can bring that about, so in the worst case a revoked token lives on for both
    /// together. It never passes beyond its `exp`, nor after an answer that it is inactive or a call that failed.
    pub fn bridge_for(mut self, duration: Duration) -> Self {
        self.bridge_for = duration;
        self
    }

    pub(crate) fn problems(&self) -> Vec<IntrospectionProblem> {
        // Below a second, many requests with one token would each cause a call.
        let is_out = |duration: Duration| !(MIN_CACHE..=MAX_CACHE).contains(&duration);
        let bounds = [
            (self.bridge_for > MAX_BRIDGE, IntrospectionProblem::BridgeFor),
            (is_out(self.cache_for), IntrospectionProblem::CacheFor),
            (is_out(self.cache_refusals_for), IntrospectionProblem::CacheRefusalsFor),
        ];
        let broken = bounds.into_iter().filter(|(is_met, _)| *is_met).map(|(_, problem)| problem);
        broken.chain(self.client.problem()).collect()
    }

    pub(crate) fn chosen_endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }

    pub(crate) fn client(&self) -> &ClientAuthentication {
        &self.client
    }

    pub(crate) fn chosen_tokens(&self) -> IntrospectedTokens {
        self.tokens
    }

    pub(crate) fn chosen_answers(&self) -> IntrospectionAnswers {
        self.answers
    }

    pub(crate) fn life(&self) -> Duration {
        self.cache_for
    }

    pub(crate) fn refusal_life(&self) -> Duration {
        self.cache_refusals_for
    }

    pub(crate) fn bridge(&self) -> Duration {
        self.bridge_for
    }

    /// Whether two ask in the same way. Not `PartialEq`: that would let others guess at secrets.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let Self { client, endpoint, tokens, answers, cache_for, cache_refusals_for, bridge_for } = self;
        client.is_same(&other.client)
            && (endpoint, tokens, answers) == (&other.endpoint, &other.tokens, &other.answers)
            && (cache_for, cache_refusals_for, bridge_for)
                == (&other.cache_for, &other.cache_refusals_for, &other.bridge_for)
    }
}

impl fmt::Debug for Introspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Introspection")
            .field("client", &self.client)
            .field("endpoint", &self.endpoint.as_deref().map(RedactedUrl::of))
            .field("tokens", &self.tokens)
            .field("answers", &self.answers)
            .field("cache_for", &self.cache_for)
            .field("cache_refusals_for", &self.cache_refusals_for)
            .field("bridge_for", &self.bridge_for)
            .finish()
    }
}
