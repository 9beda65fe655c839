//! The settings of an [`Engine`], checked together when it is built.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::Engine;
use crate::answer::challenge::ChallengePolicy;
use crate::check::confirmation::{CertificatePolicy, ConfirmationPolicy, DpopPolicy};
use crate::engine::config_error::ConfigError;
use crate::memory::introspection::Introspector;
use crate::memory::replay::MemoryReplayStore;
use crate::memory::resolved::ResolvedIssuers;
use crate::memory::revocations::RevocationList;
use crate::memory::token_cache::TokenCache;
use crate::request::credential::{CredentialRules, QueryTokens, TokenHeader, TokenPlace};
use crate::request::origin::{OriginPolicy, PublicOrigin};
use crate::request::proxies::TrustedProxies;
use crate::request::proxy_headers::ProxyHeaders;
use crate::token::claims::{ClaimsSet, OrganizationClaim};
use crate::trust::issuer::{EngineWide, IssuerConfig};
use crate::trust::key::KeySetPolicy;
use crate::trust::limits::Limits;
use crate::trust::policy::ValidatorError;
use crate::trust::policy::{AudienceRule, ExpiryRule, Profile, ValidationPolicy};
use crate::trust::provider::Provider;
use crate::wire::redacted::RedactedUrl;

/// Clocks of servers that are looked after differ by less.
const MOST_TOLERANCE: Duration = Duration::from_secs(60);

/// Settings of an [`Engine`]. An issuer and an audience are mandatory; the rest has defaults.
#[derive(Clone)]
#[must_use]
pub struct EngineConfig {
    issuers: Vec<IssuerConfig>,
    /// Why a provider's settings cannot work; the first of them.
    provider_problem: Option<ConfigError>,
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
    challenges: ChallengePolicy,
    organization_claim: OrganizationClaim,
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
    /// In a store that machines share: [`Outcome::Consult`](super::Outcome::Consult) says what to ask it.
    Shared,
}

/// Whether issuers that are not configured may be asked for at run time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssuerResolution {
    /// No: their tokens are refused.
    Off,
    /// Yes: [`Outcome::Resolve`](super::Outcome::Resolve) asks.
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
struct Validators(Vec<crate::trust::policy::Validator>);

impl fmt::Debug for Validators {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} validators", self.0.len())
    }
}

impl fmt::Debug for EngineConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EngineConfig")
            .field("issuers", &self.issuers)
            .field("audiences", &RedactedUrl::all(&self.audiences))
            .field("profile", &self.profile)
            .field("clock_tolerance", &self.clock_tolerance)
            .field("max_age", &self.max_age)
            .field("validators", &self.validators)
            .field("dpop", &self.dpop)
            .field("origin", &self.origin)
            .field("challenges", &self.challenges)
            .finish_non_exhaustive()
    }
}

/// What issuers that are resolved later must be built with.
#[derive(Debug)]
pub(crate) struct IssuerSettings {
    key_sets: KeySetPolicy,
    pub(super) validation: ValidationPolicy,
    pub(super) organization_claim: OrganizationClaim,
}

impl IssuerSettings {
    pub(crate) fn wide<'s>(&'s self, limits: &'s Limits) -> EngineWide<'s> {
        EngineWide {
            limits,
            key_sets: &self.key_sets,
            validation: &self.validation,
            organization_claim: &self.organization_claim,
        }
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
            provider_problem: None,
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
            challenges: ChallengePolicy::default(),
            organization_claim: "organization_id".into(),
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
        self.issuers.push(issuer.into());
        self
    }

    /// Trusts a provider, besides other issuers and providers: its preset says where its keys are and whom tokens must be
    /// for. Where the provider is a proxy that sets a header of its own, requests have their token there, as if
    /// [`token_place`](Self::token_place) said so. Values that cannot work are an error of [`build`](Self::build).
    pub fn provider(mut self, provider: Provider) -> Self {
        match provider.issuers().and_then(|issuers| Ok((issuers, provider.token_header()?))) {
            Ok((issuers, header)) => {
                self.issuers.extend(issuers);
                self.provider_headers.push(header);
            }
            Err(error) => self.provider_problem = self.provider_problem.or(Some(error)),
        }
        self
    }

