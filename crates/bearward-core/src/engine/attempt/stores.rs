//! What other machines must be asked about: whether a token was revoked, and whether a proof was used.
//!
//! Where both memories are this process's own, the attempt asks them itself. Where
//! they are shared, a decision stops here until whoever does IO brings the answers. No answer is a refusal.

use std::time::Duration;

use super::{Attempt, Source};
use crate::answer::failure::{Failure, Rejection, Unavailable};
use crate::check::access_token::AccessToken;
use crate::check::confirmation::Claim;
use crate::check::confirmation::ProofError;
use crate::check::confirmation::{Confirmed, DpopNonce, ReplayClaim};
use crate::check::requirement;
use crate::check::revocation::{RevocationEntry, RevocationQuery};
use crate::check::rule::Rule;
use crate::check::validation::ValidatedToken;
use crate::request::credential::Scheme;

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
    /// What stands in the revocation store under the keys of [`Consultation::revocation_query`].
    pub revocations: Option<Vec<RevocationEntry>>,
    /// What became of [`Consultation::replay_claim`].
    pub claim: Option<Claim>,
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

    /// Whether what stands in the revocation store refuses the token, so that its proof need not be claimed.
    #[must_use]
    pub fn is_revoked_by(&self, entries: &[RevocationEntry]) -> bool {
        self.query.as_ref().is_some_and(|query| query.is_revoked_by(entries.iter().copied()))
    }
}

impl Attempt<'_> {
    /// Asks this process's own memories. What only other machines know is left to ask.
    pub(super) fn consult(
        &self,
        token: ValidatedToken,
        confirmed: Confirmed,
    ) -> Result<Consultation, Failure> {
        let Confirmed { mut claim, next_nonce } = confirmed;
        if let (Some(store), Some(due)) = (&self.engine.replays, &claim) {
            match store.claim(due.key, due.expires_at, self.now.date()) {
                Ok(Claim::Granted) => claim = None,
                Ok(Claim::Replayed) => return Err(ProofError::Replayed.into()),
                Err(_) => return Err(Unavailable::ReplayStore { retry_after: SHORT_WAIT }.into()),
            }
        }
        let query = self.engine.shared_revocations.then(|| query_of(&token));
        Ok(Consultation { token, scheme: self.scheme, source: self.source, next_nonce, claim, query })
    }

    /// Whether this process's own list has revoked the token.
    pub(super) fn check_revocation(&mut self, token: &ValidatedToken) -> Result<(), Rejection> {
        let Some(list) = &self.engine.revocations else { return Ok(()) };
        self.trail.reach(Rule::Revocation);
        if list.is_empty() {
            return Ok(());
        }
        // A token lives on for the clock tolerance after its `exp`, which is what most revocations end with.
        let tolerance = token.content().issuer.validation().clock_tolerance;
        match list.is_revoked(&query_of(token), self.now.date().minus(tolerance)) {
            true => Err(Rejection::Revoked),
            false => Ok(()),
        }
    }

    /// Decides by what the stores say. What was to be asked for and is missing refuses the request.
    pub(super) fn conclude(
        &mut self,
        consultation: Consultation,
        answers: &StoreAnswers,
    ) -> Result<AccessToken, Failure> {
        if consultation.query.is_some() {
            self.trail.reach(Rule::Revocation);
            match &answers.revocations {
                None => return Err(Unavailable::RevocationStore { retry_after: SHORT_WAIT }.into()),
                Some(entries) if consultation.is_revoked_by(entries) => return Err(Rejection::Revoked.into()),
                Some(_) => {}
            }
        }
        if consultation.claim.is_some() {
            self.trail.reach(Rule::Confirmation);
            match answers.claim {
                Some(Claim::Granted) => {}
                Some(Claim::Replayed) => return Err(ProofError::Replayed.into()),
                None => return Err(Unavailable::ReplayStore { retry_after: SHORT_WAIT }.into()),
            }
        }
        self.admit(consultation.token, consultation.next_nonce)
    }

    /// Stage 8.
    pub(super) fn admit(
        &mut self,
        token: ValidatedToken,
        next_nonce: Option<DpopNonce>,
    ) -> Result<AccessToken, Failure> {
        let token = AccessToken::confirmed(token, self.scheme, next_nonce);
        let Some(requirement) = self.route.requirement else {
            let admitted = requirement::authorize_any(token);
            // A token may have come into the cache by the audience of an organization.
            self.trail.reach(if admitted.is_ok() { Rule::Requirement } else { Rule::Audience });
            return Ok(admitted?);
        };
        self.trail.reach(Rule::Requirement);
        Ok(requirement.authorize(token, self.route.facts, self.now.date())?)
    }
}

impl Consultation {
    pub(super) fn asks_nothing(&self) -> bool {
        self.claim.is_none() && self.query.is_none()
    }

    pub(super) fn scheme(&self) -> Scheme {
        self.scheme
    }

    pub(super) fn source(&self) -> Source {
        self.source
    }
}

fn query_of(token: &ValidatedToken) -> RevocationQuery {
    let content = token.content();
    RevocationQuery::of(content.issuer.identifier(), &content.claims)
}
