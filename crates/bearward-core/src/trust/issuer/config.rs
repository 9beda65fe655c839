//! How an operator names an issuer, and how that becomes an [`Issuer`].

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use super::keys_by_kid::KeysByKid;
use super::load_balancer::LoadBalancer;
use super::problem::{IssuerProblem, MemberProblem};
use super::{FetchedKeys, Issuer, IssuerKeys, KeyLocation, LoadBalancerError};
use crate::token::algorithm::{Algorithm, AlgorithmSet};
use crate::token::claims::{ClaimPath, OrganizationClaim};
use crate::trust::introspection::{Introspection, IntrospectionProblem};
use crate::trust::key::{KeySet, KeySetCache, KeySetPolicy, StaticKeyError, VerifyingKey, is_public_key};
use crate::trust::limits::Limits;
use crate::trust::metadata::{Places, is_same_but_for_slash};
use crate::trust::url::{self, HttpPolicy, UrlError};
use crate::trust::validation_policy::{AudienceRule, AudienceSubstitute, RequiredClaim, ValidationPolicy};
use crate::wire::redacted::RedactedUrl;

/// One issuer, as an operator configures it: its identifier, where its keys come from, and where it differs
/// from the others.
///
/// ```
/// use bearward_core::IssuerConfig;
/// use bearward_core::token::Algorithm;
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

/// Settings that all issuers of a resource server share, those included that are resolved at run time.
#[derive(Debug)]
pub(crate) struct IssuerDefaults {
    pub(crate) limits: Limits,
    pub(crate) key_sets: KeySetPolicy,
    /// The policy, with the audiences for an issuer that names no audience, and without a substitute for them.
    pub(crate) validation: ValidationPolicy,
    pub(crate) organization_claim: OrganizationClaim,
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
    /// [`algorithms`](Self::algorithms). A program that has the secret can make tokens, so the text of a public key is
    /// refused ([`IssuerProblem::SecretIsPublic`]).
    pub fn shared_secret(self, secret: impl Into<Vec<u8>>) -> Self {
        self.source(KeySource::Secret(secret.into()))
    }

    /// Some of its tokens are signed with this secret, and others with its published keys, while an authorization
    /// server moves from one to the other (Supabase). HMAC algorithms are verified with the secret alone, and all
    /// others with the keys alone: `HS256` and every asymmetric one, unless [`algorithms`](Self::algorithms) names some
    /// of each kind. A program that has the secret can make tokens: leave it out again when the last of its tokens has
    /// expired.
    pub fn shared_secret_beside_keys(mut self, secret: impl Into<Vec<u8>>) -> Self {
        self.secret = Some(secret.into());
        self
    }

    /// Its tokens are what this load balancer says of the users whom it has logged in at this issuer
    /// (`x-amzn-oidc-data`). The client id that the load balancer has there is the audience.
    ///
    /// ```
    /// use bearward_core::{EngineConfig, IssuerConfig};
    /// use bearward_core::trust::LoadBalancer;
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

    /// Its own audiences; empty where those of the whole server apply.
    #[must_use]
    pub fn audiences(&self) -> &[String] {
        &self.audiences
    }

