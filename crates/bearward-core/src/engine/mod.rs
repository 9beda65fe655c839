//! The whole path of a request, from credential to [`AccessToken`], as one synchronous question.
//!
//! ```text
//!                      ┌───────────── found, key and time still good ─────────────┐
//! Credential ─▶ cache? ┤                                                          ├─▶ confirm ─▶ authorize
//!                      ├─ parse ─▶ issuer ─▶ keys ─▶ verify ─▶ validate ─▶ store ─┤
//!                      └─ opaque ─▶ introspect ─▶ validate ─▶ store ───────────────┘
//! ```
//!
//! Whether a token was revoked and a proof used is looked up before a token is confirmed, cached or not.
//!
//! Where keys or an issuer must be fetched first, the answer says so; the caller fetches and asks again.

mod consult;
mod explain;
pub(crate) mod fetch;
mod hints;
mod introspected;
mod settings;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use self::consult::{Consultation, StoreAnswers};
pub use self::explain::{Explanation, Finding, Rule, Step};
pub use self::settings::{ConfigError, DangerousEngine, EngineConfig, IssuerResolution, Problem, Store};
use crate::answer::challenge::{Answer, ChallengePolicy};
use crate::answer::failure::{Failure, Unavailable};
use crate::answer::resource_metadata::ResourceMetadata;
use crate::check::access_token::AccessToken;
use crate::check::confirmation::{ConfirmationPolicy, Confirmed};
use crate::check::requirement::{CheckedRequirement, NoFacts, RequestFacts};
use crate::check::signature::{VerificationError, VerifiedToken};
use crate::check::validation::Origin;
use crate::check::validation::ValidatedToken;
use crate::engine::fetch::Fetch;
use crate::memory::introspection::Introspector;
use crate::memory::replay::MemoryReplayStore;
use crate::memory::resolved::{Resolution, ResolvedIssuers};
use crate::memory::revocations::RevocationList;
use crate::memory::token_cache::TokenCache;
use crate::request::credential::CredentialError;
use crate::request::credential::{Credential, CredentialRules, Found, Scheme, TokenPlace};
use crate::request::url::TargetUrl;
use crate::token::claims::OrganizationClaim;
use crate::token::error::TokenError;
use crate::token::unverified::UnverifiedToken;
use crate::trust::in_flight::InFlight;
use crate::trust::issuer::IssuerError;
use crate::trust::issuer::{Issuer, IssuerConfig, IssuerDefaults, KeyAnswer};
use crate::trust::key::{KeyRequest, KeySet};
use crate::trust::limits::Limits;
use crate::wire::time::Now;

/// Everything that decides, without IO. One serves a whole process, shared between threads.
#[derive(Debug)]
pub struct Engine {
    issuers: HashMap<Box<str>, Arc<Issuer>>,
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
    challenges: ChallengePolicy,
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
}

/// The answer to a question.
#[derive(Debug)]
#[must_use]
pub struct Check {
    /// What was decided.
    pub outcome: Outcome,
    /// A fetch that the asker now has to run: behind the request when it is [`Outcome::Done`], before
    /// asking again when it is [`Outcome::Wait`].
    pub fetch: Option<Fetch>,
    /// How the decision came about.
    pub source: Source,
}

/// What was decided.
///
/// `Debug` shows nothing of the token, so not the issuer to resolve either.
pub enum Outcome {
    /// The request may pass, or why not.
    Done(Result<AccessToken, Failure>),
    /// Something is being fetched; ask again when this fetch has ended.
    Wait(InFlight),
    /// The token's issuer is not configured; tell [`Engine::resolved`] who it is, then ask again.
    Resolve(String),
    /// All is well as far as this process knows, and the shared stores must be asked.
    Consult(Box<Consultation>),
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done(result) => f.debug_tuple("Done").field(result).finish(),
            Self::Wait(_) => f.write_str("Wait"),
            Self::Resolve(_) => f.write_str("Resolve(..)"),
            Self::Consult(consultation) => f.debug_tuple("Consult").field(consultation).finish(),
        }
    }
}

