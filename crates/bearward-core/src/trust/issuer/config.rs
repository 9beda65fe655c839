//! How an operator names an issuer, and how that becomes an [`Issuer`].

use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use super::keys_by_kid::KeysByKid;
use super::load_balancer::LoadBalancer;
use super::{FetchedKeys, Issuer, IssuerKeys, KeyLocation};
use crate::engine::config_error::ConfigError;
use crate::token::algorithm::{Algorithm, AlgorithmSet};
use crate::token::claims::{ClaimPath, OrganizationClaim};
use crate::trust::introspection::Introspection;
use crate::trust::key::{KeySet, KeySetCache, KeySetPolicy, StaticKeyError, VerifyingKey, is_public_key};
use crate::trust::limits::Limits;
use crate::trust::metadata::{Places, is_same_but_for_slash};
use crate::trust::policy::{AudienceRule, AudienceSubstitute, RequiredClaim, ValidationPolicy};
use crate::trust::url::{self, HttpPolicy};
use crate::wire::redacted::RedactedUrl;

/// One issuer, as an operator configures it: its identifier, where its keys come from, and where it differs
/// from the others.
///
/// ```
/// use bearward_core::{Algorithm, IssuerConfig};
///
/// let by_discovery = IssuerConfig::new("https://tenant.example/oidc");
/// let by_jwks_uri = IssuerConfig::new("https://other.example/")
///     .jwks_uri("https://other.example/keys")
///     .algorithms([Algorithm::ES256])
///     .audience("https://api.example.com");
/// ```
#[derive(Clone)]
#[must_use]
pub struct IssuerConfig {
    identifier: String,
    source: KeySource,
    /// A shared secret beside published keys.
    secret: Option<Vec<u8>>,
    algorithms: Option<Vec<Algorithm>>,
    audiences: Vec<String>,
    substitute: Option<AudienceSubstitute>,
    organization_claim: Option<OrganizationClaim>,
    required_claims: Vec<RequiredClaim>,
    http: HttpPolicy,
    introspection: Option<Introspection>,
}

/// Where an issuer's keys come from.
#[derive(Clone, PartialEq)]
pub(crate) enum KeySource {
    /// Its metadata, at the well-known places.
    Discovery,
    /// Its metadata, at the well-known places of this base URL.
    MetadataBase(String),
    /// Its metadata, at this URL.
    MetadataUrl(String),
    JwksUri(String),
    /// A JWK or JWK Set, as text.
    Jwks(String),
    Pem(String),
    Secret(Vec<u8>),
    /// Each at a URL of its own, by its `kid`.
    LoadBalancer(LoadBalancer),
}

/// Settings that all issuers of a resource server share.
pub(crate) struct EngineWide<'e> {
    pub(crate) limits: &'e Limits,
    pub(crate) key_sets: &'e KeySetPolicy,
    /// The policy, with the audiences that hold where an issuer names none, and without a substitute for them.
    pub(crate) validation: &'e ValidationPolicy,
    pub(crate) organization_claim: &'e OrganizationClaim,
}

impl IssuerConfig {
    /// An issuer whose keys are found through its metadata. The identifier must be exactly what stands in
    /// the tokens' `iss`, to the last slash. Where it is a URL, it has no credentials, no query and no fragment
    /// (RFC 8414 §2): logs name it.
    pub fn new(identifier: impl Into<String>) -> Self {
        Self {
            identifier: identifier.into(),
            source: KeySource::Discovery,
            secret: None,
            algorithms: None,
            audiences: Vec::new(),
            substitute: None,
            organization_claim: None,
            required_claims: Vec::new(),
            http: HttpPolicy::LoopbackOnly,
            introspection: None,
        }
    }

    /// Its metadata is at this URL instead of the well-known places. Errors and logs name the URL without the values
    /// of its parameters.
    pub fn metadata_url(self, url: impl Into<String>) -> Self {
        self.source(KeySource::MetadataUrl(url.into()))
    }

    /// Its metadata is at the well-known places of this URL: for a server that is reached from here by another name
    /// than its clients know, such as `http://keycloak.auth.svc:8080/realms/a` inside a cluster. The metadata may
    /// name the identifier as its issuer, or this URL, and no other; tokens must name the identifier. Plain `http`
    /// needs [`allow_plain_http`](DangerousIssuer::allow_plain_http).
    pub fn metadata_base_url(self, url: impl Into<String>) -> Self {
        self.source(KeySource::MetadataBase(url.into()))
    }

