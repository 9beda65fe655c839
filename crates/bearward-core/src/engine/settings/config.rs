//! The settings of an [`Engine`], checked together when it is built.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::error::{ConfigError, Problem};
use crate::answer::challenge::{ChallengeError, ChallengePolicy, ErrorBody};
use crate::answer::resource_metadata::{ProtectedResource, ResourceMetadata, ResourceSettings};
use crate::check::confirmation::{CertificatePolicy, ConfirmationPolicy, DpopPolicy};
use crate::engine::Engine;
use crate::memory::introspection::Introspector;
use crate::memory::replay::MemoryReplayStore;
use crate::memory::resolved::ResolvedIssuers;
use crate::memory::revocations::RevocationList;
use crate::memory::token_cache::TokenCache;
use crate::request::credential::{CredentialRules, PlaceError, QueryTokens, TokenHeader, TokenPlace};
use crate::request::origin::{OriginPolicy, PublicOrigin};
use crate::request::proxies::TrustedProxies;
use crate::request::proxy_headers::ProxyHeaders;
use crate::token::claims::{ClaimsSet, OrganizationClaim};
use crate::trust::issuer::{Issuer, IssuerConfig, IssuerDefaults, LoadBalancerError, MemberProblem};
use crate::trust::key::KeySetPolicy;
use crate::trust::limits::Limits;
use crate::trust::provider::Provider;
use crate::trust::validation_policy::{
    AudienceRule, ExpiryRule, ImpliedScopes, Profile, ScopeHierarchy, ValidationPolicy, ValidatorError,
};
use crate::wire::redacted::RedactedUrl;

/// Clocks of servers that are looked after differ by less.
const MAX_TOLERANCE: Duration = Duration::from_secs(60);

/// Settings of an [`Engine`]. An issuer and an audience are mandatory; the rest has defaults.
#[derive(Clone)]
#[must_use]
pub struct EngineConfig {
    /// Each with its place among those that were given: a provider can stand for several.
    issuers: Vec<(usize, IssuerConfig)>,
    /// How many issuers and providers were given.
    given_issuers: usize,
    /// What cannot work by itself; [`build`](Self::build) says it, so that no setter has to.
    problems: Vec<ConfigError>,
    /// The header of each provider's tokens; `None` for those in `Authorization`.
    provider_headers: Vec<Option<TokenHeader>>,
    resolution: IssuerResolution,
    issuer_matching: IssuerMatching,
    audiences: Vec<String>,
    audience: AudienceChecking,
    profile: Profile,
    expiry: ExpiryRule,
    clock_tolerance: Duration,
    tolerance_bound: ToleranceBound,
    max_age: Option<Duration>,
    validators: Validators,
    key_sets: KeySetPolicy,
    limits: Limits,
    query: QueryTokens,
    place: TokenPlace,
    realm: String,
    error_body: ErrorBody,
    resource: Option<ProtectedResource>,
    resource_metadata: Option<String>,
    organization_claim: OrganizationClaim,
    implied_scopes: ImpliedScopes,
    dpop: DpopPolicy,
    certificates: CertificatePolicy,
    origin: OriginPolicy,
    replays: Store,
    revocations: Option<Arc<RevocationList>>,
    shared_revocations: Store,
}

/// Where what must not be forgotten is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Store {
    /// In the engine: for one process.
    Own,
    /// Beside the engine, in a memory of this process that several engines share: [`Step::Ask`](crate::Step::Ask) says
    /// what to ask it.
    Process,
    /// In a store that machines share: [`Step::Ask`](crate::Step::Ask) says what to ask it.
    Shared,
}

/// Whether issuers that are not configured may be asked for at run time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssuerResolution {
    /// No: their tokens are refused.
    Off,
    /// Yes: [`Step::Resolve`](crate::Step::Resolve) asks.
    On,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum IssuerMatching {
    Mandatory,
    /// A token without `iss` is the one issuer's; one that has it must name that issuer.
    DangerouslyOptional,
    DangerouslyOff,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AudienceChecking {
    Mandatory,
    DangerouslyOff,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ToleranceBound {
    OneMinute,
    DangerouslyNone,
}

#[derive(Clone, Default)]
struct Validators(Vec<crate::trust::validation_policy::Validator>);

impl fmt::Debug for Validators {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} validators", self.0.len())
    }
}

