//! One request on its way through the stages: the only place where their order is written.
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
//! # The run loop
//!
//! An attempt does no IO. Its driver calls [`Attempt::step`] until it is done:
//!
//! 1. [`Step::Done`]: the request passes, or the [`Refusal`] has the answer to it.
//! 2. [`Step::Refresh`]: run this fetch behind the request, and step again at once.
//! 3. [`Step::Fetch`]: run this fetch, and step again when it has ended. Other requests may wait for it
//!    ([`Fetch::in_flight`]): wake them then. A client that hangs up must not end it.
//! 4. [`Step::Wait`]: another request runs the fetch. Step again when *that* fetch has ended, and not before.
//! 5. [`Step::Resolve`]: ask who this issuer is, tell the engine ([`Engine::resolved`]), and step again. Bound how
//!    often: an issuer that gives way to others is asked for again.
//! 6. [`Step::Ask`]: ask the shared stores. What they say decides ([`Engine::conclude`]), and the attempt is over.
//!
//! The driver bounds how many requests wait, and how long ([`Limits`](crate::trust::Limits)). A driver that waits and cannot
//! borrow keeps the credential ([`Credential::into_owned`]) and begins another attempt of the same request
//! ([`Route::waiting_since`]).

mod introspected;
mod stores;
mod verified;

use std::sync::Arc;
use std::time::Duration;
use std::{fmt, mem};

use self::stores::check_revocation;
pub use self::stores::{Consultation, StoreAnswers};
use super::{Engine, Route};
use crate::answer::failure::Failure;
use crate::answer::refusal::{About, Refusal};
use crate::check::access_token::AccessToken;
use crate::check::confirmation::Confirmed;
use crate::check::rule::{Rule, Trail};
use crate::check::validation::{Origin, Validated, ValidatedToken};
use crate::engine::fetch::Fetch;
use crate::memory::introspection::Introspector;
use crate::request::credential::{Credential, CredentialError, Found};
use crate::token::error::TokenError;
use crate::token::unverified::UnverifiedToken;
use crate::trust::in_flight::InFlight;
use crate::trust::key::KeyRequest;
use crate::wire::time::{Now, NumericDate};

/// One request that is decided about.
pub struct Attempt<'r> {
    engine: &'r Engine,
    credential: &'r Credential<'r>,
    route: Route<'r>,
    now: Now,
    /// When the request was asked about first, by the monotonic clock.
    since: Option<Duration>,
    source: Source,
    /// The rules that the token was held against in the last step.
    trail: Trail,
    /// What was read of the token, for the case that it is refused.
    about: About,
    /// A fetch that is to run behind the request.
    refresh: Option<Box<Fetch>>,
    /// What the next step says, where that is known.
    next: Option<Box<Step>>,
}

/// What a request needs next: see the run loop of [`Attempt`]'s module.
///
/// `Debug` shows nothing of the token, so not the issuer to resolve either.
#[must_use]
pub enum Step {
    /// Nothing: the request may pass, or is refused.
    Done(Result<AccessToken, Refusal>),
    /// This fetch must run behind the request; step again at once.
    Refresh(Box<Fetch>),
    /// This fetch must be run; step again when it has ended.
    Fetch(Box<Fetch>),
    /// A fetch that another request runs must end; then step again.
    Wait(InFlight),
    /// The resolver must say who this issuer is; tell [`Engine::resolved`], then step again.
    Resolve(String),
    /// The shared stores must be asked. All is well as far as this process knows.
    Ask(Box<Consultation>),
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done(result) => f.debug_tuple("Done").field(result).finish(),
            Self::Refresh(fetch) => f.debug_tuple("Refresh").field(fetch).finish(),
            Self::Fetch(fetch) => f.debug_tuple("Fetch").field(fetch).finish(),
            Self::Wait(_) => f.write_str("Wait"),
            Self::Resolve(_) => f.write_str("Resolve(..)"),
            Self::Ask(consultation) => f.debug_tuple("Ask").field(consultation).finish(),
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

/// Why the straight path to a token ended.
enum Halt {
    Refuse(Failure),
    Fetch(Box<Fetch>),
    Wait(InFlight),
    Resolve(String),
}

impl Halt {
    fn fetch(fetch: impl Into<Fetch>) -> Self {
        Self::Fetch(Box::new(fetch.into()))
    }
}

impl<F: Into<Failure>> From<F> for Halt {
    fn from(failure: F) -> Self {
        Self::Refuse(failure.into())
    }
}

/// Whether what a token was believed for still holds.
enum Standing {
    Good,
    /// Its key is withdrawn, or its issuer not trusted any more.
    Lost,
}

/// Why a token that was validated is refused, and what is known of it.
struct Refused {
    failure: Failure,
    about: About,
}

impl Engine {
    /// Begins to decide about a credential.
    pub fn attempt<'r>(&'r self, credential: &'r Credential<'r>, route: Route<'r>) -> Attempt<'r> {
        Attempt {
            engine: self,
            credential,
            route,
            now: Now::new(Duration::ZERO, Duration::ZERO),
            since: route.since,
            source: Source::Verification,
            trail: Trail::start(),
            about: About::default(),
            refresh: None,
            next: None,
        }
    }