    /// Its key set is at this URL; no metadata is fetched. Errors and logs name the URL without the values of its
    /// parameters.
    pub fn jwks_uri(self, url: impl Into<String>) -> Self {
        self.source(KeySource::JwksUri(url.into()))
    }

    /// Its keys are these, a JWK Set or a single JWK in JSON; nothing is fetched.
    pub fn static_keys(self, jwks: impl Into<String>) -> Self {
        self.source(KeySource::Jwks(jwks.into()))
    }

    /// Its key is this public key in PEM (`PUBLIC KEY` or `RSA PUBLIC KEY`); nothing is fetched.
    pub fn public_key_pem(self, pem: impl Into<String>) -> Self {
        self.source(KeySource::Pem(pem.into()))
    }

    /// Its tokens are signed with this secret under HS256, or the HMAC algorithms named by
    /// [`algorithms`](Self::algorithms). Whoever has the secret can make tokens, so the text of a public key is
    /// refused ([`ConfigError::SecretIsPublic`]).
    pub fn shared_secret(self, secret: impl Into<Vec<u8>>) -> Self {
        self.source(KeySource::Secret(secret.into()))
    }

    /// Some of its tokens are signed with this secret, and others with its published keys, while an authorization server
    /// moves from one to the other (Supabase). HMAC algorithms are verified with the secret alone, and all others
    /// with the keys alone: `HS256` and every asymmetric one, unless [`algorithms`](Self::algorithms) names some of each
    /// kind. Whoever has the secret can make tokens: leave it out again when the last of its tokens has expired.
    pub fn shared_secret_beside_keys(mut self, secret: impl Into<Vec<u8>>) -> Self {
        self.secret = Some(secret.into());
        self
    }

    /// Its tokens are what this load balancer says of the users whom it has logged in at this issuer
    /// (`x-amzn-oidc-data`). The client id that the load balancer has there is the audience.
    ///
    /// ```
    /// use bearward_core::{EngineConfig, IssuerConfig, LoadBalancer};
    ///
    /// let arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188";
    /// let engine = EngineConfig::new()
    ///     .issuer(IssuerConfig::new("https://tenant.example/oidc").load_balancer(LoadBalancer::new(arn)?))
    ///     .audience("the-client-id")
    ///     .build()?;
    /// # let _ = engine;
    /// # Ok::<(), bearward_core::ConfigError>(())
    /// ```
    pub fn load_balancer(self, load_balancer: LoadBalancer) -> Self {
        self.source(KeySource::LoadBalancer(load_balancer))
    }