impl fmt::Debug for EngineConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EngineConfig")
            .field("issuers", &self.issuers.iter().map(|(_, issuer)| issuer).collect::<Vec<_>>())
            .field("audiences", &RedactedUrl::all(&self.audiences))
            .field("profile", &self.profile)
            .field("clock_tolerance", &self.clock_tolerance)
            .field("max_age", &self.max_age)
            .field("validators", &self.validators)
            .field("dpop", &self.dpop)
            .field("origin", &self.origin)
            .field("implied_scopes", &self.implied_scopes)
            .field("realm", &self.realm)
            .field("resource", &self.resource)
            .field("resource_metadata", &self.resource_metadata.as_deref().map(RedactedUrl::of))
            .finish_non_exhaustive()
    }
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self::new()
    }
}

impl EngineConfig {
    /// The defaults, without issuer and audience.
    pub fn new() -> Self {
        Self {
            issuers: Vec::new(),
            given_issuers: 0,
            problems: Vec::new(),
            provider_headers: Vec::new(),
            resolution: IssuerResolution::Off,
            issuer_matching: IssuerMatching::Mandatory,
            audiences: Vec::new(),
            audience: AudienceChecking::Mandatory,
            profile: Profile::default(),
            expiry: ExpiryRule::Mandatory,
            clock_tolerance: Duration::from_secs(5),
            tolerance_bound: ToleranceBound::OneMinute,
            max_age: None,
            validators: Validators::default(),
            key_sets: KeySetPolicy::default(),
            limits: Limits::default(),
            query: QueryTokens::Ignore,
            place: TokenPlace::Authorization,
            realm: "api".to_owned(),
            error_body: ErrorBody::default(),
            resource: None,
            resource_metadata: None,
            organization_claim: "organization_id".into(),
            implied_scopes: ImpliedScopes::new(),
            dpop: DpopPolicy::default(),
            certificates: CertificatePolicy::default(),
            origin: OriginPolicy::default(),
            replays: Store::Own,
            revocations: None,
            shared_revocations: Store::Own,
        }
    }

    /// Trusts an issuer, besides others given in the same way.
    pub fn issuer(mut self, issuer: impl Into<IssuerConfig>) -> Self {
        self.issuers.push((self.given_issuers, issuer.into()));
        self.given_issuers += 1;
        self
    }

    /// Trusts a provider, besides other issuers and providers: its preset says where its keys are and whom tokens must
    /// be for. Where the provider is a proxy that sets its own header, requests have their token there, as if
    /// [`token_place`](Self::token_place) said so. Values that cannot work are an error of [`build`](Self::build).
    pub fn provider(mut self, provider: Provider) -> Self {
        let at = format!("issuers[{}]", self.given_issuers);
        match provider.issuers().map(|issuers| (issuers, provider.token_header())) {
            Ok((issuers, Ok(header))) => {
                self.issuers.extend(issuers.into_iter().map(|issuer| (self.given_issuers, issuer)));
                self.provider_headers.push(header);
            }
            Ok((_, Err(error))) => self.problems.push(ConfigError::new(at, error)),
            Err(error) => self.problems.push(ConfigError::from(error).below(&at)),
        }
        self.given_issuers += 1;
        self
    }

    /// Counts an issuer whose settings cannot work, so that those after it keep their paths.
    pub(super) fn skip_issuer(mut self) -> Self {
        self.given_issuers += 1;
        self
    }

    /// Whether issuers that are not configured may be asked for at run time.
    pub fn issuer_resolution(mut self, resolution: IssuerResolution) -> Self {
        self.resolution = resolution;
        self
    }