/// How a decision came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The token was found in the verified-token cache, or its introspection in that cache.
    Cache,
    /// The token was read and verified anew.
    Verification,
    /// The token's issuer was asked about it, must be, or has refused it.
    Introspection,
}

/// Whether an issuer's keys are there.
#[derive(Debug)]
#[must_use]
pub enum Readiness {
    /// They are.
    Ready,
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

    /// The metadata of the protected resource, to be served at its path; `None` where none is described.
    #[must_use]
    pub fn resource_metadata(&self) -> Option<&ResourceMetadata> {
        self.resource.as_ref()
    }

    /// The answer to a failure of a request whose credential was a bearer token, or missing.
    #[must_use]
    pub fn answer(&self, failure: &Failure) -> Answer {
        self.challenges.answer(failure)
    }

    /// The answer to a failure of a request whose credential was of this scheme ([`Scheme::of`]).
    #[must_use]
    pub fn answer_to(&self, failure: &Failure, scheme: Scheme) -> Answer {
        self.challenges.answer_to(failure, scheme)
    }

    /// The URL that the client is taken to have used, without its query: what a DPoP proof must name. `None` when
    /// nobody can tell.
    #[must_use]
    pub fn target_url(&self, credential: &Credential<'_>) -> Option<TargetUrl> {
        self.confirmation.origin.target_url(credential.sender()?)
    }

    /// The claim that names a token's organization, where its issuer has no setting of its own.
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

    /// Decides about a credential.
    pub fn check(&self, credential: &Credential<'_>, route: Route<'_>, now: Now) -> Check {
        if !self.may_be_sent(credential) {
            let outcome = Outcome::Done(Err(CredentialError::CrossOrigin.into()));
            return Check { outcome, fetch: None, source: Source::Verification };
        }
        let compact = credential.expose_token();
        let mut fetch = None;
        let found = self.tokens.find(compact);
        let cached = found.and_then(|token| self.check_cached(token, credential, route, now, &mut fetch));
        if let Some(outcome) = cached {
            return Check { outcome, fetch, source: Source::Cache };
        }
        let parsed = self.parse(compact);
        let (result, source) = match self.introspector_of(compact, &parsed) {
            Some(introspector) => self.check_introspected(introspector, compact, route, now, &mut fetch),
            None => (self.check_new(parsed, route, now, &mut fetch), Source::Verification),
        };
        let outcome = match result {
            Ok(token) => self.finish(token, credential, route, now),
            Err(Detour::Failed(failure)) => Outcome::Done(Err(failure)),
            Err(Detour::Wait(in_flight)) => Outcome::Wait(in_flight),
            Err(Detour::Resolve(issuer)) => Outcome::Resolve(issuer),
        };
        Check { outcome, fetch, source }
    }

