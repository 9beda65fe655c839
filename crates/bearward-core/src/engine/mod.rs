//! Everything that decides, in one: what the settings say, what is remembered, and the attempts that walk the path.

mod attempt;
mod explain;
pub(crate) mod fetch;
mod hints;
mod settings;
mod status;

pub use self::fetch::{Fetch, FetchProgress};

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

pub use self::attempt::{Attempt, Consultation, Source, Step, StoreAnswers};
pub use self::explain::{Explanation, Finding, RuleResult};
pub use self::settings::{
    ConfigError, DangerousEngine, EngineConfig, IssuerResolution, Problem, Settings, Store,
};
pub use self::status::{
    EngineStatus, FailureStatus, IntrospectionStatus, IssuerStatus, KeyStatus, SkippedKeyStatus,
};
use crate::answer::challenge::ChallengePolicy;
use crate::answer::failure::{Failure, Rejection};
use crate::answer::refusal::{About, Refusal};
use crate::answer::resource_metadata::ResourceMetadata;
use crate::check::access_token::AccessToken;
use crate::check::confirmation::ConfirmationPolicy;
use crate::check::requirement::{AuthorizationError, CheckedRequirement, NoFacts, RequestFacts, UNMEETABLE};
use crate::check::validation::ClaimsError;
use crate::memory::introspection::Introspector;
use crate::memory::replay::MemoryReplayStore;
use crate::memory::resolved::{Resolution, ResolvedIssuers};
use crate::memory::revocations::RevocationList;
use crate::memory::token_cache::TokenCache;
use crate::request::credential::{Credential, CredentialRules, Scheme, TokenPlace};
use crate::request::url::TargetUrl;
use crate::token::audience::AudienceTemplate;
use crate::token::claims::OrganizationClaim;
use crate::trust::in_flight::InFlight;
use crate::trust::issuer::{Issuer, IssuerConfig, IssuerDefaults, KeyAnswer};
use crate::trust::limits::Limits;
use crate::wire::time::{Now, NumericDate};

/// Everything that decides, without IO. One serves a whole process, shared between threads.
#[derive(Debug)]
pub struct Engine {
    issuers: HashMap<Box<str>, Arc<Issuer>>,
    /// Their identifiers by what [near misses](crate::trust::NearMiss) have in common with them.
    similar_issuers: OnceLock<HashMap<String, Box<str>>>,
    /// The one issuer whose keys verify every token, where that is dangerously allowed.
    any_issuer: Option<Arc<Issuer>>,
    /// The one issuer whose tokens may leave out `iss`, where that is dangerously allowed.
    without_issuer: Option<Arc<Issuer>>,
    resolved: Option<ResolvedIssuers>,
    tokens: TokenCache,
    /// Who is asked about opaque tokens, where somebody is.
    introspector: Option<Arc<Introspector>>,
    credentials: CredentialRules<'static>,
    place: TokenPlace,
    /// The ARN of the load balancer whose tokens these are, where they are one's.
    signer: Option<Box<str>>,
    confirmation: ConfirmationPolicy,
    /// This process's own memory of used proofs; `None` where it is shared.
    replays: Option<MemoryReplayStore>,
    /// This process's own list.
    revocations: Option<Arc<RevocationList>>,
    shared_revocations: bool,
    challenges: Arc<ChallengePolicy>,
    resource: Option<ResourceMetadata>,
    /// What issuers are built with, those included that are resolved later.
    defaults: IssuerDefaults,
}

/// What the route asks for, and what it knows of the request.
#[derive(Clone, Copy)]
pub struct Route<'r> {
    requirement: Option<&'r CheckedRequirement>,
    facts: &'r dyn RequestFacts,
    /// Since when the request waits, by the monotonic clock.
    since: Option<Duration>,
}

impl<'r> Route<'r> {
    /// A route that any valid token may pass.
    #[must_use]
    pub const fn open() -> Self {
        Self { requirement: None, facts: &NoFacts, since: None }
    }