    /// Changes the issuer given last; nothing happens where there is none.
    pub fn last_issuer(mut self, change: impl FnOnce(IssuerConfig) -> IssuerConfig) -> Self {
        let last = self.issuers.pop();
        self.issuers.extend(last.map(change));
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

    /// Refuses tokens issued longer ago than this (`iat`), whatever their `exp`.
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age);
        self
    }

    /// Adds a check of one's own on the claims set. It runs on every request, so it must be quick and must
    /// not block.
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

    /// How refusals are answered.
    pub fn challenges(mut self, policy: ChallengePolicy) -> Self {
        self.challenges = policy;
        self
    }

    /// The claim that names the token's organization, where its issuer has no setting of its own
    /// ([`IssuerConfig::organization_claim`]): `organization_id` unless set; Auth0 uses `org_id`.
    pub fn organization_claim(mut self, claim: impl Into<OrganizationClaim>) -> Self {
        self.organization_claim = claim.into();
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

    /// Where the API is reached by its clients, whatever a request says of itself: what a DPoP proof must name.
    pub fn public_origin(mut self, origin: PublicOrigin) -> Self {
        self.origin.public_origin = Some(origin);
        self
    }

    /// The proxies in front, and the headers that they are believed: no proxy and no header unless set.
    pub fn trusted_proxies(mut self, proxies: TrustedProxies, headers: ProxyHeaders) -> Self {
        self.origin.proxies = proxies;
        self.origin.headers = headers;
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

    /// Whether a store that machines share is asked about each token too: [`Store::Shared`].
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
    /// [`ConfigError`] says which setting cannot work, and why.
    pub fn build(mut self) -> Result<Engine, ConfigError> {
        if let Some(error) = self.provider_problem.take() {
            return Err(error);
        }
        self.check_durations()?;
        self.dpop.check()?;
        let signer = self.check_load_balancer()?;
        self.check_place()?;
        if self.origin.proxies == TrustedProxies::none() && self.origin.headers != ProxyHeaders::none() {
            return Err(ConfigError::NoTrustedProxy);
        }
        let settings = IssuerSettings {
            validation: self.validation()?,
            key_sets: self.key_sets,
            organization_claim: self.organization_claim,
        };
        if self.issuers.is_empty() && self.resolution == IssuerResolution::Off {
            return Err(ConfigError::NoIssuer);
        }
        let any_issuer = self.issuer_matching == IssuerMatching::DangerouslyOff;
        let without_issuer = self.issuer_matching == IssuerMatching::DangerouslyOptional;
        let one_issuer = self.issuers.len() == 1 && self.resolution == IssuerResolution::Off;
        if any_issuer && !one_issuer {
            return Err(ConfigError::AnyIssuer);
        }
        if without_issuer && !one_issuer {
            return Err(ConfigError::TokensWithoutIssuer);
        }
        let mut issuers = HashMap::with_capacity(self.issuers.len());
        let mut introspector: Option<Arc<Introspector>> = None;
        for config in self.issuers {
            let identifier = config.identifier().to_owned();
            let introspection = config.checked_introspection()?;
            let issuer = Arc::new(config.build(&settings.wide(&self.limits))?);
            if let Some(introspection) = introspection {
                if let Some(first) = introspector {
                    let first = RedactedUrl::of(first.issuer().identifier());
                    let other = RedactedUrl::of(&identifier);
                    return Err(ConfigError::SeveralIntrospect { first, other });
                }
                introspector = Some(Introspector::new(Arc::clone(&issuer), introspection, &self.limits));
            }
            if issuers.insert(identifier.as_str().into(), issuer).is_some() {
                return Err(ConfigError::RepeatedIssuer(RedactedUrl::of(&identifier)));
            }
        }
        Ok(Engine {
            any_issuer: issuers.values().next().filter(|_| any_issuer).cloned(),
            without_issuer: issuers.values().next().filter(|_| without_issuer).cloned(),
            issuers,
            resolved: (self.resolution == IssuerResolution::On).then(ResolvedIssuers::default),
            tokens: TokenCache::new(&self.limits),
            introspector,
            place: self.place,
            signer,
            credentials: CredentialRules::new(self.query, self.limits.token_bytes).dpop(self.dpop.scheme()),
            challenges: self.challenges.dpop(&self.dpop),
            confirmation: ConfirmationPolicy {
                dpop: match self.replays {
                    Store::Own => self.dpop.remembered_by_this_process(),
                    Store::Shared => self.dpop,
                },
                certificates: self.certificates,
                origin: self.origin,
                most_proof_bytes: self.limits.token_bytes,
            },
            replays: (self.replays == Store::Own).then(|| MemoryReplayStore::new(self.limits.replay_entries)),
            revocations: self.revocations,
            shared_revocations: self.shared_revocations == Store::Shared,
            limits: self.limits,
            settings,
        })
    }

    /// A load balancer's tokens are of a form of their own, so an engine reads those of one and no others.
    fn check_load_balancer(&mut self) -> Result<Option<Box<str>>, ConfigError> {
        let refused = |why| Err(ConfigError::LoadBalancer(why));
        let Some(signer) = self.issuers.iter().find_map(IssuerConfig::signer) else { return Ok(None) };
        let signer = signer.into();
        if self.issuers.len() > 1 || self.resolution == IssuerResolution::On {
            return refused(
                "its tokens are read in a form of their own; give other issuers a resource server of theirs",
            );
        }
        if self.issuers.iter().any(IssuerConfig::introspects) {
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
    fn take_place_of_providers(&mut self) -> Result<(), ConfigError> {
        let Some(first) = self.provider_headers.first().cloned() else { return Ok(()) };
        if self.provider_headers.iter().any(|header| *header != first) {
            return Err(ConfigError::TokenPlace(
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
            (Some(_), _) => Err(ConfigError::TokenPlace(
                "the provider sets a header of its own, and its tokens are nowhere else",
            )),
        }
    }

    /// DPoP needs its scheme (RFC 9449 §7.1), which no other place has.
    fn check_place(&mut self) -> Result<(), ConfigError> {
        self.take_place_of_providers()?;
        if self.place.is_authorization() {
            return Ok(());
        }
        if self.query == QueryTokens::Accept {
            return Err(ConfigError::TokenPlace("tokens in the query are another place; allow one of them"));
        }
        if self.dpop.is_required() {
            return Err(ConfigError::TokenPlace(
                "DPoP is required, and its scheme can be in the Authorization header alone",
            ));
        }
        self.dpop = DpopPolicy::off();
        Ok(())
    }

    fn check_durations(&self) -> Result<(), ConfigError> {
        let bounded = self.tolerance_bound == ToleranceBound::OneMinute;
        let key_sets = &self.key_sets;
        for (setting, holds, rule) in [
            (
                "clock_tolerance",
                !bounded || self.clock_tolerance <= MOST_TOLERANCE,
                "at most 60 seconds; allow more under dangerous()",
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
        ] {
            if !holds {
                return Err(ConfigError::Duration { setting, rule });
            }
        }
        Ok(())
    }

    fn validation(&self) -> Result<ValidationPolicy, ConfigError> {
        let audience = match self.audience {
            AudienceChecking::DangerouslyOff if self.audiences.is_empty() => AudienceRule::Unchecked,
            AudienceChecking::DangerouslyOff | AudienceChecking::Mandatory => {
                AudienceRule::OneOf(self.audiences.iter().map(|audience| audience.as_str().into()).collect())
            }
        };
        if self.audiences.iter().any(String::is_empty) {
            return Err(ConfigError::Audience);
        }
        Ok(ValidationPolicy {
            audience,
            substitute: None,
            profile: self.profile,
            expiry: self.expiry,
            clock_tolerance: self.clock_tolerance,
            max_age: self.max_age,
            validators: self.validators.0.clone(),
        })
    }
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

    /// Verifies tokens of any `iss`, or none, with the keys of the one configured issuer: whoever can have
    /// tokens signed with these keys may claim to be any issuer. For callers that look at `iss` themselves.
    pub fn allow_any_issuer(mut self) -> EngineConfig {
        self.0.issuer_matching = IssuerMatching::DangerouslyOff;
        self.0
    }

    /// Accepts tokens without `iss` as those of the one configured issuer: whatever else is signed with its keys and
    /// names no issuer passes for its access token. A token that has an `iss` must still name that issuer. For old
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