    /// Reads a token in the form that the settings expect.
    fn parse<'t>(&self, compact: &'t str) -> Result<UnverifiedToken<'t>, TokenError> {
        match &self.signer {
            None => UnverifiedToken::parse(compact),
            Some(signer) => UnverifiedToken::parse_of_load_balancer(compact, signer),
        }
    }

    /// Whether a page that may do so sends this credential, where browsers add it by themselves. A credential that
    /// comes without its sender is refused then.
    fn may_be_sent(&self, credential: &Credential<'_>) -> bool {
        let policy = match credential.found() {
            Found::Place => self.place.browsers(),
            Found::Authorization | Found::Parameter => None,
        };
        let own = &self.confirmation.origin;
        policy.is_none_or(|policy| credential.sender().is_some_and(|sender| policy.admits(sender, own)))
    }

    /// Whether the keys of an issuer are in hand: for those who want to know before the first request.
    pub fn readiness(&self, issuer: &Arc<Issuer>, now: Now) -> Readiness {
        match issuer.warm(now.uptime()) {
            KeyAnswer::Use(_, None) => Readiness::Ready,
            KeyAnswer::Use(_, Some(fetch)) | KeyAnswer::Fetch(fetch) => {
                Readiness::Fetch(Box::new(fetch.into()))
            }
            KeyAnswer::Wait(in_flight) => Readiness::Wait(in_flight),
            KeyAnswer::Unavailable { retry_after } => Readiness::Unavailable { retry_after },
        }
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

    /// Decides about a token whose signature was verified before; `None` when it must be verified anew.
    fn check_cached(
        &self,
        token: ValidatedToken,
        credential: &Credential<'_>,
        route: Route<'_>,
        now: Now,
        fetch: &mut Option<Fetch>,
    ) -> Option<Outcome> {
        match self.standing(&token, now, fetch) {
            Ok(Standing::Good) => {}
            Ok(Standing::Lost) => {
                self.tokens.forget(&token);
                return None;
            }
            Err(Detour::Wait(in_flight)) => return Some(Outcome::Wait(in_flight)),
            Err(Detour::Failed(failure)) => return Some(Outcome::Done(Err(failure))),
            Err(Detour::Resolve(issuer)) => return Some(Outcome::Resolve(issuer)),
        }
        Some(match token.revalidate(now.date()) {
            Ok(()) => self.finish(token, credential, route, now),
            Err(failure) => {
                self.tokens.forget(&token);
                Outcome::Done(Err(failure.into()))
            }
        })
    }

    /// Stages 7 and 8.
    fn finish(
        &self,
        token: ValidatedToken,
        credential: &Credential<'_>,
        route: Route<'_>,
        now: Now,
    ) -> Outcome {
        match self.confirm(&token, credential, now) {
            Err(failure) => Outcome::Done(Err(failure)),
            // Nearly every request: nothing to remember, nobody else to ask.
            Ok(Confirmed { claim: None, next_nonce: None }) if !self.shared_revocations => {
                Outcome::Done(consult::admit(token, credential.scheme(), None, route, now))
            }
            Ok(confirmed) => match self.consult(token, confirmed, credential.scheme(), now) {
                Err(failure) => Outcome::Done(Err(failure)),
                Ok(all_known) if all_known.asks_nothing() => {
                    Outcome::Done(all_known.conclude(&StoreAnswers::default(), route, now))
                }
                Ok(consultation) => Outcome::Consult(Box::new(consultation)),
            },
        }
    }

    fn confirm(
        &self,
        token: &ValidatedToken,
        credential: &Credential<'_>,
        now: Now,
    ) -> Result<Confirmed, Failure> {
        self.check_revocation(token, now)?;
        Ok(self.confirmation.confirm(&token.content().claims.binding, credential, now.date())?)
    }

    /// Whether what a cached token was believed for still stands.
    fn standing(
        &self,
        token: &ValidatedToken,
        now: Now,
        fetch: &mut Option<Fetch>,
    ) -> Result<Standing, Detour> {
        let content = token.content();
        let issuer = &content.issuer;
        let Origin::Signature { algorithm, key } = &content.origin else {
            return Ok(if issuer.is_trusted(now.uptime()) { Standing::Good } else { Standing::Lost });
        };
        if key.is_withdrawn() || !issuer.is_trusted(now.uptime()) {
            return Ok(Standing::Lost);
        }
        issuer.note_use();
        if !issuer.is_quiet(now.uptime()) {
            use_or_wait(issuer.lookup(KeyRequest::new(now.uptime()), key.kid(), *algorithm), fetch)?;
            // Asked again after the look at the set, so that a refresh that has just landed counts.
            if key.is_withdrawn() {
                return Ok(Standing::Lost);
            }
        }
        Ok(Standing::Good)
    }

    fn check_new(
        &self,
        parsed: Result<UnverifiedToken<'_>, TokenError>,
        route: Route<'_>,
        now: Now,
        fetch: &mut Option<Fetch>,
    ) -> Result<ValidatedToken, Detour> {
        let token = parsed?;
        let issuer = self.trusted_issuer(&token, now)?;
        let verified = self.verify(token, &issuer, route, now, fetch)?;
        let templates = route.requirement.map_or(&[][..], CheckedRequirement::organization_audiences);
        // Before the claims are looked at: whoever sends an expired token in a loop uses the issuer, too.
        issuer.note_use();
        let validated = ValidatedToken::validate(verified, &issuer, templates, now.date())?;
        self.tokens.store(&validated, now.date());
        Ok(validated)
    }

    /// Stages 4 and 5.
    fn verify<'t>(
        &self,
        token: UnverifiedToken<'t>,
        issuer: &Arc<Issuer>,
        route: Route<'_>,
        now: Now,
        fetch: &mut Option<Fetch>,
    ) -> Result<VerifiedToken<'t>, Detour> {
        let algorithm = token.unverified_algorithm();
        if !issuer.algorithms().contains(algorithm) {
            return Err(TokenError::AlgorithmNotAllowed(algorithm).into());
        }
        let (kid, age) = (token.unverified_kid(), token_age(&token, now));
        let request = KeyRequest::new(now.uptime()).since(route.since.unwrap_or(now.uptime()));
        let keys = use_or_wait(issuer.lookup(request.token(kid, age), kid, algorithm), fetch)?;
        let names_its_key = kid.is_some();
        match VerifiedToken::verify(token, &keys, self.defaults.limits.keys_tried) {
            // A token that names its key is wrong. One that names none may be signed by a key not seen yet.
            Err(error @ VerificationError::Signature(_)) if !names_its_key => {
                use_or_wait(issuer.newer(request.token(None, age), algorithm), fetch)?;
                Err(error.into())
            }
            verified => Ok(verified?),
        }
    }

    /// Stage 3: the issuer whose identifier is exactly the token's `iss`, unless any is allowed, or none.
    fn trusted_issuer(&self, token: &UnverifiedToken<'_>, now: Now) -> Result<Arc<Issuer>, Detour> {
        if let Some(issuer) = &self.any_issuer {
            return Ok(Arc::clone(issuer));
        }
        let Some(identifier) = token.unverified_issuer() else {
            let absent = token.unverified_claims().issuer().is_absent();
            if let Some(issuer) = self.without_issuer.as_ref().filter(|_| absent) {
                return Ok(Arc::clone(issuer));
            }
            return Err(if absent { IssuerError::Missing } else { IssuerError::Malformed }.into());
        };
        if let Some(issuer) = self.issuers.get(identifier) {
            return Ok(Arc::clone(issuer));
        }
        let Some(resolved) = &self.resolved else {
            return Err(IssuerError::Unknown.into());
        };
        match resolved.find(identifier, now.uptime()) {
            Resolution::Trusted(issuer) => Ok(issuer),
            Resolution::Refused => Err(IssuerError::Unknown.into()),
            Resolution::Paused(retry_after) => Err(Unavailable::Keys { retry_after }.into()),
            Resolution::Unknown => Err(Detour::Resolve(identifier.to_owned())),
        }
    }
}