    /// The algorithms its tokens may be signed with. Every asymmetric one by default; `HS256` for a shared
    /// secret.
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.algorithms = Some(algorithms.into_iter().collect());
        self
    }

    /// An audience of its tokens, besides others given in the same way. Without one, the resource server's
    /// audiences hold.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.push(audience.into());
        self
    }

    /// Its tokens without `aud` are accepted where they were issued to one of these clients: for authorization servers
    /// that send no audience. A token that has an audience must name a configured one as before, and is refused where
    /// none is configured.
    pub fn tokens_without_audience(mut self, substitute: AudienceSubstitute) -> Self {
        self.substitute = Some(substitute);
        self
    }

    /// The claim that names the organization of its tokens. Without one, the resource server's organization claim holds.
    pub fn organization_claim(mut self, claim: impl Into<OrganizationClaim>) -> Self {
        self.organization_claim = Some(claim.into());
        self
    }

    /// Its tokens are accepted where this claim is one of these values, besides other claims required in the same way: for
    /// issuers that make tokens for everybody, such as GitHub Actions, of which any repository may ask for any audience.
    /// Other tokens are refused with 401 `claim_rejected`.
    ///
    /// ```
    /// use bearward_core::IssuerConfig;
    ///
    /// let github = IssuerConfig::new("https://token.actions.githubusercontent.com")
    ///     .audience("https://api.example.com")
    ///     .require_claim("repository_owner", ["acme"]);
    /// ```
    pub fn require_claim<V: Into<Value>>(
        mut self,
        claim: impl Into<ClaimPath>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        self.required_claims.push(RequiredClaim::new(claim.into(), values.into_iter().map(Into::into)));
        self
    }

    /// Its opaque tokens are accepted: it is asked about each of them (RFC 7662). One issuer of a resource server
    /// can be asked, since an opaque token does not say whose it is.
    pub fn introspection(mut self, introspection: Introspection) -> Self {
        self.introspection = Some(introspection);
        self
    }

    /// Settings that weaken the protection.
    pub fn dangerous(self) -> DangerousIssuer {
        DangerousIssuer(self)
    }

    /// Its identifier.
    #[must_use]
    pub fn identifier(&self) -> &str {
        &self.identifier
    }

    /// The audiences of its own; none where those of the whole server hold.
    #[must_use]
    pub fn audiences(&self) -> &[String] {
        &self.audiences
    }

    /// The introspection settings, checked.
    pub(crate) fn checked_introspection(&self) -> Result<Option<Introspection>, ConfigError> {
        let Some(introspection) = self.introspection.clone() else {
            return Ok(None);
        };
        introspection.check()?;
        match (introspection.chosen_endpoint(), &self.source) {
            (Some(url), _) => self.check_url("introspection.endpoint", url)?,
            (None, KeySource::Discovery | KeySource::MetadataBase(_) | KeySource::MetadataUrl(_)) => {}
            (None, _) => return Err(ConfigError::IntrospectionEndpoint(RedactedUrl::of(&self.identifier))),
        }
        Ok(Some(introspection))
    }

    /// The ARN of the load balancer whose tokens these are.
    pub(crate) fn signer(&self) -> Option<&str> {
        match &self.source {
            KeySource::LoadBalancer(load_balancer) => Some(load_balancer.arn()),
            _ => None,
        }
    }

    pub(crate) fn introspects(&self) -> bool {
        self.introspection.is_some()
    }

    pub(crate) fn source(mut self, source: KeySource) -> Self {
        self.source = source;
        self
    }

    pub(crate) fn build(self, wide: &EngineWide<'_>) -> Result<Issuer, ConfigError> {
        self.check_identifier()?;
        let algorithms = self.allowed_algorithms()?;
        let published = match &self.source {
            KeySource::Secret(_) => algorithms,
            _ => algorithms.published(),
        };
        let keys = self.keys(published, wide)?;
        let secret = match &self.secret {
            Some(secret) => Some(Arc::new(KeySet::of_one(secret_key(secret, algorithms)?))),
            None => None,
        };
        let mut validation = wide.validation.clone();
        if !self.audiences.is_empty() {
            let own = self.audiences.iter().map(|audience| audience.as_str().into());
            validation.audience = AudienceRule::OneOf(own.collect());
        }
        self.check_audiences(&validation.audience)?;
        validation.substitute = self.substitute;
        for claim in self.required_claims {
            validation.validators.push(claim.into_validator()?);
        }
        let organization_claim = self.organization_claim.unwrap_or_else(|| wide.organization_claim.clone());
        if organization_claim.path().is_empty() {
            return Err(ConfigError::OrganizationClaim(organization_claim.path().to_string()));
        }
        Ok(Issuer {
            identifier: self.identifier.into(),
            algorithms,
            keys,
            secret,
            validation,
            organization_claim,
            trusted_until: AtomicU64::new(u64::MAX),
            used: AtomicBool::new(false),
        })
    }

    fn check_audiences(&self, rule: &AudienceRule) -> Result<(), ConfigError> {
        if let Some(substitute) = &self.substitute {
            substitute.checked()?;
        }
        match (rule, &self.substitute) {
            // It would not be looked at, and somebody believes that it is.
            (AudienceRule::Unchecked, Some(_)) => Err(ConfigError::TokensWithoutAudience(
                "any audience is dangerously allowed, so it checks nothing",
            )),
            (AudienceRule::OneOf(audiences), None) if audiences.is_empty() => Err(ConfigError::Audience),
            (AudienceRule::OneOf(audiences), _) if audiences.iter().any(|audience| audience.is_empty()) => {
                Err(ConfigError::Audience)
            }
            _ => Ok(()),
        }
    }

    fn check_identifier(&self) -> Result<(), ConfigError> {
        let checked = match &self.source {
            KeySource::Discovery => url::check_issuer_url(&self.identifier, self.http),
            _ => url::check_identifier(&self.identifier),
        };
        checked.map_err(|why| ConfigError::Issuer { issuer: RedactedUrl::of(&self.identifier), why })
    }

    fn allowed_algorithms(&self) -> Result<AlgorithmSet, ConfigError> {
        let with_secret = matches!(self.source, KeySource::Secret(_));
        if self.secret.is_some() {
            return self.algorithms_of_each_kind(with_secret);
        }
        let Some(chosen) = &self.algorithms else {
            return Ok(match self.source {
                KeySource::Secret(_) => AlgorithmSet::from_iter([Algorithm::HS256]),
                KeySource::LoadBalancer(_) => AlgorithmSet::from_iter([Algorithm::ES256]),
                _ => AlgorithmSet::asymmetric(),
            });
        };
        if chosen.is_empty() {
            return Err(ConfigError::Algorithms("the list is empty"));
        }
        match (with_secret, chosen.iter().any(|algorithm| algorithm.is_asymmetric())) {
            (true, true) => {
                Err(ConfigError::Algorithms("a shared secret goes with HS256, HS384 or HS512 only"))
            }
            (false, _) if !chosen.iter().all(|algorithm| algorithm.is_asymmetric()) => Err(
                ConfigError::Algorithms("HS256, HS384 and HS512 need a shared secret, not published keys"),
            ),
            _ => Ok(chosen.iter().copied().collect()),
        }
    }

    /// Those of an issuer with a shared secret beside its published keys. A kind that is left out would make one of the
    /// two a setting that does nothing.
    fn algorithms_of_each_kind(&self, with_secret: bool) -> Result<AlgorithmSet, ConfigError> {
        if with_secret {
            return Err(ConfigError::SecretBesideSecret);
        }
        if self.signer().is_some() {
            return Err(ConfigError::LoadBalancer("its tokens are signed with its keys alone"));
        }
        let Some(chosen) = &self.algorithms else {
            return Ok(AlgorithmSet::asymmetric().iter().chain([Algorithm::HS256]).collect());
        };
        let has = |asymmetric| chosen.iter().any(|algorithm| algorithm.is_asymmetric() == asymmetric);
        match has(true) && has(false) {
            true => Ok(chosen.iter().copied().collect()),
            false => Err(ConfigError::Algorithms(
                "a shared secret beside published keys needs HS256, HS384 or HS512, and one for the keys",
            )),
        }
    }

    fn keys(&self, allowed: AlgorithmSet, wide: &EngineWide<'_>) -> Result<IssuerKeys, ConfigError> {
        let configured = |keys| Ok(IssuerKeys::Configured(Arc::new(keys)));
        // Three metadata locations and the key set, each with its own timeout.
        let flight_timeout =
            wide.limits.fetch_timeout.saturating_mul(4).saturating_add(Duration::from_secs(1));
        let location = match &self.source {
            KeySource::Discovery => KeyLocation::Metadata(Places::of(&self.identifier)),
            KeySource::MetadataBase(base) => {
                let refused =
                    |why| ConfigError::Url { setting: "metadata_base_url", url: RedactedUrl::of(base), why };
                url::check_issuer_url(base, self.http).map_err(refused)?;
                KeyLocation::Metadata(Places::of(base))
            }
            KeySource::MetadataUrl(url) => {
                self.check_url("metadata_url", url)?;
                KeyLocation::Metadata(Places::only(url.clone()))
            }
            KeySource::JwksUri(url) => {
                self.check_url("jwks_uri", url)?;
                KeyLocation::JwksUri(url.clone())
            }
            KeySource::Jwks(text) => {
                return match KeySet::parse_static(text, allowed) {
                    Ok(keys) => configured(keys),
                    Err(StaticKeyError::Set(why)) => Err(ConfigError::KeySet(why)),
                    Err(StaticKeyError::Key(why)) => Err(ConfigError::Jwk(why)),
                };
            }
            KeySource::Pem(pem) => {
                let key = VerifyingKey::from_pem(pem, allowed).map_err(ConfigError::Pem)?;
                return configured(KeySet::of_one(key));
            }
            KeySource::LoadBalancer(load_balancer) => {
                self.check_url("keys_at", load_balancer.keys_at())?;
                return Ok(IssuerKeys::ByKid(KeysByKid {
                    at: load_balancer.keys_at().to_owned(),
                    http: self.http,
                    policy: wide.key_sets.clone(),
                    flight_timeout,
                    known: Mutex::default(),
                }));
            }
            KeySource::Secret(secret) => {
                return configured(KeySet::of_one(secret_key(secret, allowed)?));
            }
        };
        Ok(IssuerKeys::Fetched(Arc::new(FetchedKeys {
            cache: KeySetCache::new(wide.key_sets.clone(), flight_timeout),
            location,
            http: self.http,
            alias: match &self.source {
                // Two ways of writing the identifier are no two names: the one configured is exact.
                KeySource::MetadataBase(base) if !is_same_but_for_slash(base, &self.identifier) => {
                    Some(base.as_str().into())
                }
                _ => None,
            },
            most_keys: wide.limits.keys,
            most_bytes: wide.limits.key_set_bytes,
            metadata_age: wide.key_sets.metadata_age,
            wants_endpoint: self
                .introspection
                .as_ref()
                .is_some_and(|chosen| chosen.chosen_endpoint().is_none()),
            found_jwks_uri: Mutex::new(None),
            found_introspection: Mutex::new(None),
        })))
    }

    fn check_url(&self, setting: &'static str, url: &str) -> Result<(), ConfigError> {
        let refused = |why| ConfigError::Url { setting, url: RedactedUrl::of(url), why };
        url::check_url(url, self.http).map_err(refused)
    }
}