    /// Accepts tokens for this audience, besides others given in the same way.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.push(audience.into());
        self
    }

    /// How close to RFC 9068 tokens must be.
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// How far clocks may differ: 5 seconds unless set, a minute at most.
    pub fn clock_tolerance(mut self, tolerance: Duration) -> Self {
        self.clock_tolerance = tolerance;
        self
    }

    /// Refuses tokens issued longer ago than this (`iat`), with any `exp`.
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age);
        self
    }

    /// Adds your own check of the claims set. It runs on every request, so it must be quick and must not block.
    pub fn validator(
        mut self,
        validator: impl Fn(&ClaimsSet) -> Result<(), ValidatorError> + Send + Sync + 'static,
    ) -> Self {
        self.validators.0.push(Arc::new(validator));
        self
    }

    /// How long key sets live and how often they are fetched.
    pub fn key_sets(mut self, policy: KeySetPolicy) -> Self {
        self.key_sets = policy;
        self
    }

    /// The bounds.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Where requests have their access token: the `Authorization` header unless set. A token anywhere else lets no
    /// request in. The scheme `DPoP` is that header's alone, so a token that is bound to a key is then refused.
    pub fn token_place(mut self, place: impl Into<TokenPlace>) -> Self {
        self.place = place.into();
        self
    }

    /// The realm of every challenge: `api` unless set.
    pub fn realm(mut self, realm: impl Into<String>) -> Self {
        self.realm = realm.into();
        self
    }

    /// The shape of refusals' bodies.
    pub fn error_body(mut self, body: ErrorBody) -> Self {
        self.error_body = body;
        self
    }

    /// Describes the API to clients that look for an authorization server (RFC 9728). Every challenge then names the URL
    /// of the description, which is to be served from [`Engine::resource_metadata`].
    pub fn resource(mut self, resource: ProtectedResource) -> Self {
        self.resource = Some(resource);
        self
    }

    /// The URL of protected resource metadata that is served elsewhere, named in every challenge (RFC 9728 §5.1).
    pub fn resource_metadata(mut self, url: impl Into<String>) -> Self {
        self.resource_metadata = Some(url.into());
        self
    }

    /// The claim that names the token's organization, where its issuer has no own setting
    /// ([`IssuerConfig::organization_claim`]): `organization_id` unless set; Auth0 uses `org_id`.
    pub fn organization_claim(mut self, claim: impl Into<OrganizationClaim>) -> Self {
        self.organization_claim = claim.into();
        self
    }

    /// Says that a scope includes others, which may include others in turn: `implies("files:write", ["files:read"])`
    /// lets tokens with `files:write` meet a requirement of `files:read`, and refuses them where that is required not
    /// to be granted. [`AccessToken::scopes`](crate::AccessToken::scopes) and challenges stay as they are. A scope that
    /// implies itself, directly or through others, is an error of [`build`](Self::build).
    pub fn implies<S: Into<String>>(
        mut self,
        scope: impl Into<String>,
        implied: impl IntoIterator<Item = S>,
    ) -> Self {
        self.implied_scopes.entry(scope.into()).or_default().extend(implied.into_iter().map(Into::into));
        self
    }

    /// How DPoP is handled: accepted and not required unless set (RFC 9449).
    pub fn dpop(mut self, policy: DpopPolicy) -> Self {
        self.dpop = policy;
        self
    }

    /// Whether tokens must be bound to a client certificate. Those that are bound are held against it in any case.
    pub fn certificates(mut self, policy: CertificatePolicy) -> Self {
        self.certificates = policy;
        self
    }

    /// Where clients reach the API, such as `https://api.example.com`, with the path prefix that a proxy strips, if any:
    /// what a DPoP proof must name, whatever a request says of itself. What is not an origin is an error of
    /// [`build`](Self::build).
    pub fn public_origin(mut self, origin: &str) -> Self {
        match PublicOrigin::parse(origin) {
            Ok(origin) => self.origin.public_origin = Some(origin),
            Err(error) => self.problems.push(error.into()),
        }
        self
    }

    /// The networks of the proxies in front of the API, such as `10.0.0.0/8`, and the headers that they are trusted to set:
    /// no proxy and no header unless set. What is not a network, or is the network of all addresses, is an error of
    /// [`build`](Self::build).
    pub fn trusted_proxies<'t>(
        mut self,
        networks: impl IntoIterator<Item = &'t str>,
        headers: ProxyHeaders,
    ) -> Self {
        match TrustedProxies::parse(networks) {
            Ok(proxies) => {
                self.origin.proxies = proxies;
                self.origin.headers = headers;
            }
            Err(error) => self.problems.push(error.into()),
        }
        self
    }

    /// Where used DPoP proofs are remembered.
    pub fn replays(mut self, store: Store) -> Self {
        self.replays = store;
        self
    }

    /// Refuses the tokens on this list.
    pub fn revocation_list(mut self, list: Arc<RevocationList>) -> Self {
        self.revocations = Some(list);
        self
    }

    /// Whether a store outside of the engine is asked about each token, too: not with [`Store::Own`].
    pub fn revocations(mut self, store: Store) -> Self {
        self.shared_revocations = store;
        self
    }

    /// Settings that weaken the protection.
    pub fn dangerous(self) -> DangerousEngine {
        DangerousEngine(self)
    }

    /// Checks the settings and builds the engine. Nothing is fetched.
    ///
    /// # Errors
    /// [`ConfigError`] says which setting cannot work, and why: the first one.
    pub fn build(self) -> Result<Engine, ConfigError> {
        self.build_or_all_problems().map_err(first)
    }

    /// The same as [`build`](Self::build), with every setting that cannot work.
    ///
    /// # Errors
    /// Each [`ConfigError`], in the order of the settings. There is at least one.
    pub(crate) fn build_or_all_problems(mut self) -> Result<Engine, Vec<ConfigError>> {
        let mut problems = std::mem::take(&mut self.problems);
        problems.extend(self.duration_problems());
        problems.extend(self.dpop.problems().into_iter().map(ConfigError::from));
        let signer = self.check_load_balancer().unwrap_or_else(|problem| {
            problems.push(problem);
            None
        });
        problems.extend(self.check_place().err().map(ConfigError::from));
        if self.origin.proxies == TrustedProxies::none() && self.origin.headers != ProxyHeaders::none() {
            problems.push(ConfigError::new("trusted_proxies.networks", Problem::NoTrustedProxy));
        }
        if let Some(empty) = self.audiences.iter().position(String::is_empty) {
            problems.push(ConfigError::new(format!("audiences[{empty}]"), Problem::Audience));
        }
        problems.extend(self.issuer_count_problem());
        let resource = self.described_resource().unwrap_or_else(|problem| {
            problems.push(problem);
            None
        });
        let challenges = self.challenge_policy(resource.as_ref()).unwrap_or_else(|problem| {
            problems.push(problem.into());
            ChallengePolicy::default()
        });
        let scopes = ScopeHierarchy::new(&self.implied_scopes).unwrap_or_else(|(scope, why)| {
            problems.push(ConfigError::new(format!("implies.{scope}"), why));
            ScopeHierarchy::default()
        });
        let any_issuer = self.issuer_matching == IssuerMatching::DangerouslyOff;
        let without_issuer = self.issuer_matching == IssuerMatching::DangerouslyOptional;
        let defaults = IssuerDefaults {
            validation: self.validation(scopes),
            key_sets: self.key_sets,
            organization_claim: self.organization_claim,
            limits: self.limits,
        };
        let (issuers, introspector) = match build_issuers(self.issuers, &defaults) {
            Ok(built) if problems.is_empty() => built,
            Ok(_) => return Err(problems),
            Err(more) => {
                problems.extend(more);
                return Err(problems);
            }
        };
        Ok(Engine {
            any_issuer: issuers.values().next().filter(|_| any_issuer).cloned(),
            similar_issuers: OnceLock::new(),
            without_issuer: issuers.values().next().filter(|_| without_issuer).cloned(),
            issuers,
            resolved: (self.resolution == IssuerResolution::On).then(ResolvedIssuers::default),
            tokens: TokenCache::new(&defaults.limits),
            introspector,
            place: self.place,
            signer,
            credentials: CredentialRules::new(self.query, defaults.limits.max_token_bytes)
                .dpop(self.dpop.scheme()),
            challenges: Arc::new(challenges.dpop(&self.dpop)),
            resource,
            confirmation: ConfirmationPolicy {
                dpop: match self.replays {
                    Store::Own | Store::Process => self.dpop.remembered_by_this_process(),
                    Store::Shared => self.dpop,
                },
                certificates: self.certificates,
                origin: self.origin,
                max_proof_bytes: defaults.limits.max_token_bytes,
            },
            replays: (self.replays == Store::Own)
                .then(|| MemoryReplayStore::new(defaults.limits.max_replay_entries)),
            revocations: self.revocations,
            shared_revocations: self.shared_revocations != Store::Own,
            defaults,
        })
    }

    /// What clients are told of the resource follows from the other settings.
    pub(super) fn described_resource(&self) -> Result<Option<ResourceMetadata>, ConfigError> {
        let Some(resource) = &self.resource else { return Ok(None) };
        if self.resource_metadata.is_some() {
            return Err(ConfigError::new("resource_metadata", Problem::ResourceMetadataTwice));
        }
        let settings = ResourceSettings::new()
            .dpop(&self.dpop)
            .token_place(&self.place)
            .query_tokens(self.query)
            .proxy_headers(&self.origin.headers);
        let with_issuer = |settings: ResourceSettings, (_, issuer): &(usize, IssuerConfig)| {
            settings.issuer(issuer.identifier())
        };
        Ok(Some(resource.describe(&self.issuers.iter().fold(settings, with_issuer))?))
    }

    fn challenge_policy(
        &self,
        resource: Option<&ResourceMetadata>,
    ) -> Result<ChallengePolicy, ChallengeError> {
        let elsewhere = || self.resource_metadata.clone();
        let url = resource.map(|here| here.url().to_owned()).or_else(elsewhere);
        let policy = ChallengePolicy::default().realm(Some(self.realm.clone()))?;
        Ok(policy.resource_metadata(url)?.body(self.error_body))
    }

    fn issuer_count_problem(&self) -> Option<ConfigError> {
        let is_resolving = self.resolution == IssuerResolution::On;
        if self.given_issuers == 0 && !is_resolving {
            return Some(ConfigError::new("issuers", Problem::NoIssuer));
        }
        let is_one = self.issuers.len() == 1 && !is_resolving;
        match self.issuer_matching {
            IssuerMatching::DangerouslyOff if !is_one => {
                Some(ConfigError::new("dangerous.allow_any_issuer", Problem::AnyIssuer))
            }
            IssuerMatching::DangerouslyOptional if !is_one => {
                Some(ConfigError::new("dangerous.allow_tokens_without_issuer", Problem::TokensWithoutIssuer))
            }
            _ => None,
        }
    }

    /// A load balancer's tokens are of a form of their own, so an engine reads those of one and no others.
    fn check_load_balancer(&mut self) -> Result<Option<Box<str>>, ConfigError> {
        let signers = self.issuers.iter().map(|(index, issuer)| (*index, issuer.signer()));
        let mut signers = signers.filter_map(|(index, signer)| Some((index, signer?)));
        let Some((index, signer)) = signers.next() else { return Ok(None) };
        let refused =
            |why| Err(ConfigError::new(format!("issuers[{index}].load_balancer"), LoadBalancerError(why)));
        let signer = signer.into();
        if self.issuers.len() > 1 || self.resolution == IssuerResolution::On {
            return refused(
                "its tokens are read in a form of their own; give other issuers a resource server of theirs",
            );
        }
        if self.issuers.iter().any(|(_, issuer)| issuer.introspects()) {
            return refused("nothing is introspected of what it says");
        }
        let header = match std::mem::take(&mut self.place) {
            TokenPlace::Authorization => TokenHeader::of_load_balancer(),
            TokenPlace::Header(header) => header.padded(),
            TokenPlace::Cookie(_) | TokenPlace::Subprotocol(_) => {
                return refused("it sends its tokens in a header");
            }
        };
        self.place = header.into();
        Ok(Some(signer))
    }

    /// A request has its token in one place, so providers that set a header share no engine with others.
    fn take_place_of_providers(&mut self) -> Result<(), PlaceError> {
        let Some(first) = self.provider_headers.first().cloned() else { return Ok(()) };
        if self.provider_headers.iter().any(|header| *header != first) {
            return Err(PlaceError(
                "the tokens of these providers are in different places of a request; protect the routes of each by a \
                 resource server of its own",
            ));
        }
        match (first, &self.place) {
            (None, _) => Ok(()),
            (Some(header), TokenPlace::Authorization) => {
                self.place = header.into();
                Ok(())
            }
            // The same header, with trusted origins for instance.
            (Some(header), TokenPlace::Header(set)) if set.name() == header.name() => Ok(()),
            (Some(_), _) => Err(PlaceError("the provider's tokens are in its own header, and nowhere else")),
        }
    }

    /// DPoP needs its scheme (RFC 9449 §7.1), which no other place has.
    fn check_place(&mut self) -> Result<(), PlaceError> {
        self.take_place_of_providers()?;
        if self.place.is_authorization() {
            return Ok(());
        }
        if self.query == QueryTokens::Accept {
            return Err(PlaceError::TWO_PLACES);
        }
        if self.dpop.is_required() {
            return Err(PlaceError(
                "DPoP is required, and its scheme can be in the Authorization header alone",
            ));
        }
        self.dpop = DpopPolicy::off();
        Ok(())
    }

    fn duration_problems(&self) -> Vec<ConfigError> {
        let bounded = self.tolerance_bound == ToleranceBound::OneMinute;
        let key_sets = &self.key_sets;
        let rules = [
            (
                "clock_tolerance",
                !bounded || self.clock_tolerance <= MAX_TOLERANCE,
                "at most 60 seconds; allow more under dangerous",
            ),
            (
                "max_age",
                self.max_age.is_none_or(|max_age| max_age > Duration::ZERO),
                "must be more than zero: no token is that young",
            ),
            (
                "limits.fetch_timeout",
                self.limits.fetch_timeout > Duration::ZERO,
                "must be more than zero: no fetch is that quick",
            ),
            (
                "key_sets.cooldown",
                key_sets.cooldown >= Duration::from_secs(1),
                "at least one second: made-up key names would flood the authorization server",
            ),
            (
                "key_sets.min_age",
                key_sets.min_age >= Duration::from_secs(1) && key_sets.min_age <= key_sets.max_age,
                "at least one second, and at most max_age",
            ),
            ("key_sets.max_stale", key_sets.max_stale >= key_sets.max_age, "at least max_age"),
        ];
        let broken = rules.into_iter().filter(|(_, holds, _)| !holds);
        broken.map(|(path, _, rule)| ConfigError::new(path, Problem::Duration(rule))).collect()
    }

    fn validation(&self, scopes: ScopeHierarchy) -> ValidationPolicy {
        let audience = match self.audience {
            AudienceChecking::DangerouslyOff if self.audiences.is_empty() => AudienceRule::Unchecked,
            AudienceChecking::DangerouslyOff | AudienceChecking::Mandatory => {
                AudienceRule::OneOf(self.audiences.iter().map(|audience| audience.as_str().into()).collect())
            }
        };
        ValidationPolicy {
            audience,
            substitute: None,
            resource: self.resource.as_ref().map(|resource| resource.identifier().into()),
            scopes,
            profile: self.profile,
            expiry: self.expiry,
            clock_tolerance: self.clock_tolerance,
            max_age: self.max_age,
            validators: self.validators.0.clone(),
        }
    }
}