    /// A route that no token may pass: one without a rule. It is answered 403 with a valid token and 401 without, as one
    /// whose requirement is not met, so that a client without a token learns nothing.
    #[must_use]
    pub const fn closed() -> Self {
        Self::requiring(&UNMEETABLE, &NoFacts)
    }

    /// A route with a requirement.
    #[must_use]
    pub const fn requiring(requirement: &'r CheckedRequirement, facts: &'r dyn RequestFacts) -> Self {
        Self { requirement: Some(requirement), facts, since: None }
    }

    /// For a request that is asked about again: the [uptime](Now::uptime) when it was asked about first. A key set that
    /// has arrived since then says whether its token's key exists; of an older one, a newer key may be missing.
    #[must_use]
    pub const fn waiting_since(self, uptime: Duration) -> Self {
        Self { since: Some(uptime), ..self }
    }

    /// Gives back a token that an attempt of the same engine has let in for this request, if it may pass this route, too.
    ///
    /// # Errors
    /// [`AuthorizationError`]: the token lacks something, or the route cannot answer what the requirement asks.
    pub fn authorize(&self, token: AccessToken, now: NumericDate) -> Result<AccessToken, AuthorizationError> {
        let organization = self.permit(&token, now)?;
        Ok(token.confirmed_for(organization))
    }

    /// The organization that is confirmed, where the token may pass.
    fn permit(&self, token: &AccessToken, now: NumericDate) -> Result<Option<Arc<str>>, AuthorizationError> {
        match self.requirement {
            Some(requirement) => requirement.permit(token, self.facts, now),
            None if token.needs_organization() => Err(ClaimsError::AudienceMismatch.into()),
            None => Ok(None),
        }
    }

    /// The organization audiences by which a token may be for this route.
    fn organization_audiences(&self) -> &'r [AudienceTemplate] {
        self.requirement.map_or(&[][..], CheckedRequirement::organization_audiences)
    }
}

/// Whether an issuer's keys are there.
#[derive(Debug)]
#[must_use]
pub enum Readiness {
    /// They are.
    Ready,
    /// They are, and it is time to ask for them again: run this in the background.
    Refresh(Box<Fetch>),
    /// Run this; then ask again.
    Fetch(Box<Fetch>),
    /// Somebody else fetches them; ask again when this has ended.
    Wait(InFlight),
    /// The last fetch failed, and it is too early for another.
    Unavailable {
        /// When trying again makes sense.
        retry_after: Duration,
    },
}