/// Each allowed algorithm must be one that the secret is long enough for: a setting that silently switches
/// one off would be found out by a client.
fn secret_key(secret: &[u8], allowed: AlgorithmSet) -> Result<VerifyingKey, ConfigError> {
    let least = allowed.iter().filter_map(Algorithm::least_secret_bytes).max().unwrap_or(usize::MAX);
    let too_short = || ConfigError::SecretTooShort { bytes: secret.len(), least };
    if secret.len() < least {
        return Err(too_short());
    }
    if is_public_key(secret) {
        return Err(ConfigError::SecretIsPublic("shared_secret"));
    }
    VerifyingKey::from_secret(secret, allowed).ok_or_else(too_short)
}

/// Whether two configurations make the same issuer.
impl PartialEq for IssuerConfig {
    fn eq(&self, other: &Self) -> bool {
        let Self {
            identifier,
            source,
            secret,
            algorithms,
            audiences,
            substitute,
            organization_claim,
            required_claims,
            http,
            introspection,
        } = self;
        let introspection = match (introspection, &other.introspection) {
            (Some(own), Some(other)) => own.is_same(other),
            (None, None) => true,
            _ => false,
        };
        introspection
            && (identifier, source, algorithms, audiences, http)
                == (&other.identifier, &other.source, &other.algorithms, &other.audiences, &other.http)
            && (secret, substitute, organization_claim)
                == (&other.secret, &other.substitute, &other.organization_claim)
            && *required_claims == other.required_claims
    }
}

impl From<&str> for IssuerConfig {
    fn from(identifier: &str) -> Self {
        Self::new(identifier)
    }
}

impl From<String> for IssuerConfig {
    fn from(identifier: String) -> Self {
        Self::new(identifier)
    }
}

impl std::fmt::Debug for IssuerConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IssuerConfig")
            .field("identifier", &RedactedUrl::of(&self.identifier))
            .field("audiences", &RedactedUrl::all(&self.audiences))
            .field("substitute", &self.substitute)
            .finish_non_exhaustive()
    }
}

/// Settings of one issuer that weaken the protection.
#[derive(Debug)]
#[must_use]
pub struct DangerousIssuer(IssuerConfig);

impl DangerousIssuer {
    /// Fetches metadata and keys over plain `http` from any host: whoever is on the way can exchange the
    /// keys, and with them decide who gets in.
    pub fn allow_plain_http(mut self) -> IssuerConfig {
        self.0.http = HttpPolicy::DangerousAnywhere;
        self.0
    }
}
