//! The path of a token whose issuer is asked about it.
//!
//! ```text
//!                 ┌─ active ────────────────── time, key still good ──┐
//! opaque ─▶ hash ─┼─ answered ─▶ verify (if signed) ─▶ validate ──────┼─▶ confirm ─▶ authorize
//!                 ├─ inactive, failed ─▶ 401, 503                     │
//!                 └─ nothing ─▶ endpoint ─▶ call ─▶ wait, ask again ──┘
//! ```

use std::sync::Arc;

use super::{Detour, Engine, Route, Source, Standing};
use crate::answer::failure::{Failure, Rejection, Unavailable};
use crate::check::requirement::CheckedRequirement;
use crate::check::signature::VerifiedToken;
use crate::check::validation::ValidatedToken;
use crate::engine::fetch::Fetch;
use crate::memory::introspection::{Found, Introspector, PAUSE, TokenHash, Turn};
use crate::token::claims::ClaimsSet;
use crate::token::error::TokenError;
use crate::token::unverified::UnverifiedToken;
use crate::trust::introspection::{Answered, Content, IntrospectionError, check_binding, passes_for_a_jwt};
use crate::trust::issuer::{Issuer, KeyAnswer};
use crate::wire::time::Now;

/// Why an answer does not make a token.
enum Refusal {
    /// It says so.
    Inactive,
    /// It cannot be believed.
    Server(IntrospectionError),
    /// Its claims do not hold, or keys must be fetched first.
    Detour(Detour),
}

/// What came of the wish to call.
enum Called {
    /// The call is made or waited for, or cannot be made.
    Detour(Detour),
    /// Somebody else was quicker.
    LookAgain,
    /// No call is to be had, and the last answer serves meanwhile.
    Bridge(Box<ValidatedToken>),
}

impl<D: Into<Detour>> From<D> for Refusal {
    fn from(detour: D) -> Self {
        Self::Detour(detour.into())
    }
}

impl Engine {
    /// The issuer that is asked about a credential that parses so, if one is.
    pub(super) fn introspector_of(
        &self,
        presented: &str,
        parsed: &Result<UnverifiedToken<'_>, TokenError>,
    ) -> Option<&Arc<Introspector>> {
        self.introspector.as_ref().filter(|introspector| introspector.takes(presented, parsed))
    }

    /// Decides about a token that its issuer is asked about.
    pub(super) fn check_introspected(
        &self,
        introspector: &Arc<Introspector>,
        presented: &str,
        route: Route<'_>,
        now: Now,
        fetch: &mut Option<Fetch>,
    ) -> (Result<ValidatedToken, Detour>, Source) {
        let (token, source) = self.introspected(introspector, presented, route, now, fetch);
        (token.map(|token| token.presented_as(presented)), source)
    }

    fn introspected(
        &self,
        introspector: &Arc<Introspector>,
        presented: &str,
        route: Route<'_>,
        now: Now,
        fetch: &mut Option<Fetch>,
    ) -> (Result<ValidatedToken, Detour>, Source) {
        let hash = introspector.hash(presented);
        let cache = introspector.cache();
        loop {
            let result = match cache.look(&hash, now.uptime()) {
                Found::Active(token) => match self.use_answer(introspector, &hash, token, now, fetch) {
                    Some(result) => return (result, Source::Cache),
                    None => continue,
                },
                Found::Answered(answered) => {
                    self.take_answer(introspector, presented, &answered, route, now, fetch)
                }
                Found::Inactive => Err(TokenError::Inactive.into()),
                Found::Failed(why, retry_after) => {
                    Err(Unavailable::Introspection { retry_after, why }.into())
                }
                Found::UnderWay(in_flight) => Err(Detour::Wait(in_flight)),
                Found::Nothing => {
                    // Not before: nothing is ever known of one of these.
                    if passes_for_a_jwt(presented)
                        && let Err(broken) = UnverifiedToken::parse(presented)
                    {
                        return (Err(broken.into()), Source::Verification);
                    }
                    match self.call(introspector, &hash, presented, now, fetch) {
                        Called::Detour(detour) => Err(detour),
                        Called::LookAgain => continue,
                        Called::Bridge(token) => {
                            match self.use_answer(introspector, &hash, *token, now, fetch) {
                                Some(result) => return (result, Source::Cache),
                                None => continue,
                            }
                        }
                    }
                }
            };
            return (result, Source::Introspection);
        }
    }

    /// Decides about a token by the answer that was validated; `None` when that does not hold any more.
    fn use_answer(
        &self,
        introspector: &Introspector,
        hash: &TokenHash,
        token: ValidatedToken,
        now: Now,
        fetch: &mut Option<Fetch>,
    ) -> Option<Result<ValidatedToken, Detour>> {
        match self.standing(&token, now, fetch) {
            Ok(Standing::Good) => Some(token.revalidate(now.date()).map(|()| token).map_err(Into::into)),
            Ok(Standing::Lost) => {
                introspector.cache().forget(hash, &token, now.uptime());
                None
            }
            Err(detour) => Some(Err(detour)),
        }
    }

