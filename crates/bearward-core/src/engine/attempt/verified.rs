//! The path of a token that is verified here: issuer, key, signature, claims.

use std::sync::Arc;
use std::time::Duration;

use super::{Attempt, Halt};
use crate::answer::failure::Unavailable;
use crate::check::rule::Rule;
use crate::check::signature::{VerificationError, VerifiedToken};
use crate::check::validation::ValidatedToken;
use crate::engine::fetch::Fetch;
use crate::memory::resolved::Resolution;
use crate::token::error::TokenError;
use crate::token::unverified::UnverifiedToken;
use crate::trust::issuer::{Issuer, IssuerError, KeyAnswer};
use crate::trust::key::{KeyRequest, KeySet};
use crate::wire::time::Now;

impl Attempt<'_> {
    pub(super) fn check_new(
        &mut self,
        parsed: Result<UnverifiedToken<'_>, TokenError>,
    ) -> Result<ValidatedToken, Halt> {
        self.reach_of_parse(parsed.as_ref().err());
        let token = parsed?;
        self.about.kid = token.shared_kid();
        let issuer = self.trusted_issuer(&token)?;
        self.note_issuer(&token, &issuer);
        let verified = self.verify(token, &issuer)?;
        let templates = self.route.organization_audiences();
        // Before the claims are looked at: a client that sends an expired token in a loop uses the issuer, too.
        issuer.note_use();
        let now = self.now.date();
        let validated = ValidatedToken::validate(verified, &issuer, templates, now, &mut self.trail)?;
        self.engine.tokens.store(&validated, now);
        Ok(validated)
    }

    /// Notes for the log whose token this is. Where the keys of one issuer verify every token, it may name another.
    pub(super) fn note_issuer(&mut self, token: &UnverifiedToken<'_>, issuer: &Arc<Issuer>) {
        if token.unverified_issuer() == Some(issuer.identifier()) {
            self.about.issuer = Some(Arc::clone(issuer));
        }
    }

    /// How far stage 2 came, in which the header is read first.
    pub(super) fn reach_of_parse(&mut self, broken: Option<&TokenError>) {
        self.trail.reach(Rule::Parse);
        match broken {
            Some(TokenError::UnsupportedAlgorithm) => self.trail.reach(Rule::Algorithm),
            Some(TokenError::WrongType) | None => self.trail.reach(Rule::Type),
            Some(_) => {}
        }
    }

    /// Stages 4 and 5.
    pub(super) fn verify<'t>(
        &mut self,
        token: UnverifiedToken<'t>,
        issuer: &Arc<Issuer>,
    ) -> Result<VerifiedToken<'t>, Halt> {
        let algorithm = token.unverified_algorithm();
        self.trail.reach(Rule::Algorithm);
        if !issuer.algorithms().contains(algorithm) {
            return Err(TokenError::AlgorithmNotAllowed(algorithm).into());
        }
        let (kid, age) = (token.unverified_kid(), self.age_of(&token));
        let now = self.now.uptime();
        let request = KeyRequest::new(now).since(self.since.unwrap_or(now));
        self.trail.reach(Rule::Key);
        let keys = self.use_or_wait(issuer.lookup(request.token(kid, age), kid, algorithm))?;
        let names_its_key = kid.is_some();
        let max_tried = self.engine.defaults.limits.max_keys_tried;
        match VerifiedToken::verify(token, &keys, max_tried, &mut self.trail) {
            // A token that names its key is wrong. One without `kid` may be signed by a key not seen yet.
            Err(error @ VerificationError::Signature(_)) if !names_its_key => {
                self.trail.reopen(Rule::Signature);
                self.trail.reach(Rule::Key);
                self.use_or_wait(issuer.newer(request.token(None, age), algorithm))?;
                self.trail.reach(Rule::Signature);
                Err(error.into())
            }
            verified => Ok(verified?),
        }
    }

    /// Stage 3: the issuer whose identifier is exactly the token's `iss`, unless any is allowed, or none.
    fn trusted_issuer(&mut self, token: &UnverifiedToken<'_>) -> Result<Arc<Issuer>, Halt> {
        if let Some(issuer) = &self.engine.any_issuer {
            return Ok(Arc::clone(issuer));
        }
        self.trail.reach(Rule::Issuer);
        let Some(identifier) = token.unverified_issuer() else {
            let absent = token.unverified_claims().issuer().is_absent();
            if let Some(issuer) = self.engine.without_issuer.as_ref().filter(|_| absent) {
                return Ok(Arc::clone(issuer));
            }
            return Err(if absent { IssuerError::Missing } else { IssuerError::Malformed }.into());
        };
        if let Some(issuer) = self.engine.issuers.get(identifier) {
            return Ok(Arc::clone(issuer));
        }
        let resolved = self.engine.resolved.as_ref();
        match resolved.map_or(Resolution::Refused, |resolved| resolved.find(identifier, self.now.uptime())) {
            Resolution::Trusted(issuer) => Ok(issuer),
            Resolution::Refused => {
                self.about.foreign_issuer = Some(identifier.into());
                Err(IssuerError::Unknown.into())
            }
            Resolution::Paused(retry_after) => Err(Unavailable::Keys { retry_after }.into()),
            Resolution::Unknown => Err(Halt::Resolve(identifier.to_owned())),
        }
    }

    /// The issuer whose token this claims to be, where it is trusted at the moment.
    pub(in crate::engine) fn issuer_of(
        mut self,
        token: &UnverifiedToken<'_>,
        now: Now,
    ) -> Option<Arc<Issuer>> {
        self.now = now;
        self.trusted_issuer(token).ok()
    }

    /// How long ago a token was issued at least, as it says itself.
    fn age_of(&self, token: &UnverifiedToken<'_>) -> Option<Duration> {
        let issued_at = token.unverified_claims().issued_at.as_ref().present().copied()?;
        // Mostly rounded to the second below.
        Some(self.now.date().since(issued_at).saturating_sub(Duration::from_secs(1)))
    }

    /// The keys, or what must happen first. A refresh of keys that serve meanwhile runs behind the request.
    pub(super) fn use_or_wait(&mut self, answer: KeyAnswer) -> Result<Arc<KeySet>, Halt> {
        match answer {
            KeyAnswer::Use(keys, refresh) => {
                if let Some(refresh) = refresh {
                    self.refresh = Some(Box::new(Fetch::Keys(refresh)));
                }
                Ok(keys)
            }
            KeyAnswer::Fetch(first) => Err(Halt::fetch(first)),
            KeyAnswer::Wait(in_flight) => Err(Halt::Wait(in_flight)),
            KeyAnswer::Unavailable { retry_after } => Err(Unavailable::Keys { retry_after }.into()),
        }
    }
}
