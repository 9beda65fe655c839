//! The path of a token whose issuer is asked about it.
//!
//! ```text
//!                 ┌─ active ────────────────── time, key still good ──┐
//! opaque ─▶ hash ─┼─ answered ─▶ verify (if signed) ─▶ validate ──────┼─▶ confirm ─▶ authorize
//!                 ├─ inactive, failed ─▶ 401, 503                     │
//!                 └─ nothing ─▶ endpoint ─▶ call ─▶ wait, ask again ──┘
//! ```

use std::sync::Arc;

use super::{Attempt, Halt, Source, Standing};
use crate::answer::failure::{Failure, Rejection, Unavailable};
use crate::check::rule::Rule;
use crate::check::signature::VerifiedToken;
use crate::check::validation::ValidatedToken;
use crate::engine::fetch::Fetch;
use crate::memory::introspection::{Found, Introspector, PAUSE, TokenHash, Turn};
use crate::token::claims::ClaimsSet;
use crate::token::error::TokenError;
use crate::token::unverified::UnverifiedToken;
use crate::trust::introspection::{Answered, Content, IntrospectionError, check_binding, passes_for_a_jwt};
use crate::trust::issuer::{Issuer, KeyAnswer};

/// Why an answer does not make a token.
enum Unusable {
    /// It says so.
    Inactive,
    /// It cannot be believed.
    Server(IntrospectionError),
    /// Its claims do not hold, or keys must be fetched first.
    Halt(Halt),
}

/// What came of the wish to call.
enum Called {
    /// The call is made or waited for, or cannot be made.
    Halt(Halt),
    /// Somebody else was quicker.
    LookAgain,
    /// No call is to be had, and the last answer serves meanwhile.
    Bridge(Box<ValidatedToken>),
}

impl<H: Into<Halt>> From<H> for Unusable {
    fn from(halt: H) -> Self {
        Self::Halt(halt.into())
    }
}

