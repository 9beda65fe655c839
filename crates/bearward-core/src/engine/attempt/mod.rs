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
//! 6. [`Step::Ask`]: ask the shared stores, hand in what they say ([`Attempt::answered`]), and step again.
//!
//! The driver bounds how many requests wait, and how long ([`Limits`](crate::trust::Limits)). A driver that waits and cannot
//! borrow keeps the credential ([`Credential::into_owned`]) and begins another attempt of the same request
//! ([`Route::waiting_since`]).

mod introspected;
mod stores;
mod verified;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use self::stores::{Consultation, StoreAnswers};
use self::verified::Standing;
use super::{Engine, Route};
use crate::answer::failure::{Failure, Rejection};
use crate::answer::refusal::Refusal;
use crate::check::access_token::AccessToken;
use crate::check::confirmation::Confirmed;
use crate::check::rule::{Rule, Trail};
use crate::check::validation::ValidatedToken;
use crate::engine::fetch::Fetch;
use crate::memory::introspection::Introspector;
use crate::request::credential::{Credential, CredentialError, Found, Scheme};
use crate::token::error::TokenError;
use crate::token::unverified::UnverifiedToken;
use crate::trust::in_flight::InFlight;
use crate::wire::time::Now;

/// One request that is decided about.
pub struct Attempt<'r> {
    engine: &'r Engine,
    /// `None` where the token is confirmed already, and the stores have answered.
    credential: Option<&'r Credential<'r>>,
    scheme: Scheme,
    route: Route<'r>,
    now: Now,
    /// When the request was asked about first, by the monotonic clock.
    since: Option<Duration>,
    source: Source,
    /// The rules that the token was held against in this step.
    trail: Trail,
    /// A fetch that is to run behind the request.
    refresh: Option<Box<Fetch>>,
    /// What the next step says, where that is known.
    next: Option<Box<Next>>,
}

enum Next {
    /// This, which was decided before.
    Say(Step),
    /// What follows from the answers.
    Conclude(Box<Consultation>, StoreAnswers),
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

impl Engine {
    /// Begins to decide about a credential.
    pub fn attempt<'r>(&'r self, credential: &'r Credential<'r>, route: Route<'r>) -> Attempt<'r> {
        Attempt::new(self, Some(credential), credential.scheme(), route)
    }

    /// Goes on with a request that has asked the shared stores, by what they say.
    pub fn resume<'r>(
        &'r self,
        consultation: Consultation,
        answers: StoreAnswers,
        route: Route<'r>,
    ) -> Attempt<'r> {
        let mut attempt = Attempt::new(self, None, consultation.scheme(), route);
        attempt.answered(consultation, answers);
        attempt
    }

    /// Reads a token in the form that the settings expect.
    pub(super) fn parse<'t>(&self, compact: &'t str) -> Result<UnverifiedToken<'t>, TokenError> {
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

    /// The issuer that is asked about a credential that parses so, if one is.
    pub(super) fn introspector_of(
        &self,
        presented: &str,
        parsed: &Result<UnverifiedToken<'_>, TokenError>,
    ) -> Option<&Arc<Introspector>> {
        self.introspector.as_ref().filter(|introspector| introspector.takes(presented, parsed))
    }
}

impl<'r> Attempt<'r> {
    fn new(
        engine: &'r Engine,
        credential: Option<&'r Credential<'r>>,
        scheme: Scheme,
        route: Route<'r>,
    ) -> Self {
        Self {
            engine,
            credential,
            scheme,
            route,
            now: Now::new(Duration::ZERO, Duration::ZERO),
            since: route.since,
            source: Source::Verification,
            trail: Trail::start(),
            refresh: None,
            next: None,
        }
    }