    /// Hands out the call.
    fn call(
        &self,
        introspector: &Arc<Introspector>,
        hash: &TokenHash,
        presented: &str,
        now: Now,
        fetch: &mut Option<Fetch>,
    ) -> Called {
        let unavailable =
            |why, retry_after| Called::Detour(Unavailable::Introspection { retry_after, why }.into());
        if introspector.discovers() {
            // Also when the endpoint is known: who only ever sees opaque tokens must hear of a new one.
            match (introspector.issuer().warm(now.uptime()), introspector.endpoint()) {
                (KeyAnswer::Use(_, Some(first)) | KeyAnswer::Fetch(first), _) => {
                    return Called::Detour(Detour::start(first.into(), fetch));
                }
                (_, Some(_)) => {}
                (KeyAnswer::Wait(in_flight), None) => return Called::Detour(Detour::Wait(in_flight)),
                (KeyAnswer::Unavailable { retry_after }, None) => {
                    return unavailable(IntrospectionError::NoMetadata, retry_after);
                }
                (KeyAnswer::Use(_, None), None) => return unavailable(IntrospectionError::NoMetadata, PAUSE),
            }
        }
        let endpoint = match introspector.endpoint() {
            Some(Ok(endpoint)) => endpoint,
            Some(Err(why)) => return unavailable(why, PAUSE),
            None => return unavailable(IntrospectionError::NoMetadata, PAUSE),
        };
        match introspector.cache().take_turn(hash, now.uptime()) {
            Turn::Call(ticket) => match introspector.call(ticket, &endpoint, presented, now) {
                Ok(call) => Called::Detour(Detour::start(Fetch::Introspection(call), fetch)),
                Err(why) => unavailable(why, PAUSE),
            },
            Turn::LookAgain => Called::LookAgain,
            Turn::TooMany(Some(token)) => Called::Bridge(Box::new(token)),
            Turn::TooMany(None) => Called::Detour(Unavailable::TooManyWaiting { retry_after: PAUSE }.into()),
            Turn::Pause(retry_after) => unavailable(IntrospectionError::Pause, retry_after),
        }
    }

    /// Verifies and validates what the server answered, and remembers what came of it.
    fn take_answer(
        &self,
        introspector: &Introspector,
        presented: &str,
        answered: &Answered,
        route: Route<'_>,
        now: Now,
        fetch: &mut Option<Fetch>,
    ) -> Result<ValidatedToken, Detour> {
        let (cache, hash) = (introspector.cache(), introspector.hash(presented));
        match self.validate_answer(introspector, presented, answered, route, now, fetch) {
            Ok(token) => {
                let expires_at = token.content().claims.expires_at.as_ref().present().copied();
                cache.activate(&hash, token.clone(), introspector.active_until(answered, expires_at, now));
                Ok(token)
            }
            Err(Refusal::Inactive) => {
                cache.deactivate(&hash, introspector.refused_until(answered));
                Err(TokenError::Inactive.into())
            }
            Err(Refusal::Server(why)) => {
                cache.fail(&hash, why, now);
                Err(Unavailable::Introspection { retry_after: PAUSE, why }.into())
            }
            // The answer stays: another route may accept its audience, and time may mend its dates.
            Err(Refusal::Detour(detour)) => Err(detour),
        }
    }

    fn validate_answer(
        &self,
        introspector: &Introspector,
        presented: &str,
        answered: &Answered,
        route: Route<'_>,
        now: Now,
        fetch: &mut Option<Fetch>,
    ) -> Result<ValidatedToken, Refusal> {
        let issuer = introspector.issuer();
        let templates = route.requirement.map_or(&[][..], CheckedRequirement::organization_audiences);
        let unreadable = |why| Refusal::Server(IntrospectionError::Token(why));
        let claims: Vec<u8> = match &answered.content {
            Content::Json(text) => text.as_bytes().to_vec(),
            Content::SignedJwt(jwt) => {
                let answer = UnverifiedToken::parse_introspection_answer(jwt).map_err(unreadable)?;
                let answer = self.verify_answer(answer, issuer, route, now, fetch)?;
                let introspection = introspector.unpack(answer.claims(), answered);
                introspection.map_err(Refusal::Server)?.ok_or(Refusal::Inactive)?.into()
            }
            Content::PhantomJwt(jwt) => {
                let token = UnverifiedToken::parse(jwt).map_err(unreadable)?;
                if token.unverified_issuer() != Some(issuer.identifier()) {
                    return Err(Refusal::Server(IntrospectionError::Issuer));
                }
                let verified = self.verify_answer(token, issuer, route, now, fetch)?;
                check_binding(verified.claims(), presented).map_err(Refusal::Server)?;
                return Ok(ValidatedToken::validate(verified, issuer, templates, now.date())?);
            }
        };
        let claims =
            ClaimsSet::parse(claims).map_err(|why| Refusal::Server(IntrospectionError::Json(why)))?;
        check_binding(&claims, presented).map_err(Refusal::Server)?;
        Ok(ValidatedToken::validate_introspected(claims, issuer, templates, now.date())?)
    }

    /// Stages 4 and 5 for a JWT that the server has answered with: what is wrong with it is the server's fault.
    fn verify_answer<'t>(
        &self,
        answer: UnverifiedToken<'t>,
        issuer: &Arc<Issuer>,
        route: Route<'_>,
        now: Now,
        fetch: &mut Option<Fetch>,
    ) -> Result<VerifiedToken<'t>, Refusal> {
        self.verify(answer, issuer, route, now, fetch).map_err(|detour| match detour {
            Detour::Failed(Failure::Rejected(Rejection::Token(why))) => {
                Refusal::Server(IntrospectionError::Token(why))
            }
            Detour::Failed(Failure::Rejected(Rejection::Key(_))) => Refusal::Server(IntrospectionError::Key),
            Detour::Failed(Failure::Rejected(Rejection::Signature(_))) => {
                Refusal::Server(IntrospectionError::Signature)
            }
            other => Refusal::Detour(other),
        })
    }
}