    /// The introspection settings; [`build`](Self::build) says what is wrong with them.
    pub(crate) fn chosen_introspection(&self) -> Option<&Introspection> {
        self.introspection.as_ref()
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

    /// Checks the settings and makes the issuer of them, or says each that cannot work.
    pub(crate) fn build(self, defaults: &IssuerDefaults) -> Result<Issuer, Vec<MemberProblem>> {
        let mut problems = Vec::new();
        problems.extend(self.identifier_problem());
        problems.extend(self.introspection_problems());
        let mut validation = defaults.validation.clone();
        if !self.audiences.is_empty() {
            let own = self.audiences.iter().map(|audience| audience.as_str().into());
            validation.audience = AudienceRule::OneOf(own.collect());
        }
        problems.extend(self.audience_problem(&validation.audience));
        for (index, claim) in self.required_claims.iter().enumerate() {
            match claim.clone().into_validator() {
                Ok(validator) => validation.validators.push(validator),
                Err(why) => problems
                    .push((format!("required_claims[{index}]").into(), IssuerProblem::RequiredClaim(why))),
            }
        }
        let organization_claim =
            self.organization_claim.clone().unwrap_or_else(|| defaults.organization_claim.clone());
        if organization_claim.path().is_empty() {
            let path = organization_claim.path().to_string();
            problems.push(("organization_claim".into(), IssuerProblem::OrganizationClaim(path)));
        }
        let keys = self.all_keys(defaults);
        match keys {
            Ok((algorithms, keys, secret)) if problems.is_empty() => {
                validation.substitute = self.substitute;
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
            keys => {
                problems.extend(keys.err());
                Err(problems)
            }
        }
    }

    /// The allowed algorithms, the keys, and the secret beside them.
    fn all_keys(
        &self,
        defaults: &IssuerDefaults,
    ) -> Result<(AlgorithmSet, IssuerKeys, Option<Arc<KeySet>>), MemberProblem> {
        let algorithms = self.allowed_algorithms()?;
        let published = match &self.source {
            KeySource::Secret(_) => algorithms,
            _ => algorithms.published(),
        };
        let keys = self.keys(published, defaults)?;
        let secret = match &self.secret {
            Some(secret) => {
                let key = secret_key(secret, algorithms)
                    .map_err(|why| (Cow::Borrowed("shared_secret_beside_keys"), why))?;
                Some(Arc::new(KeySet::of_one(key)))
            }
            None => None,
        };
        Ok((algorithms, keys, secret))
    }

    fn identifier_problem(&self) -> Option<MemberProblem> {
        let checked = match &self.source {
            KeySource::Discovery => url::check_issuer_url(&self.identifier, self.http),
            _ => url::check_identifier(&self.identifier),
        };
        let issuer = || RedactedUrl::of(&self.identifier);
        checked.err().map(|why| ("issuer".into(), IssuerProblem::Identifier { issuer: issuer(), why }))
    }

    fn introspection_problems(&self) -> Vec<MemberProblem> {
        let Some(introspection) = &self.introspection else { return Vec::new() };
        let is = |problem: IntrospectionProblem| {
            let member = format!("introspection.{}", problem.member());
            (Cow::Owned(member), IssuerProblem::Introspection(problem))
        };
        let mut problems: Vec<_> = introspection.problems().into_iter().map(is).collect();
        match (introspection.chosen_endpoint(), &self.source) {
            (Some(url), _) => problems.extend(self.check_url("introspection.endpoint", url).err()),
            (None, KeySource::Discovery | KeySource::MetadataBase(_) | KeySource::MetadataUrl(_)) => {}
            (None, _) => problems.push(is(IntrospectionProblem::NoEndpoint)),
        }
        problems
    }

    fn audience_problem(&self, rule: &AudienceRule) -> Option<MemberProblem> {
        let substitute =
            |why| Some(("tokens_without_audience".into(), IssuerProblem::TokensWithoutAudience(why)));
        if let Some(why) = self.substitute.as_ref().and_then(AudienceSubstitute::problem) {
            return substitute(why);
        }
        match (rule, &self.substitute) {
            // It would not be looked at, and somebody believes that it is.
            (AudienceRule::Unchecked, Some(_)) => {
                substitute("any audience is dangerously allowed, so it checks nothing")
            }
            (AudienceRule::OneOf(audiences), None) if audiences.is_empty() => {
                Some(("audiences".into(), IssuerProblem::Audience))
            }
            (AudienceRule::OneOf(audiences), _) => {
                let empty = audiences.iter().position(|audience| audience.is_empty())?;
                Some((format!("audiences[{empty}]").into(), IssuerProblem::Audience))
            }
            _ => None,
        }
    }

    fn allowed_algorithms(&self) -> Result<AlgorithmSet, MemberProblem> {
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
            return Err(algorithms("the list is empty"));
        }
        match (with_secret, chosen.iter().any(|algorithm| algorithm.is_asymmetric())) {
            (true, true) => Err(algorithms("a shared secret goes with HS256, HS384 or HS512 only")),
            (false, _) if !chosen.iter().all(|algorithm| algorithm.is_asymmetric()) => {
                Err(algorithms("HS256, HS384 and HS512 need a shared secret, not published keys"))
            }
            _ => Ok(chosen.iter().copied().collect()),
        }
    }

    /// Those of an issuer with a shared secret beside its published keys. A kind that is left out would make one of the
    /// two a setting that does nothing.
    fn algorithms_of_each_kind(&self, with_secret: bool) -> Result<AlgorithmSet, MemberProblem> {
        if with_secret {
            return Err(("shared_secret_beside_keys".into(), IssuerProblem::SecretBesideSecret));
        }
        if self.signer().is_some() {
            let why = LoadBalancerError("its tokens are signed with its keys alone");
            return Err(("load_balancer".into(), IssuerProblem::LoadBalancer(why)));
        }
        let Some(chosen) = &self.algorithms else {
            return Ok(AlgorithmSet::asymmetric().iter().chain([Algorithm::HS256]).collect());
        };
        let has = |asymmetric| chosen.iter().any(|algorithm| algorithm.is_asymmetric() == asymmetric);
        match has(true) && has(false) {
            true => Ok(chosen.iter().copied().collect()),
            false => Err(algorithms(
                "a shared secret beside published keys needs HS256, HS384 or HS512, and one for the keys",
            )),
        }
    }

    fn keys(&self, allowed: AlgorithmSet, defaults: &IssuerDefaults) -> Result<IssuerKeys, MemberProblem> {
        let configured = |keys| Ok(IssuerKeys::Configured(Arc::new(keys)));
        // Three metadata locations and the key set, each with its own timeout.
        let flight_timeout =
            defaults.limits.fetch_timeout.saturating_mul(4).saturating_add(Duration::from_secs(1));
        let location = match &self.source {
            KeySource::Discovery => KeyLocation::Metadata(Places::of(&self.identifier)),
            KeySource::MetadataBase(base) => {
                let refused = |why| refused_url("metadata_base_url", base, why);
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
                    Err(StaticKeyError::Set(why)) => Err(("static_keys".into(), IssuerProblem::KeySet(why))),
                    Err(StaticKeyError::Key(why)) => Err(("static_keys".into(), IssuerProblem::Jwk(why))),
                };
            }
            KeySource::Pem(pem) => {
                let key = VerifyingKey::from_pem(pem, allowed)
                    .map_err(|why| ("public_key_pem".into(), IssuerProblem::Pem(why)))?;
                return configured(KeySet::of_one(key));
            }
            KeySource::LoadBalancer(load_balancer) => {
                self.check_url("load_balancer.keys_at", load_balancer.keys_at())?;
                return Ok(IssuerKeys::ByKid(KeysByKid {
                    at: load_balancer.keys_at().to_owned(),
                    http: self.http,
                    policy: defaults.key_sets.clone(),
                    flight_timeout,
                    known: Mutex::default(),
                }));
            }
            KeySource::Secret(secret) => {
                let key = secret_key(secret, allowed).map_err(|why| ("shared_secret".into(), why))?;
                return configured(KeySet::of_one(key));
            }
        };
        Ok(IssuerKeys::Fetched(Arc::new(FetchedKeys {
            cache: KeySetCache::new(defaults.key_sets.clone(), flight_timeout),
            location,
            http: self.http,
            alias: match &self.source {
                // Two ways of writing the identifier are no two names: the one configured is exact.
                KeySource::MetadataBase(base) if !is_same_but_for_slash(base, &self.identifier) => {
                    Some(base.as_str().into())
                }
                _ => None,
            },
            max_keys: defaults.limits.max_keys,
            max_bytes: defaults.limits.max_key_set_bytes,
            max_metadata_age: defaults.key_sets.max_metadata_age,
            wants_endpoint: self
                .introspection
                .as_ref()
                .is_some_and(|chosen| chosen.chosen_endpoint().is_none()),
            found_jwks_uri: Mutex::new(None),
            found_introspection: Mutex::new(None),
            last_failure: Mutex::new(None),
        })))
    }