impl Attempt<'_> {
    /// Decides about a token that its issuer is asked about.
    pub(super) fn check_introspected(
        &mut self,
        introspector: &Arc<Introspector>,
        presented: &str,
        parsed: &Result<UnverifiedToken<'_>, TokenError>,
    ) -> Result<ValidatedToken, Halt> {
        if let Ok(token) = parsed {
            self.about.kid = token.shared_kid();
            self.note_issuer(token, introspector.issuer());
        }
        let (token, source) = self.introspected(introspector, presented);
        self.source = source;
        token.map(|token| token.presented_as(presented))
    }

    fn introspected(
        &mut self,
        introspector: &Arc<Introspector>,
        presented: &str,
    ) -> (Result<ValidatedToken, Halt>, Source) {
        let hash = introspector.hash(presented);
        let cache = introspector.cache();
        loop {
            self.trail.reach(Rule::Introspection);
            let result = match cache.look(&hash, self.now.uptime()) {
                Found::Active(token) => match self.use_answer(introspector, &hash, token) {
                    Some(result) => return (result, Source::Cache),
                    None => continue,
                },
                Found::Answered(answered) => self.take_answer(introspector, presented, &answered),
                Found::Inactive => Err(TokenError::Inactive.into()),
                Found::Failed(why, retry_after) => {
                    Err(Unavailable::Introspection { retry_after, why }.into())
                }
                Found::UnderWay(in_flight) => Err(Halt::Wait(in_flight)),
                Found::Nothing => {
                    // Not before: nothing is ever known of one of these.
                    if passes_for_a_jwt(presented)
                        && let Err(broken) = UnverifiedToken::parse(presented)
                    {
                        self.trail.reopen(Rule::Introspection);
                        self.reach_of_parse(Some(&broken));
                        return (Err(broken.into()), Source::Verification);
                    }
                    match self.call(introspector, &hash, presented) {
                        Called::Halt(halt) => Err(halt),
                        Called::LookAgain => continue,
                        Called::Bridge(token) => match self.use_answer(introspector, &hash, *token) {
                            Some(result) => return (result, Source::Cache),
                            None => continue,
                        },
                    }
                }
            };
            return (result, Source::Introspection);
        }
    }

    /// Decides about a token by the answer that was validated; `None` when that does not hold any more.
    fn use_answer(
        &mut self,
        introspector: &Introspector,
        hash: &TokenHash,
        token: ValidatedToken,
    ) -> Option<Result<ValidatedToken, Halt>> {
        match self.standing(&token) {
            Ok(Standing::Good) => {
                let valid = token.revalidate(self.now.date(), &mut self.trail);
                Some(valid.map(|()| token).map_err(Into::into))
            }
            Ok(Standing::Lost) => {
                introspector.cache().forget(hash, &token, self.now.uptime());
                None
            }
            Err(halt) => Some(Err(halt)),
        }
    }

    /// Hands out the call.
    fn call(&mut self, introspector: &Arc<Introspector>, hash: &TokenHash, presented: &str) -> Called {
        let unavailable =
            |why, retry_after| Called::Halt(Unavailable::Introspection { retry_after, why }.into());
        let nowhere = |why, retry_after| {
            introspector.cache().note_failure(why, self.now.uptime());
            unavailable(why, retry_after)
        };
        if introspector.discovers() {
            // Also when the endpoint is known: who only ever sees opaque tokens must hear of a new one.
            match (introspector.issuer().warm(self.now.uptime()), introspector.endpoint()) {
                (KeyAnswer::Use(_, Some(first)) | KeyAnswer::Fetch(first), _) => {
                    return Called::Halt(Halt::fetch(first));
                }
                (_, Some(_)) => {}
                (KeyAnswer::Wait(in_flight), None) => return Called::Halt(Halt::Wait(in_flight)),
                (KeyAnswer::Unavailable { retry_after }, None) => {
                    return nowhere(IntrospectionError::NoMetadata, retry_after);
                }
                (KeyAnswer::Use(_, None), None) => return nowhere(IntrospectionError::NoMetadata, PAUSE),
            }
        }
        let endpoint = match introspector.endpoint() {
            Some(Ok(endpoint)) => endpoint,
            Some(Err(why)) => return nowhere(why, PAUSE),
            None => return nowhere(IntrospectionError::NoMetadata, PAUSE),
        };
        match introspector.cache().take_turn(hash, self.now.uptime()) {
            Turn::Call(ticket) => match introspector.call(ticket, &endpoint, presented, self.now) {
                Ok(call) => Called::Halt(Halt::fetch(Fetch::Introspection(call))),
                Err(why) => unavailable(why, PAUSE),
            },
            Turn::LookAgain => Called::LookAgain,
            Turn::TooMany(Some(token)) => Called::Bridge(Box::new(token)),
            Turn::TooMany(None) => Called::Halt(Unavailable::TooManyWaiting { retry_after: PAUSE }.into()),
            Turn::Pause(retry_after) => unavailable(IntrospectionError::Pause, retry_after),
        }
    }

    /// Verifies and validates what the server answered, and remembers what came of it.
    fn take_answer(
        &mut self,
        introspector: &Introspector,
        presented: &str,
        answered: &Answered,
    ) -> Result<ValidatedToken, Halt> {
        let (cache, hash) = (introspector.cache(), introspector.hash(presented));
        match self.validate_answer(introspector, presented, answered) {
            Ok(token) => {
                let expires_at = token.content().claims.expires_at.as_ref().present().copied();
                cache.activate(
                    &hash,
                    token.clone(),
                    introspector.active_until(answered, expires_at, self.now),
                );
                Ok(token)
            }
            Err(Unusable::Inactive) => {
                cache.deactivate(&hash, introspector.refused_until(answered));
                Err(TokenError::Inactive.into())
            }
            Err(Unusable::Server(why)) => {
                cache.fail(&hash, why, self.now);
                Err(Unavailable::Introspection { retry_after: PAUSE, why }.into())
            }
            // The answer stays: another route may accept its audience, and time may mend its dates.
            Err(Unusable::Halt(halt)) => Err(halt),
        }
    }

    fn validate_answer(
        &mut self,
        introspector: &Introspector,
        presented: &str,
        answered: &Answered,
    ) -> Result<ValidatedToken, Unusable> {
        let (issuer, now) = (introspector.issuer(), self.now.date());
        let templates = self.route.organization_audiences();
        let unreadable = |why| Unusable::Server(IntrospectionError::Token(why));
        let claims: Vec<u8> = match &answered.content {
            Content::Json(text) => text.as_bytes().to_vec(),
            Content::SignedJwt(jwt) => {
                let answer = UnverifiedToken::parse_introspection_answer(jwt).map_err(unreadable)?;
                let answer = self.verify_answer(answer, issuer)?;
                let introspection = introspector.unpack(answer.claims(), answered);
                introspection.map_err(Unusable::Server)?.ok_or(Unusable::Inactive)?.into()
            }
            Content::PhantomJwt(jwt) => {
                let token = UnverifiedToken::parse(jwt).map_err(unreadable)?;
                if token.unverified_issuer() != Some(issuer.identifier()) {
                    return Err(Unusable::Server(IntrospectionError::Issuer));
                }
                let verified = self.verify_answer(token, issuer)?;
                check_binding(verified.claims(), presented).map_err(Unusable::Server)?;
                // Both were compared above.
                self.trail.reach(Rule::Issuer);
                self.trail.reach(Rule::Type);
                let valid = ValidatedToken::validate(verified, issuer, templates, now, &mut self.trail);
                return Ok(valid?);
            }
        };
        let claims =
            ClaimsSet::parse(claims).map_err(|why| Unusable::Server(IntrospectionError::Json(why)))?;
        check_binding(&claims, presented).map_err(Unusable::Server)?;
        Ok(ValidatedToken::validate_introspected(claims, issuer, templates, now, &mut self.trail)?)
    }

    /// Stages 4 and 5 for a JWT that the server has answered with: what is wrong with it is the server's fault.
    fn verify_answer<'t>(
        &mut self,
        answer: UnverifiedToken<'t>,
        issuer: &Arc<Issuer>,
    ) -> Result<VerifiedToken<'t>, Unusable> {
        let trail = self.trail;
        let verified = self.verify(answer, issuer);
        // All of that is one rule of the token's: the server says that it is active.
        self.trail = trail;
        verified.map_err(|halt| match halt {
            Halt::Refuse(Failure::Rejected(Rejection::Token(why))) => {
                Unusable::Server(IntrospectionError::Token(why))
            }
            Halt::Refuse(Failure::Rejected(Rejection::Key(_))) => Unusable::Server(IntrospectionError::Key),
            Halt::Refuse(Failure::Rejected(Rejection::Signature(_))) => {
                Unusable::Server(IntrospectionError::Signature)
            }
            other => Unusable::Halt(other),
        })
    }
}
