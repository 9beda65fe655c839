//! Asks the stores that machines share what the engine wants to know.

use std::fmt;
use std::future::Future;

use bearward_core::{Consultation, Limits, Now, ReplayClaim, RevocationEntry, RevocationQuery, StoreAnswers};
use tokio::runtime::Handle;
use tokio::time::timeout;

use crate::store::{IntrospectionStore, ReplayStore, RevocationStore, StoreError};

/// The stores of a resource server; none where this process remembers for itself.
#[derive(Default)]
pub(crate) struct SharedStores {
    pub(crate) replays: Option<Box<dyn ReplayStore>>,
    pub(crate) revocations: Option<Box<dyn RevocationStore>>,
    pub(crate) introspections: Option<Box<dyn IntrospectionStore>>,
}

impl SharedStores {
    /// What the stores say; nothing in the place of an answer that did not come, which refuses the request.
    pub(crate) async fn answer(
        &self,
        consultation: &Consultation,
        now: Now,
        limits: &Limits,
    ) -> StoreAnswers {
        let mut answers = StoreAnswers::default();
        if let Some(query) = consultation.revocation_query() {
            answers.revocations = self.entries(query, limits).await;
            // A request that is refused anyway needs no proof to be remembered.
            let passes = |entries: &Vec<_>| !consultation.is_revoked_by(entries);
            if !answers.revocations.as_ref().is_some_and(passes) {
                return answers;
            }
        }
        if let Some(claim) = consultation.replay_claim() {
            answers.claim = self.claim(*claim, now, limits).await;
        }
        answers
    }

    async fn entries(&self, query: &RevocationQuery, limits: &Limits) -> Option<Vec<RevocationEntry>> {
        let store = self.revocations.as_ref()?;
        told(bounded(store.entries(query), limits).await, "revocation store")
    }

    async fn claim(&self, claim: ReplayClaim, now: Now, limits: &Limits) -> Option<bearward_core::Claim> {
        let store = self.replays.as_ref()?;
        let ReplayClaim { key, created_at, expires_at, .. } = claim;
        told(bounded(store.claim(key, created_at, expires_at, now.date()), limits).await, "replay store")
    }
}

/// A store has a timeout of its own; one that forgot about it must not hold requests for ever.
pub(crate) async fn bounded<T>(
    answer: impl Future<Output = Result<T, StoreError>>,
    limits: &Limits,
) -> Result<T, StoreError> {
    if Handle::try_current().is_err() {
        return answer.await;
    }
    let late = |_| StoreError::Unavailable("no answer in time".to_owned());
    timeout(limits.fetch_timeout, answer).await.map_err(late)?
}

fn told<T>(answer: Result<T, StoreError>, store: &'static str) -> Option<T> {
    answer.inspect_err(|error| tracing::warn!(target: "bearward", store, "no answer: {error}")).ok()
}

impl fmt::Debug for SharedStores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedStores")
            .field("replays", &self.replays.is_some())
            .field("revocations", &self.revocations.is_some())
            .field("introspections", &self.introspections.is_some())
            .finish()
    }
}
