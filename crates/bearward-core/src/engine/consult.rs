//! What other machines must be asked about: whether a token was revoked, and whether a proof was used.
//!
//! Where both memories are this process's own, the engine asks them itself and nobody sees any of this. Where
//! they are shared, a decision stops here until whoever does IO brings the answers. No answer is a refusal.

use std::time::Duration;

use super::{Engine, Route};
use crate::answer::failure::{Failure, Rejection, Unavailable};
use crate::check::access_token::AccessToken;
use crate::check::confirmation::Claim;
use crate::check::confirmation::ProofError;
use crate::check::confirmation::{Confirmed, DpopNonce, ReplayClaim};
use crate::check::requirement;
use crate::check::revocation::{RevocationEntry, RevocationQuery};
use crate::check::validation::ValidatedToken;
use crate::request::credential::Scheme;
use crate::wire::time::Now;

/// How long a client should wait before it tries again when a store cannot answer.
const SHORT_WAIT: Duration = Duration::from_secs(1);

/// A request whose token and sender are good, as far as this process knows.
#[derive(Debug)]
#[must_use = "a request that is not decided must not pass"]
pub struct Consultation {
    token: ValidatedToken,
    scheme: Scheme,
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

    /// Decides.
    ///
    /// # Errors
    /// [`Failure`]: the token was revoked, the proof was used, the route asks for more, or a store that was to
    /// be asked did not answer.
    pub fn conclude(
        self,
        answers: &StoreAnswers,
        route: Route<'_>,
        now: Now,
    ) -> Result<AccessToken, Failure> {
        if self.query.is_some() {
            match &answers.revocations {
                None => return Err(Unavailable::RevocationStore { retry_after: SHORT_WAIT }.into()),
                Some(entries) if self.is_revoked_by(entries) => return Err(Rejection::Revoked.into()),
                Some(_) => {}
            }
        }
        if self.claim.is_some() {
            match answers.claim {
                Some(Claim::Granted) => {}
                Some(Claim::Replayed) => return Err(ProofError::Replayed.into()),
                None => return Err(Unavailable::ReplayStore { retry_after: SHORT_WAIT }.into()),
            }
        }
        admit(self.token, self.scheme, self.next_nonce, route, now)
    }
}

impl Engine {
    /// Asks this process's own memories, and says what other machines must be asked.
    pub(super) fn consult(
        &self,
        token: ValidatedToken,
        confirmed: Confirmed,
        scheme: Scheme,
        now: Now,
    ) -> Result<Consultation, Failure> {
        let Confirmed { mut claim, next_nonce } = confirmed;
        if let (Some(store), Some(due)) = (&self.replays, &claim) {
            match store.claim(due.key, due.expires_at, now.date()) {
                Ok(Claim::Granted) => claim = None,
                Ok(Claim::Replayed) => return Err(ProofError::Replayed.into()),
                Err(_) => return Err(Unavailable::ReplayStore { retry_after: SHORT_WAIT }.into()),
            }
        }
        let query = self.shared_revocations.then(|| query_of(&token));
        Ok(Consultation { token, scheme, next_nonce, claim, query })
    }

    /// Whether this process's own list has revoked the token.
    pub(super) fn check_revocation(&self, token: &ValidatedToken, now: Now) -> Result<(), Rejection> {
        let Some(list) = self.revocations.as_ref().filter(|list| !list.is_empty()) else {
            return Ok(());
        };
        // A token lives on for the clock tolerance after its `exp`, which is what most revocations end with.
        let tolerance = token.content().issuer.validation().clock_tolerance;
        match list.is_revoked(&query_of(token), now.date().minus(tolerance)) {
            true => Err(Rejection::Revoked),
            false => Ok(()),
        }
    }
}

impl Consultation {
    pub(super) fn asks_nothing(&self) -> bool {
        self.claim.is_none() && self.query.is_none()
    }
}

/// Stage 8.
pub(super) fn admit(
    token: ValidatedToken,
    scheme: Scheme,
    next_nonce: Option<DpopNonce>,
    route: Route<'_>,
    now: Now,
) -> Result<AccessToken, Failure> {
    let token = AccessToken::confirmed(token, scheme, next_nonce);
    let authorized = match route.requirement {
        Some(requirement) => requirement.authorize(token, route.facts, now.date()),
        None => requirement::authorize_any(token),
    };
    Ok(authorized?)
}

fn query_of(token: &ValidatedToken) -> RevocationQuery {
    let content = token.content();
    RevocationQuery::of(content.issuer.identifier(), &content.claims)
}