type BuiltIssuers = (HashMap<Box<str>, Arc<Issuer>>, Option<Arc<Introspector>>);

/// The issuers by their identifiers, and the one that is asked about opaque tokens.
fn build_issuers(
    configs: Vec<(usize, IssuerConfig)>,
    defaults: &IssuerDefaults,
) -> Result<BuiltIssuers, Vec<ConfigError>> {
    let mut problems = Vec::new();
    let mut issuers = HashMap::with_capacity(configs.len());
    let mut introspector: Option<Arc<Introspector>> = None;
    for (index, config) in configs {
        let at = format!("issuers[{index}]");
        let introspection = config.chosen_introspection().cloned();
        let identifier = config.identifier().to_owned();
        let issuer = match config.build(defaults) {
            Ok(issuer) => Arc::new(issuer),
            Err(found) => {
                let member = |(member, why): MemberProblem| ConfigError::new(format!("{at}.{member}"), why);
                problems.extend(found.into_iter().map(member));
                continue;
            }
        };
        if let Some(introspection) = introspection {
            match &introspector {
                Some(first) => {
                    let first = RedactedUrl::of(first.issuer().identifier());
                    let other = RedactedUrl::of(&identifier);
                    let several = Problem::SeveralIntrospect { first, other };
                    problems.push(ConfigError::new(format!("{at}.introspection"), several));
                }
                None => {
                    introspector =
                        Some(Introspector::new(Arc::clone(&issuer), introspection, &defaults.limits));
                }
            }
        }
        if issuers.insert(identifier.as_str().into(), issuer).is_some() {
            let repeated = Problem::RepeatedIssuer(RedactedUrl::of(&identifier));
            problems.push(ConfigError::new(format!("{at}.issuer"), repeated));
        }
    }
    match problems.is_empty() {
        true => Ok((issuers, introspector)),
        false => Err(problems),
    }
}