    /// Goes as far as it can without waiting.
    pub fn step(&mut self, now: Now) -> Step {
        self.now = now;
        self.since.get_or_insert(now.uptime());
        let step = match self.next.take().map(|next| *next) {
            None => self.walk(),
            Some(Next::Say(step)) => step,
            Some(Next::Conclude(consultation, answers)) => {
                let result = self.conclude(*consultation, &answers);
                Step::Done(result.map_err(|failure| self.refuse(failure)))
            }
        };
        match self.refresh.take() {
            None => step,
            Some(fetch) => {
                self.next = Some(Box::new(Next::Say(step)));
                Step::Refresh(fetch)
            }
        }
    }

    /// Takes what the shared stores said to [`Step::Ask`].
    pub fn answered(&mut self, consultation: Consultation, answers: StoreAnswers) {
        (self.source, self.scheme) = (consultation.source(), consultation.scheme());
        self.next = Some(Box::new(Next::Conclude(Box::new(consultation), answers)));
    }

    /// How the last step came about.
    #[must_use]
    pub fn source(&self) -> Source {
        self.source
    }

    /// The rules that the token was held against in the last step, where that did not conclude.
    pub(super) fn trail(&self) -> Trail {
        self.trail
    }

    fn walk(&mut self) -> Step {
        // A request that was concluded is not decided about twice.
        let decided = self.credential.ok_or_else(|| Rejection::MissingCredential.into());
        match decided.and_then(|credential| self.decide(credential)) {
            Ok(step) => step,
            Err(Halt::Refuse(failure)) => Step::Done(Err(self.refuse(failure))),
            Err(Halt::Fetch(fetch)) => Step::Fetch(fetch),
            Err(Halt::Wait(in_flight)) => Step::Wait(in_flight),
            Err(Halt::Resolve(issuer)) => Step::Resolve(issuer),
        }
    }

    fn decide(&mut self, credential: &'r Credential<'r>) -> Result<Step, Halt> {
        (self.source, self.trail) = (Source::Verification, Trail::start());
        let engine = self.engine;
        if !engine.may_be_sent(credential) {
            return Err(CredentialError::CrossOrigin.into());
        }
        let compact = credential.expose_token();
        let token = match self.find_cached(compact)? {
            Some(token) => token,
            None => {
                self.source = Source::Verification;
                let parsed = engine.parse(compact);
                match engine.introspector_of(compact, &parsed) {
                    Some(introspector) => self.check_introspected(introspector, compact)?,
                    None => self.check_new(parsed)?,
                }
            }
        };
        self.finish(token, credential)
    }

    /// A token whose signature was verified before, unless it must be verified anew.
    fn find_cached(&mut self, compact: &str) -> Result<Option<ValidatedToken>, Halt> {
        let tokens = &self.engine.tokens;
        let Some(token) = tokens.find(compact) else { return Ok(None) };
        self.source = Source::Cache;
        if let Standing::Lost = self.standing(&token)? {
            tokens.forget(&token);
            return Ok(None);
        }
        if let Err(error) = token.revalidate(self.now.date(), &mut self.trail) {
            tokens.forget(&token);
            return Err(error.into());
        }
        Ok(Some(token))
    }

    /// Stages 7 and 8.
    fn finish(&mut self, token: ValidatedToken, credential: &Credential<'_>) -> Result<Step, Halt> {
        self.check_revocation(&token)?;
        self.trail.reach(Rule::Confirmation);
        let binding = &token.content().claims.binding;
        let confirmed = self.engine.confirmation.confirm(binding, credential, self.now.date())?;
        // Nearly every request: nothing to remember, and no store to ask.
        if !self.engine.shared_revocations && matches!(confirmed, Confirmed { claim: None, next_nonce: None })
        {
            return Ok(Step::Done(Ok(self.admit(token, None)?)));
        }
        let consultation = self.consult(token, confirmed)?;
        if consultation.asks_nothing() {
            let token = self.conclude(consultation, &StoreAnswers::default())?;
            return Ok(Step::Done(Ok(token)));
        }
        Ok(Step::Ask(Box::new(consultation)))
    }

    fn refuse(&self, failure: Failure) -> Refusal {
        self.engine.refuse(failure, self.scheme)
    }
}

impl fmt::Debug for Attempt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt").field("source", &self.source).finish_non_exhaustive()
    }
}