    /// Reads a token in the form that the settings expect.
    pub(super) fn parse<'t>(&self, compact: &'t str) -> Result<UnverifiedToken<'t>, TokenError> {
        match &self.signer {
            None => UnverifiedToken::parse(compact),
            Some(signer) => UnverifiedToken::parse_of_load_balancer(compact, signer),
        }
    }

    /// The issuer that is asked about a credential that parses so, if one is.
    pub(super) fn introspector_of(
        &self,
        presented: &str,
        parsed: &Result<UnverifiedToken<'_>, TokenError>,
    ) -> Option<&Arc<Introspector>> {
        self.introspector.as_ref().filter(|introspector| introspector.takes(presented, parsed))
    }
}

impl Attempt<'_> {
    /// Goes as far as it can without waiting.
    pub fn step(&mut self, now: Now) -> Step {
        if let Some(step) = self.next.take() {
            return *step;
        }
        self.now = now;
        self.since.get_or_insert(now.uptime());
        let step = match self.decide() {
            Ok(step) => step,
            Err(Halt::Refuse(failure)) => {
                let refusal = self.engine.refuse(failure, self.credential.scheme());
                Step::Done(Err(refusal.about(mem::take(&mut self.about))))
            }
            Err(Halt::Fetch(fetch)) => Step::Fetch(fetch),
            Err(Halt::Wait(in_flight)) => Step::Wait(in_flight),
            Err(Halt::Resolve(issuer)) => Step::Resolve(issuer),
        };
        match self.refresh.take() {
            None => step,
            Some(fetch) => {
                self.next = Some(Box::new(step));
                Step::Refresh(fetch)
            }
        }
    }

    /// How the last step came about.
    #[must_use]
    pub fn source(&self) -> Source {
        self.source
    }

    /// The rules that the token was held against in the last step.
    pub(super) fn trail(&self) -> Trail {
        self.trail
    }

    /// The stages, in their order.
    fn decide(&mut self) -> Result<Step, Halt> {
        (self.source, self.trail) = (Source::Verification, Trail::start());
        let (engine, compact) = (self.engine, self.credential.expose_token());
        if self.credential.found() == Found::Place && !self.is_sent_by_allowed_page() {
            return Err(CredentialError::CrossOrigin.into());
        }
        let token = match self.find_cached(compact)? {
            Some(token) => token,
            None => {
                (self.source, self.about) = (Source::Verification, About::default());
                let parsed = engine.parse(compact);
                match engine.introspector_of(compact, &parsed) {
                    Some(introspector) => self.check_introspected(introspector, compact, &parsed)?,
                    None => self.check_new(parsed)?,
                }
            }
        };
        self.finish(token)
    }

    /// Whether a page that may do so sends a credential which browsers add by themselves. One that comes without its
    /// sender is refused.
    fn is_sent_by_allowed_page(&self) -> bool {
        let own = &self.engine.confirmation.origin;
        let policy = self.engine.place.browsers();
        policy.is_none_or(|policy| self.credential.sender().is_some_and(|sender| policy.admits(sender, own)))
    }

    /// A token whose signature was verified before, unless it must be verified anew.
    fn find_cached(&mut self, compact: &str) -> Result<Option<ValidatedToken>, Halt> {
        let tokens = &self.engine.tokens;
        let Some(token) = tokens.find(compact) else { return Ok(None) };
        self.source = Source::Cache;
        match self.standing(&token) {
            Ok(Standing::Good) => {}
            Ok(Standing::Lost) => {
                tokens.forget(&token);
                return Ok(None);
            }
            Err(halt) => return Err(self.refused(token.content(), halt)),
        }
        if let Err(error) = token.revalidate(self.now.date(), &mut self.trail) {
            tokens.forget(&token);
            return Err(self.refused(token.content(), error));
        }
        Ok(Some(token))
    }

    /// Whether what a cached token was believed for still holds.
    fn standing(&mut self, token: &ValidatedToken) -> Result<Standing, Halt> {
        let content = token.content();
        let issuer = &content.issuer;
        let Origin::Signature { algorithm, key } = &content.origin else {
            return Ok(if issuer.is_trusted(self.now.uptime()) { Standing::Good } else { Standing::Lost });
        };
        if key.is_withdrawn() || !issuer.is_trusted(self.now.uptime()) {
            return Ok(Standing::Lost);
        }
        issuer.note_use();
        if !issuer.is_quiet(self.now.uptime()) {
            self.trail.resume(content.kept);
            self.trail.reach(Rule::Key);
            self.use_or_wait(issuer.lookup(KeyRequest::new(self.now.uptime()), key.kid(), *algorithm))?;
            // Asked again after the look at the set, so that a refresh that has just landed counts.
            if key.is_withdrawn() {
                return Ok(Standing::Lost);
            }
        }
        Ok(Standing::Good)
    }

    /// Stages 7 and 8.
    fn finish(&mut self, token: ValidatedToken) -> Result<Step, Halt> {
        let (engine, content, now) = (self.engine, token.content(), self.now.date());
        if let Some(list) = &engine.revocations {
            self.trail.reach(Rule::Revocation);
            check_revocation(list, content, now).map_err(|error| self.refused(content, error))?;
        }
        self.trail.reach(Rule::Confirmation);
        let confirmed = engine.confirmation.confirm(&content.claims.binding, self.credential, now);
        let confirmed = confirmed.map_err(|error| self.refused(content, error))?;
        // Nearly every request: nothing to remember, and no store to ask.
        if !engine.shared_revocations && matches!(confirmed, Confirmed { claim: None, next_nonce: None }) {
            let token = AccessToken::confirmed(token, self.credential.scheme(), None);
            let authorized = authorize(token, self.route, now, &mut self.trail);
            return Ok(Step::Done(Ok(authorized.map_err(|refused| self.refuse(refused))?)));
        }
        let consultation = self.consult(token, confirmed)?;
        if !consultation.asks_nothing() {
            return Ok(Step::Ask(Box::new(consultation)));
        }
        let concluded = consultation.conclude(&StoreAnswers::default(), self.route, now, &mut self.trail);
        Ok(Step::Done(Ok(concluded.map_err(|refused| self.refuse(refused))?)))
    }

    /// The end of an attempt whose token was validated.
    fn refused(&mut self, token: &Validated, why: impl Into<Halt>) -> Halt {
        self.note(About::validated(token));
        why.into()
    }

    fn refuse(&mut self, Refused { failure, about }: Refused) -> Halt {
        self.note(about);
        Halt::Refuse(failure)
    }

    /// Keeps what was read of the token itself, where its issuer was asked about it.
    fn note(&mut self, about: About) {
        let kid = self.about.kid.take();
        self.about = About { kid: about.kid.or(kid), ..about };
    }
}

impl fmt::Debug for Attempt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt").field("source", &self.source).finish_non_exhaustive()
    }
}

/// Stage 8.
fn authorize(
    token: AccessToken,
    route: Route<'_>,
    now: NumericDate,
    trail: &mut Trail,
) -> Result<AccessToken, Refused> {
    // A token may have come into the cache by the audience of an organization.
    let is_for_others = route.requirement.is_none() && token.needs_organization();
    trail.reach(if is_for_others { Rule::Audience } else { Rule::Requirement });
    match route.permit(&token, now) {
        Ok(organization) => Ok(token.confirmed_for(organization)),
        Err(why) => Err(Refused { failure: why.into(), about: About::validated(token.content()) }),
    }
}