    fn check_url(&self, member: &'static str, url: &str) -> Result<(), MemberProblem> {
        url::check_url(url, self.http).map_err(|why| refused_url(member, url, why))
    }
}

fn refused_url(member: &'static str, url: &str, why: UrlError) -> MemberProblem {
    (member.into(), IssuerProblem::Url { url: RedactedUrl::of(url), why })
}

fn algorithms(why: &'static str) -> MemberProblem {
    ("algorithms".into(), IssuerProblem::Algorithms(why))
}

/// Each allowed algorithm must be one that the secret is long enough for: a setting that silently switches
/// one off would be found out by a client.
fn secret_key(secret: &[u8], allowed: AlgorithmSet) -> Result<VerifyingKey, IssuerProblem> {
    let min = allowed.iter().filter_map(Algorithm::min_secret_bytes).max().unwrap_or(usize::MAX);
    let too_short = || IssuerProblem::SecretTooShort { bytes: secret.len(), min };
    if secret.len() < min {
        return Err(too_short());
    }
    if is_public_key(secret) {
        return Err(IssuerProblem::SecretIsPublic);
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
    /// Fetches metadata and keys over plain `http` from any host: an attacker on the network can replace the keys, and
    /// with them decide who gets in.
    pub fn allow_plain_http(mut self) -> IssuerConfig {
        self.0.http = HttpPolicy::DangerousAnywhere;
        self.0
    }
}
