//! What other machines must be asked about: whether a token was revoked, and whether a proof was used.
//!
//! Where both memories are this process's own, the attempt asks them itself. Where they are shared, a decision stops
//! here until the driver brings the answers. No answer is a refusal.

use std::time::Duration;

use super::{Attempt, Halt, Refused, Source, authorize};
use crate::answer::failure::{Failure, Rejection, Unavailable};
use crate::answer::refusal::{About, Refusal};
use crate::check::access_token::AccessToken;
use crate::check::confirmation::{Confirmed, DpopNonce, ProofError, ReplayClaim, ReplayOutcome};
use crate::check::revocation::{RevocationEntry, RevocationQuery};
use crate::check::rule::{Rule, Trail};
use crate::check::validation::{Validated, ValidatedToken};
use crate::engine::{Engine, Route};
use crate::memory::revocations::RevocationList;
use crate::request::credential::Scheme;
use crate::wire::time::{Now, NumericDate};

/// How long a client should wait before it tries again when a store cannot answer.
const SHORT_WAIT: Duration = Duration::from_secs(1);

/// A request whose token and sender are good, as far as this process knows.
#[derive(Debug)]
#[must_use = "a request that is not decided must not pass"]
pub struct Consultation {
    token: ValidatedToken,
    scheme: Scheme,
    source: Source,
    next_nonce: Option<DpopNonce>,
    claim: Option<ReplayClaim>,
    query: Option<RevocationQuery>,
}

/// What the shared stores say. What was asked for and is missing here refuses the request.
#[derive(Debug, Default)]
pub struct StoreAnswers {
    /// The entries of the revocation store under the keys of [`Consultation::revocation_query`].
    pub revocations: Option<Vec<RevocationEntry>>,
    /// What became of [`Consultation::replay_claim`].
    pub claim: Option<ReplayOutcome>,
}

impl Consultation {
    /// What to look up in the shared revocation store.
    #[must_use]
    pub fn revocation_query(&self) -> Option<&RevocationQuery> {
        self.query.as_ref()
    }

    /// What to claim from the shared replay store, once the token is known not to be revoked.
    #[must_use]
    pub fn replay_claim(&self) -> Option<&ReplayClaim> {
        self.claim.as_ref()
    }

    /// How the attempt came by the token.
    #[must_use]
    pub fn source(&self) -> Source {
        self.source
    }

    /// Whether an entry of the revocation store refuses the token, so that its proof need not be claimed.
    #[must_use]
    pub fn is_revoked_by(&self, entries: &[RevocationEntry]) -> bool {
        self.query.as_ref().is_some_and(|query| query.is_revoked_by(entries.iter().copied()))
    }
}

impl Engine {
    /// Decides about a request that has asked the shared stores, by what they say. What was to be asked for and is missing
    /// refuses it.
    ///
    /// # Errors
    /// [`Refusal`], which has the response.
    pub fn conclude(
        &self,
        consultation: Consultation,
        answers: &StoreAnswers,
        route: Route<'_>,
        now: Now,
    ) -> Result<AccessToken, Refusal> {
        let scheme = consultation.scheme;
        let concluded = consultation.conclude(answers, route, now.date(), &mut Trail::start());
        concluded.map_err(|Refused { failure, about }| self.refuse(failure, scheme).about(about))
    }
}

impl Attempt<'_> {
    /// Asks this process's own memories. What only other machines know is left to ask.
    pub(super) fn consult(
        &mut self,
        token: ValidatedToken,
        confirmed: Confirmed,
    ) -> Result<Consultation, Halt> {
        let Confirmed { mut claim, next_nonce } = confirmed;
        if let (Some(store), Some(due)) = (&self.engine.replays, &claim) {
            let granted = match store.claim(due.key, due.expires_at, self.now.date()) {
                Ok(ReplayOutcome::Granted) => Ok(()),
                Ok(ReplayOutcome::Replayed) => Err(Failure::from(ProofError::Replayed)),
                Err(_) => Err(Unavailable::ReplayStore { retry_after: SHORT_WAIT }.into()),
            };
            granted.map_err(|failure| self.refused(token.content(), failure))?;
            claim = None;
        }
        let query = self.engine.shared_revocations.then(|| query_of(token.content()));
        let (scheme, source) = (self.credential.scheme(), self.source);
        Ok(Consultation { token, scheme, source, next_nonce, claim, query })
    }
}

impl Consultation {
    pub(super) fn asks_nothing(&self) -> bool {
        self.claim.is_none() && self.query.is_none()
    }

    /// Decides by what the stores say.
    pub(super) fn conclude(
        self,
        answers: &StoreAnswers,
        route: Route<'_>,
        now: NumericDate,
        trail: &mut Trail,
    ) -> Result<AccessToken, Refused> {
        let refused = |failure: Failure| Refused { failure, about: About::validated(self.token.content()) };
        if self.query.is_some() {
            trail.reach(Rule::Revocation);
            match &answers.revocations {
                None => {
                    return Err(refused(Unavailable::RevocationStore { retry_after: SHORT_WAIT }.into()));
                }
                Some(entries) if self.is_revoked_by(entries) => {
                    return Err(refused(Rejection::Revoked.into()));
                }
                Some(_) => {}
            }
        }
        if self.claim.is_some() {
            trail.reach(Rule::Confirmation);
            match answers.claim {
                Some(ReplayOutcome::Granted) => {}
                Some(ReplayOutcome::Replayed) => return Err(refused(ProofError::Replayed.into())),
                None => return Err(refused(Unavailable::ReplayStore { retry_after: SHORT_WAIT }.into())),
            }
        }
        authorize(AccessToken::confirmed(self.token, self.scheme, self.next_nonce), route, now, trail)
    }
}

/// Whether this process's own list has revoked the token.
pub(super) fn check_revocation(
    list: &RevocationList,
    token: &Validated,
    now: NumericDate,
) -> Result<(), Rejection> {
    if list.is_empty() {
        return Ok(());
    }
    // A token lives on for the clock tolerance after its `exp`, which is what most revocations end with.
    let tolerance = token.issuer.validation().clock_tolerance;
    match list.is_revoked(&query_of(token), now.minus(tolerance)) {
        true => Err(Rejection::Revoked),
        false => Ok(()),
    }
}

fn query_of(token: &Validated) -> RevocationQuery {
    RevocationQuery::of(token.issuer.identifier(), &token.claims)
}