/// How long ago a token was issued at least, as it says itself.
fn token_age(token: &UnverifiedToken<'_>, now: Now) -> Option<Duration> {
    let issued_at = token.unverified_claims().issued_at.as_ref().present().copied()?;
    // Mostly rounded to the second below.
    Some(now.date().since(issued_at).saturating_sub(Duration::from_secs(1)))
}

fn use_or_wait(answer: KeyAnswer, fetch: &mut Option<Fetch>) -> Result<Arc<KeySet>, Detour> {
    match answer {
        KeyAnswer::Use(keys, refresh) => {
            *fetch = refresh.map(Fetch::Keys).or(fetch.take());
            Ok(keys)
        }
        KeyAnswer::Fetch(first) => Err(Detour::start(first.into(), fetch)),
        KeyAnswer::Wait(in_flight) => Err(Detour::Wait(in_flight)),
        KeyAnswer::Unavailable { retry_after } => Err(Unavailable::Keys { retry_after }.into()),
    }
}

/// Whether what a token was believed for still stands.
enum Standing {
    Good,
    /// Its key is withdrawn, or its issuer not trusted any more.
    Lost,
}

/// Why the straight path to a token ended.
enum Detour {
    Failed(Failure),
    Wait(InFlight),
    Resolve(String),
}

impl Detour {
    /// The request waits for a fetch that it starts itself.
    fn start(first: Fetch, fetch: &mut Option<Fetch>) -> Self {
        let in_flight = first.in_flight();
        *fetch = Some(first);
        Self::Wait(in_flight)
    }
}

impl<F: Into<Failure>> From<F> for Detour {
    fn from(failure: F) -> Self {
        Self::Failed(failure.into())
    }
}

#[cfg(test)]
mod tests;