/// Of at least one problem, the first.
pub(super) fn first(problems: Vec<ConfigError>) -> ConfigError {
    let unknown = || ConfigError::new("", Problem::File("the settings cannot work".to_owned()));
    problems.into_iter().next().unwrap_or_else(unknown)
}

/// Settings that weaken the protection. Each is here to be found by searching for `dangerous`.
#[derive(Debug)]
#[must_use]
pub struct DangerousEngine(EngineConfig);

impl DangerousEngine {
    /// Accepts tokens without `exp`: a stolen one works for ever.
    pub fn allow_tokens_without_expiry(mut self) -> EngineConfig {
        self.0.expiry = ExpiryRule::Optional;
        self.0
    }

    /// Accepts tokens for any audience, as long as none is configured: a token made for another API of the
    /// same authorization server passes here.
    pub fn allow_any_audience(mut self) -> EngineConfig {
        self.0.audience = AudienceChecking::DangerouslyOff;
        self.0
    }

    /// Verifies tokens of any `iss`, or without one, with the keys of the one configured issuer: everyone who can have
    /// tokens signed with these keys may claim to be any issuer. For callers that look at `iss` themselves.
    pub fn allow_any_issuer(mut self) -> EngineConfig {
        self.0.issuer_matching = IssuerMatching::DangerouslyOff;
        self.0
    }

    /// Accepts tokens without `iss` as those of the one configured issuer: anything else that is signed with its keys
    /// and names no issuer passes for its access token. A token that has an `iss` must still name that issuer. For old
    /// authorization servers that leave it out; where any issuer is allowed, nothing changes.
    pub fn allow_tokens_without_issuer(mut self) -> EngineConfig {
        if self.0.issuer_matching == IssuerMatching::Mandatory {
            self.0.issuer_matching = IssuerMatching::DangerouslyOptional;
        }
        self.0
    }

    /// Accepts tokens in the query (`?access_token=`): they end up in logs, histories and `Referer` headers.
    pub fn allow_query_tokens(mut self) -> EngineConfig {
        self.0.query = QueryTokens::Accept;
        self.0
    }

    /// Accepts clocks that differ by more than a minute: expired tokens live on for as long.
    pub fn clock_tolerance(mut self, tolerance: Duration) -> EngineConfig {
        self.0.clock_tolerance = tolerance;
        self.0.tolerance_bound = ToleranceBound::DangerouslyNone;
        self.0
    }
}