impl Engine {
    /// Where credentials are taken from.
    #[must_use]
    pub fn credential_rules(&self) -> CredentialRules<'_> {
        self.credentials.place(&self.place)
    }

    /// The bounds in force.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.defaults.limits
    }

    /// The list of revocations that this process holds: the one that was given, or that the settings ask for. `None` where
    /// it looks for no revocation, or a shared store holds them.
    #[must_use]
    pub fn revocation_list(&self) -> Option<&Arc<RevocationList>> {
        self.revocations.as_ref()
    }

    /// The metadata of the protected resource, to be served at its path; `None` where no resource is described.
    #[must_use]
    pub fn resource_metadata(&self) -> Option<&ResourceMetadata> {
        self.resource.as_ref()
    }

    /// The refusal of a request for a failure that was found outside an attempt: where it presented nothing, or nothing
    /// that can be read, or where a check of the caller's refuses it. `scheme` is the one that the client used.
    #[must_use]
    pub fn refuse(&self, failure: impl Into<Failure>, scheme: Scheme) -> Refusal {
        Refusal::new(failure.into(), scheme, &self.challenges)
    }

    /// The refusal of a request whose token an attempt has let in, for a failure that was found later: it knows the token's
    /// scheme and issuer.
    #[must_use]
    pub fn refuse_token(&self, failure: impl Into<Failure>, token: &AccessToken) -> Refusal {
        self.refuse(failure, token.scheme()).about(About::validated(token.content()))
    }

    /// The refusal of a request to this route that presented nothing: its challenges name the scopes that the route requires.
    #[must_use]
    pub fn missing_credential(&self, route: Route<'_>) -> Refusal {
        let refusal = self.refuse(Rejection::MissingCredential, Scheme::Bearer);
        match route.requirement {
            Some(requirement) => refusal.asking_for(&requirement.challenge_scopes(route.facts)),
            None => refusal,
        }
    }

    /// The URL that the client is taken to have used, without its query: what a DPoP proof must name. `None` when
    /// nobody can tell.
    #[must_use]
    pub fn target_url(&self, credential: &Credential<'_>) -> Option<TargetUrl> {
        self.confirmation.origin.target_url(credential.sender()?)
    }

    /// The claim that names a token's organization, where its issuer has no own setting.
    pub fn organization_claim(&self) -> &OrganizationClaim {
        &self.defaults.organization_claim
    }

    /// The configured issuers, in no order.
    pub fn issuers(&self) -> impl Iterator<Item = &Arc<Issuer>> {
        self.issuers.values()
    }

    /// The issuer of exactly this identifier, if it is trusted at the moment: a configured one, or one that a
    /// resolver has named.
    #[must_use]
    pub fn issuer(&self, identifier: &str, now: Now) -> Option<Arc<Issuer>> {
        let resolved = || match self.resolved.as_ref()?.find(identifier, now.uptime()) {
            Resolution::Trusted(issuer) => Some(issuer),
            Resolution::Refused | Resolution::Paused(_) | Resolution::Unknown => None,
        };
        self.issuers.get(identifier).cloned().or_else(resolved)
    }

    /// Whether the keys of an issuer are in hand: for those who want to know before the first request.
    pub fn readiness(&self, issuer: &Arc<Issuer>, now: Now) -> Readiness {
        match issuer.warm(now.uptime()) {
            KeyAnswer::Use(_, None) => Readiness::Ready,
            KeyAnswer::Use(_, Some(fetch)) => Readiness::Refresh(Box::new(fetch.into())),
            KeyAnswer::Fetch(fetch) => Readiness::Fetch(Box::new(fetch.into())),
            KeyAnswer::Wait(in_flight) => Readiness::Wait(in_flight),
            KeyAnswer::Unavailable { retry_after } => Readiness::Unavailable { retry_after },
        }
    }

    /// Whether tokens of an issuer can be verified, if it must be without a newer key set: keys are in hand that are not too old
    /// to serve, or it is known where to ask about its tokens.
    #[must_use]
    pub fn has_keys(&self, issuer: &Issuer, now: Now) -> bool {
        let asked = self.introspector.as_ref().filter(|asked| std::ptr::eq(&**asked.issuer(), issuer));
        issuer.has_keys(now.uptime()) || asked.is_some_and(|asked| matches!(asked.endpoint(), Some(Ok(_))))
    }

    /// Takes the resolver's word on an issuer: its configuration, or `None` when it is not to be trusted.
    ///
    /// # Errors
    /// [`ConfigError`] when the configuration cannot work, or is another issuer's; the issuer is then not
    /// trusted.
    pub fn resolved(
        &self,
        identifier: &str,
        config: Option<IssuerConfig>,
        now: Now,
    ) -> Result<(), ConfigError> {
        let Some(resolved) = &self.resolved else {
            return Err(ConfigError::new("issuers", Problem::NoIssuer));
        };
        resolved.learn(identifier, config, &self.defaults, now.uptime()).map_err(settings::first_of_issuer)
    }

    /// Whether the resolver need not be asked about this issuer at the moment: its word is remembered, or the issuer
    /// gave way to others just now.
    #[must_use]
    pub fn is_resolved(&self, identifier: &str, now: Now) -> bool {
        let resolution = self.resolved.as_ref().map(|resolved| resolved.find(identifier, now.uptime()));
        !matches!(resolution, Some(Resolution::Unknown))
    }
}

#[cfg(test)]
pub(crate) mod tests;
